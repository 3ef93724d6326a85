import numpy as np, scipy.sparse as sp, collections
Neighbourhood=collections.namedtuple("N","indices weights dropped_mass")
def _P(a):
    a=a.tocsr().astype(np.float64); d=np.asarray(a.sum(1)).ravel(); e=d==0
    return (sp.diags(np.where(e,0,1/np.where(e,1,d)))@a+sp.diags(e.astype(float))).tocsr()
def top_m_neighbours(a,hops,alpha,m,beam=None,block_rows=512):
    n=a.shape[0]; P=_P(a); PT=P.T.tocsr(); idx=np.empty((n,m),np.int32); wt=np.zeros((n,m),np.float32)
    for s in range(0,n,block_rows):
        e=min(n,s+block_rows); I=np.zeros((n,e-s)); I[np.arange(s,e),np.arange(e-s)]=1; x=I.copy(); M=I.copy()
        for _ in range(hops): x=alpha*(PT@x)+(1-alpha)*I; M+=x
        M=M.T; t=np.argsort(-M,axis=1,kind="stable")[:,:m]; v=np.take_along_axis(M,t,1); idx[s:e]=np.where(v>0,t,-1); wt[s:e]=v
    return Neighbourhood(idx,wt,0.0)
def surfing_support(a,hops,alpha):
    P=_P(a); I=sp.identity(P.shape[0],format="csr"); x=I; M=I
    for _ in range(hops): x=alpha*(x@P)+(1-alpha)*I; M=M+x
    return M.tocsr()
