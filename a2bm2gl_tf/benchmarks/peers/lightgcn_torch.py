"""LightGCN in PyTorch, by the procedure of its authors' public PyTorch code (written anew)."""

from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.benchmarks.peers.bpr_sampling import BATCH, TripleSampler
from a2bm2gl_tf.benchmarks.task import NotMeasured, Peer, Task
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency

_INSTALL = "not installed: pip install torch"
_TEST_BATCH = 100
_L2 = 1e-4


class TorchLightGCN(Peer):
    """BPR on batches of 2,048 triples, Adam 1e-3, the whole graph propagated at every step.

    Evaluation takes 100 users at a time: the full row of scores, training items masked,
    torch.topk, and then for each user a look-up of every listed item, in one Python process. The
    public code also propagates the graph again for each of these batches.

    Args:
      task: the work.
      propagate_per_batch: whether evaluation does that as well.

    Raises:
      NotMeasured: PyTorch is not installed.
    """

    def __init__(self, task: Task, propagate_per_batch: bool = True):
        try:
            import torch
        except ImportError as error:
            raise NotMeasured(_INSTALL) from error
        self._torch, self._task = torch, task
        self._propagate_per_batch = propagate_per_batch
        torch.set_num_threads(task.cores)
        torch.manual_seed(task.seed)
        num_users, num_items = task.train.shape
        graph = lightgcn_adjacency(task.train).tocoo()
        self._graph = torch.sparse_coo_tensor(
            np.stack([graph.row, graph.col]).astype(np.int64),
            graph.data,
            graph.shape,
            check_invariants=True,
        ).coalesce()
        self.user_embeddings = torch.nn.Parameter(0.1 * torch.randn(num_users, task.dimension))
        self.item_embeddings = torch.nn.Parameter(0.1 * torch.randn(num_items, task.dimension))
        self._optimizer = torch.optim.Adam([self.user_embeddings, self.item_embeddings], lr=1e-3)
        self._sampler = TripleSampler(task.train, task.seed)
        self.steps_per_epoch = self._sampler.steps_per_epoch
        self.note = "1 sampled negative a positive"
        if not propagate_per_batch:
            self.note += "; evaluation propagates once"

    def propagate(self):
        """The mean of E^(0) .. E^(K), tensors (U, d) and (V, d)."""
        layer = self._torch.cat([self.user_embeddings, self.item_embeddings])
        layers = [layer]
        for _ in range(self._task.num_layers):
            layer = self._torch.sparse.mm(self._graph, layer)
            layers.append(layer)
        mean = self._torch.stack(layers, dim=1).mean(dim=1)
        return self._torch.split(mean, self._task.train.shape)

    def loss(self, users, positives, negatives):
        """BPR of one batch with the L2 norm of its initial embeddings, a scalar tensor."""
        all_users, all_items = self.propagate()
        user, positive, negative = all_users[users], all_items[positives], all_items[negatives]
        gap = (user * negative).sum(dim=1) - (user * positive).sum(dim=1)
        initial = (
            self.user_embeddings[users],
            self.item_embeddings[positives],
            self.item_embeddings[negatives],
        )
        squares = sum(rows.square().sum() for rows in initial) / 2 / len(users)
        return self._torch.nn.functional.softplus(gap).mean() + _L2 * squares

    def epoch(self) -> Iterator[None]:
        """Draws the epoch's triples, shuffles them and takes a step for each batch."""
        triples = [self._torch.from_numpy(part) for part in self._sampler.epoch()]
        order = self._torch.randperm(len(triples[0]))
        triples = [part[order] for part in triples]
        for start in range(0, len(order), BATCH):
            loss = self.loss(*(part[start : start + BATCH] for part in triples))
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            loss.item()
            yield

    def recall(self, k: int) -> float:
        """The public test procedure: precision, recall and NDCG; returns the recall."""
        torch, task = self._torch, self._task
        users = np.flatnonzero(np.diff(task.test.indptr))
        wanted = {int(user): task.test[user].indices.tolist() for user in users}
        totals = np.zeros(3)
        with torch.no_grad():
            if not self._propagate_per_batch:
                all_users, all_items = self.propagate()
            for start in range(0, users.size, _TEST_BATCH):
                batch = users[start : start + _TEST_BATCH]
                if self._propagate_per_batch:
                    all_users, all_items = self.propagate()
                scores = torch.sigmoid(all_users[torch.from_numpy(batch)] @ all_items.t())
                seen = task.train[batch]
                rows = np.repeat(np.arange(batch.size), np.diff(seen.indptr))
                scores[rows, seen.indices] = -1024.0
                top = torch.topk(scores, k=k).indices.numpy()
                totals += _batch_totals(top, [wanted[int(user)] for user in batch], k)
        return float(totals[1] / users.size)


def _batch_totals(top: np.ndarray, wanted: list[list[int]], k: int) -> np.ndarray:
    """Sums of precision, recall and NDCG over the users of a batch."""
    hits = np.array(
        [[float(item in truth) for item in row] for row, truth in zip(top, wanted, strict=True)]
    )
    lengths = np.array([len(truth) for truth in wanted])
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.zeros((len(wanted), k))
    for row, truth in enumerate(wanted):
        ideal[row, : min(k, len(truth))] = 1
    found = hits.sum(axis=1)
    ndcg = (hits @ discounts) / (ideal @ discounts)
    return np.array([(found / k).sum(), (found / lengths).sum(), ndcg.sum()])
