import numpy as np, scipy.sparse as sp
def cosine_neighbours(f,w,present,k,block_rows=None):
    z=np.concatenate([(lambda y:y/np.maximum(np.linalg.norm(y,axis=1,keepdims=True),1e-12))(f*h) for h in w],1)/np.sqrt(len(w))
    s=z@z.T; np.fill_diagonal(s,-np.inf); s[:,~present]=-np.inf; s[~present]=-np.inf
    i=np.argsort(-s,axis=1,kind="stable")[:,:k].astype(np.int32); v=np.take_along_axis(s,i,1); i[~np.isfinite(v)]=-1
    return i
def neighbours_to_csr(idx,val=None):
    n,k=idx.shape; m=idx>=0; r=np.repeat(np.arange(n),k).reshape(n,k)[m]; v=np.ones(m.sum(),np.float32) if val is None else val[m]
    o=sp.csr_matrix((v,(r,idx[m])),shape=(n,n)); o.sort_indices(); return o
