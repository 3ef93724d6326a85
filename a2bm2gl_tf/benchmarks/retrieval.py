"""Approximate retrieval against exact: recall, time a query, time to build."""

import dataclasses
import time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from a2bm2gl_tf.benchmarks.generated_export import generated_embeddings
from a2bm2gl_tf.service.engine.item_search import ItemSearch


@dataclasses.dataclass(frozen=True)
class RetrievalPlan:
    """What to measure.

    Attributes:
      items: V.
      dimension: d.
      queries: users that are asked for.
      k: places a list.
      kind: of the index, "ivf" or "hnsw".
      threads: of building; queries are asked one by one, on one thread.
      seen: items that a search makes up for beyond k, as the service does for users who have seen
        that many.
    """

    items: int
    dimension: int
    queries: int
    k: int
    kind: str
    threads: int
    seen: int = 20


def measure_retrieval(plan: RetrievalPlan) -> dict[str, Any]:
    """Builds an index over generated items and compares its lists with exact ones.

    Args:
      plan: what to measure.

    Returns:
      JSON-able: recall@k (mean share of the exact k best that were found among the first k), wall
      seconds of building, and milliseconds of processor time a query, one at a time.
    """
    items = generated_embeddings(plan.items, plan.dimension, seed=1)
    users = generated_embeddings(plan.queries, plan.dimension, seed=2)
    with threadpool_limits(1):
        exact, exact_ms = _exact(items, users, plan.k)
    started = time.perf_counter()
    search = ItemSearch(items, plan.kind, plan.threads)
    build_seconds = time.perf_counter() - started
    search.use_threads(1)
    found, found_ms = [], []
    search.search(users[:1], plan.k + plan.seen)
    for user in users:
        started = time.process_time()
        _, rows = search.search(user[np.newaxis], plan.k + plan.seen)
        found_ms.append(1000 * (time.process_time() - started))
        found.append(rows[0, : plan.k])
    shared = [len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True)]
    return {
        "items": plan.items,
        "index": plan.kind,
        f"recall@{plan.k}": round(float(np.mean(shared)) / plan.k, 4),
        "build_seconds": round(build_seconds, 1),
        "median_ms": round(float(np.median(found_ms)), 3),
        "p99_ms": round(float(np.percentile(found_ms, 99)), 3),
        "exact_median_ms": round(float(np.median(exact_ms)), 3),
    }


def _exact(items: np.ndarray, users: np.ndarray, k: int) -> tuple[list[np.ndarray], list[float]]:
    best, milliseconds = [], []
    for user in users:
        started = time.process_time()
        scores = items @ user
        candidates = np.argpartition(scores, -k)[-k:]
        milliseconds.append(1000 * (time.process_time() - started))
        best.append(candidates)
    return best, milliseconds
