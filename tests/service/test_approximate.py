import numpy as np
import pytest

pytest.importorskip("faiss")

from a2bm2gl_tf.benchmarks.generated_export import ExportSize, generated_index
from a2bm2gl_tf.benchmarks.retrieval import RetrievalPlan, measure_retrieval
from a2bm2gl_tf.service.engine import approximate
from a2bm2gl_tf.service.engine.item_search import ItemSearch
from a2bm2gl_tf.service.engine.loaded_export import LoadedExport, check_export
from a2bm2gl_tf.service.settings import EngineSettings
from a2bm2gl_tf.serving.export import export_saved_model

SIZE = ExportSize(users=300, items=4000, dimension=16, seen_per_user=30)


@pytest.fixture(scope="module")
def large_index():
    return generated_index(SIZE, seed=3)


@pytest.fixture(scope="module", params=["ivf", "hnsw"])
def export(request, tmp_path_factory, large_index):
    path = tmp_path_factory.mktemp("large") / "1"
    export_saved_model(large_index, path, {})
    export = LoadedExport(path, started=0.0)
    settings = EngineSettings(retrieval="faiss", faiss_index=request.param)
    approximate.with_approximate_lists(export, settings)
    check_export(export)
    assert export.description.retrieval == f"faiss {request.param}"
    return export


def _recommend(export, users, k, exclude_seen=True):
    return export.call(
        "recommend",
        user_ids=np.array(users),
        k=np.int32(k),
        exclude_seen=np.bool_(exclude_seen),
    )


def test_lists_are_nearly_the_exact_ones_without_seen_items(export, large_index):
    users = np.arange(200)
    answer = _recommend(export, users, 10)
    exact, _, _ = large_index.recommend(users, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(answer["item_ids"].tolist(), exact, strict=True)]
    assert np.mean(shared) > (9.7 if "hnsw" in export.description.retrieval else 9)
    assert answer["known"].all()
    for user, items, scores, titles in zip(
        users, answer["item_ids"], answer["scores"], answer["titles"], strict=True
    ):
        assert not set(items) & set(large_index.seen[user].indices)
        expected = large_index.item_embeddings[items] @ large_index.user_embeddings[user]
        np.testing.assert_allclose(scores, expected, rtol=1e-4)
        assert titles.tolist() == [f"Generated video {item}".encode() for item in items]


def test_seen_items_are_listed_where_that_is_asked(export, large_index):
    answer = _recommend(export, [5, 6], 2000, exclude_seen=False)
    for user, items in zip((5, 6), answer["item_ids"], strict=True):
        assert set(large_index.seen[user].indices) & set(items)


def test_unknown_users_get_the_most_popular_items(export, large_index):
    answer = _recommend(export, [10**6, 7, -1], 5)
    assert answer["known"].tolist() == [False, True, False]
    popular = large_index.recommend([10**6], 5)[0][0]
    assert answer["item_ids"][0].tolist() == answer["item_ids"][2].tolist() == popular


def test_whoever_has_seen_too_much_gets_the_exact_list(export, large_index, monkeypatch):
    monkeypatch.setattr(approximate, "_OVERFETCHED", 0)
    recommend = export.replaced["recommend"]
    seen = large_index.seen[4].indices

    class FindsSeenItems:
        def search(self, queries, count):
            rows = np.tile(seen[:count], (len(queries), 1))
            return np.ones(rows.shape, np.float32), rows

    monkeypatch.setattr(recommend, "_search", FindsSeenItems())
    answer = _recommend(export, [4], 10)
    assert answer["item_ids"].tolist() == large_index.recommend([4], 10)[0]


def test_text_ids_are_found_and_others_are_not(make_service_index, tmp_path):
    index = make_service_index("text")
    export = LoadedExport(export_saved_model(index, tmp_path / "1", {}), started=0.0)
    approximate.with_approximate_lists(export, EngineSettings(retrieval="faiss"))
    users = ["usér 1003", "usér 1003\0", "zz", ""]
    wanted = np.array([user.encode() for user in users], dtype=object)
    answer = export.call("recommend", user_ids=wanted, k=np.int32(3), exclude_seen=np.bool_(True))
    assert answer["known"].tolist() == [True, False, False, False]
    expected, _, _ = index.recommend(users, 3)
    # 70 items are one list of k-means, so nothing is missed.
    assert [[i.decode() for i in items] for items in answer["item_ids"]] == expected


def test_the_measurement_counts_what_is_missed(monkeypatch):
    plan = RetrievalPlan(items=2000, dimension=8, queries=50, k=10, kind="ivf", threads=1)
    right = measure_retrieval(plan)
    assert right["recall@10"] > 0.9
    search = ItemSearch.search

    def miss_three(self, queries, count):
        scores, rows = search(self, queries, count)
        return scores, np.concatenate([rows[:, 3:], np.full((len(rows), 3), -1)], axis=1)

    monkeypatch.setattr(ItemSearch, "search", miss_three)
    # The first three are wrong to miss; the lists move up by as many.
    assert measure_retrieval(plan)["recall@10"] == pytest.approx(right["recall@10"] - 0.3, abs=0.02)
