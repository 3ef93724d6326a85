import numpy as np, scipy.sparse as sp
def bipartite_adjacency(train):
    b=sp.bmat([[None,train],[train.T,None]],format="csr").astype(np.float32); b.sort_indices(); return b
def _norm(a):
    d=np.asarray(a.sum(1)).ravel(); s=np.where(d>0,1/np.sqrt(np.maximum(d,1e-30)),0); o=(sp.diags(s)@a@sp.diags(s)).tocsr().astype(np.float32); o.sort_indices(); return o
def normalised_adjacency(train):
    b=bipartite_adjacency(train); return _norm((b+sp.identity(b.shape[0])).tocsr())
def lightgcn_adjacency(train): return _norm(bipartite_adjacency(train))
def ultragcn_edge_weights(m):
    m=m.tocsr(); r=np.diff(m.indptr); c=np.bincount(m.indices,minlength=m.shape[1]); rr=np.repeat(r,r)
    return (np.sqrt((rr+1)/(c[m.indices]+1))/np.maximum(rr,1)).astype(np.float32)
