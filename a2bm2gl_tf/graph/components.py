import scipy.sparse.csgraph as g, numpy as np
def component_labels(a): return g.connected_components(a,directed=True,connection="weak")[1].astype(np.int32)
