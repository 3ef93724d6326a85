"""POST /explain and POST /search, answered by an engine in this process."""

import json
import time

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.models.explanation import AttendedNeighbours, ItemPart
from a2bm2gl_tf.service.engine.answering import answer_message
from a2bm2gl_tf.service.engine.loaded_export import LoadedExport
from a2bm2gl_tf.service.settings import Limits
from a2bm2gl_tf.serving.explanation import ExplanationIndex
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.index import EmbeddingIndex

LIMITS = Limits(ids=20, k=50)


def _explanation(kind):
    rng = np.random.default_rng(8)
    users, items = np.arange(12) + 100, np.arange(15) * 10
    if kind == "text":
        users = np.array([f"usér {i}" for i in users], dtype=object)
        items = np.array([f"v{i}" for i in items], dtype=object)
    index = EmbeddingIndex(
        rng.normal(size=(12, 4)).astype("f4"),
        rng.normal(size=(15, 4)).astype("f4"),
        users,
        items,
        sp.csr_matrix((rng.random((12, 15)) < 0.4).astype("f4")),
        tuple(f"Title {'ABC'[i % 3]} {i}" for i in range(15)),
    )
    content = rng.normal(size=(15, 4)).astype("f4")
    parts = [
        ItemPart("collaborative", tf.constant(index.item_embeddings - content)),
        ItemPart("visual", tf.constant(content)),
    ]
    nodes, weights = rng.integers(0, 27, (15, 5)), -np.sort(-rng.random((15, 5)), axis=1)
    nodes[3, 2:], weights[3, 2:] = -1, 0
    graphs = [AttendedNeighbours("interaction", nodes, weights.astype("f4"))]
    return ExplanationIndex.of_parts(index, parts, graphs)


@pytest.fixture(scope="module", params=["integer", "text"])
def engine(request, tmp_path_factory):
    """(`ExplanationIndex`, a function of an operation and bodies to (status, JSON) of each)."""
    explanation = _explanation(request.param)
    path = tmp_path_factory.mktemp("export") / "1"
    export_saved_model(explanation.index, path, {}, explanation=explanation)
    export = LoadedExport(path, time.monotonic())

    def ask(operation, *bodies):
        parts = [operation.encode(), *(json.dumps(body).encode() for body in bodies)]
        answers = answer_message(parts, export, LIMITS)
        return [
            (int(status), json.loads(body))
            for status, body in zip(answers[::2], answers[1::2], strict=True)
        ]

    return explanation, ask


def _assert_same(results, expected, index):
    titles = dict(zip(index.item_ids.tolist(), index.item_titles, strict=True))
    by_text = {str(original): title for original, title in titles.items()}
    for place, result in enumerate(results):
        assert result["known"] == expected.known[place]
        if not result["known"]:
            assert (result["score"], result["contributions"], result["graphs"]) == (0, [], [])
            assert result["own_items"] == []
            continue
        assert result["score"] == pytest.approx(expected.scores[place], abs=1e-5)
        values = [part["value"] for part in result["contributions"]]
        np.testing.assert_allclose(values, expected.contributions[place], atol=1e-4)
        assert sum(values) == pytest.approx(result["score"], abs=1e-5)
        assert [part["part"] for part in result["contributions"]] == ["collaborative", "visual"]
        assert [graph["graph"] for graph in result["graphs"]] == ["interaction"]
        assert result["graphs"][0]["neighbours"] == [
            {
                "kind": kind,
                "id": str(original),
                "title": by_text[str(original)] if kind == "item" else "",
                "weight": weight,
            }
            for kind, original, weight in expected.neighbours[place][0]
        ]
        own = expected.own_items[place]
        assert [entry["item_id"] for entry in result["own_items"]] == [i for i, _ in own]
        assert [entry["title"] for entry in result["own_items"]] == [titles[i] for i, _ in own]
        np.testing.assert_allclose(
            [entry["similarity"] for entry in result["own_items"]], [c for _, c in own], atol=1e-5
        )


def test_users_of_the_data_are_explained_as_in_numpy(engine):
    explanation, ask = engine
    index = explanation.index
    users, items = index.user_ids.tolist(), index.item_ids.tolist()
    unknown = -7 if isinstance(users[0], int) else "nobody"
    requests = [(users[0], items[:4]), (unknown, items[:1]), (users[5], [items[9], unknown])]
    answers = ask("explain", *({"user_id": user, "item_ids": ids} for user, ids in requests))
    for (user, ids), (status, answer) in zip(requests, answers, strict=True):
        assert (status, answer["export"]) == (200, "1")
        assert [result["item_id"] for result in answer["results"]] == ids
        _assert_same(answer["results"], explanation.explain([user] * len(ids), ids), index)


def test_new_users_are_explained_from_what_they_like(engine):
    explanation, ask = engine
    index = explanation.index
    items = index.item_ids.tolist()
    unknown = -7 if isinstance(items[0], int) else "nothing"
    requests = [([items[0], items[3]], items[5:8]), ([items[4], unknown], [items[4], unknown])]
    answers = ask(
        "explain", *({"liked_item_ids": liked, "item_ids": ids} for liked, ids in requests)
    )
    for (liked, ids), (status, answer) in zip(requests, answers, strict=True):
        assert status == 200
        users = np.repeat(index.fold_in_embeddings([liked]), len(ids), axis=0)
        expected = explanation.explain_fold_in(users, ids, [liked] * len(ids))
        _assert_same(answer["results"], expected, index)
    ((_, nobody),) = ask("explain", {"liked_item_ids": [unknown], "item_ids": items[:1]})
    assert nobody["results"][0]["known"] is False
    assert nobody["results"][0]["contributions"] == []


def test_the_score_is_that_of_the_list(engine):
    explanation, ask = engine
    user = explanation.index.user_ids.tolist()[2]
    ((_, listed),) = ask("recommend", {"user_ids": [user], "k": 3})
    items = listed["results"][0]["items"]
    body = {"user_id": user, "item_ids": [item["item_id"] for item in items]}
    ((_, explained),) = ask("explain", body)
    scores = [result["score"] for result in explained["results"]]
    np.testing.assert_allclose(scores, [item["score"] for item in items], rtol=1e-5)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"item_ids": []}, "give either user_id or liked_item_ids"),
        ({"user_id": 1, "liked_item_ids": [], "item_ids": []}, "give either"),
        ({"user_id": 1.5, "item_ids": []}, "user_id"),
        ({"user_id": [], "item_ids": []}, "user_id: is neither an integer nor a text"),
        ({"user_id": 1}, "item_ids: "),
        ({"user_id": None, "item_ids": []}, "give either"),
        ({"liked_item_ids": [[1]], "item_ids": []}, "liked_item_ids[0]: is neither"),
        ({"user_id": 1, "item_ids": [], "k": 3}, "k: "),
    ],
)
def test_bad_requests_are_refused_in_one_line(engine, body, message):
    _, ask = engine
    ((status, answer),) = ask("explain", body)
    assert status == 422
    assert message in answer["error"]
    assert "\n" not in answer["error"]


def test_limits_and_kinds_of_ids_are_checked(engine):
    explanation, ask = engine
    user, item = (x.tolist()[0] for x in (explanation.index.user_ids, explanation.index.item_ids))
    other = "x" if isinstance(user, int) else 1
    for body, field in (
        ({"user_id": other, "item_ids": [item]}, "user_id"),
        ({"user_id": user, "item_ids": [other]}, "item_ids"),
        ({"user_id": user, "item_ids": [item] * 21}, "item_ids has 21 ids"),
        ({"liked_item_ids": [other], "item_ids": [item]}, "liked_item_ids"),
        ({"liked_item_ids": [item] * 21, "item_ids": [item]}, "liked_item_ids has 21 ids"),
    ):
        ((status, answer),) = ask("explain", body)
        assert status == 422
        assert field in answer["error"]


def test_an_export_without_explanations_says_so(tmp_path):
    index = _explanation("integer").index
    export = LoadedExport(export_saved_model(index, tmp_path / "1", {}), time.monotonic())
    status, body = answer_message(
        [b"explain", b'{"user_id": 100, "item_ids": [0]}'], export, LIMITS
    )
    assert int(status) == 501
    assert "export.py" in json.loads(body)["error"]


def test_search_finds_users_by_id_and_items_by_id_or_title(engine):
    explanation, ask = engine
    index = explanation.index
    items = list(zip(index.item_ids.tolist(), index.item_titles, strict=True))
    ((_, answer),) = ask("search", {"among": "items", "text": "title b", "limit": 3})
    expected = [{"id": i, "title": t} for i, t in items if "Title B" in t][:3]
    assert answer == {"export": "1", "results": expected}
    ((_, answer),) = ask("search", {"among": "items", "text": str(items[14][0])})
    assert answer["results"] == [{"id": items[14][0], "title": "Title C 14"}]
    ((_, answer),) = ask("search", {"among": "users", "text": "111"})
    assert answer["results"] == [{"id": index.user_ids.tolist()[11], "title": ""}]
    ((_, answer),) = ask("search", {"among": "users"})
    assert [result["id"] for result in answer["results"]] == index.user_ids.tolist()[:8]
    for body in (
        {"among": "titles"},
        {"among": "items", "limit": 51},
        {"among": "users", "limit": 0},
    ):
        assert ask("search", body)[0][0] == 422


_IDS = st.lists(st.integers(-5, 150) | st.text(max_size=4), max_size=4)
_ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | _IDS
_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "item_ids": _IDS | _ANYTHING,
        "user_id": st.integers(95, 115) | _ANYTHING,
        "liked_item_ids": _IDS | _ANYTHING,
        "among": st.sampled_from(["users", "items"]) | _ANYTHING,
        "text": _ANYTHING,
        "limit": _ANYTHING,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(operation=st.sampled_from(["explain", "search"]), body=_BODIES)
def test_no_body_is_more_than_a_bad_request(engine, operation, body):
    _, ask = engine
    ((status, answer),) = ask(operation, body)
    assert status in (200, 400, 422)
    assert status == 200 or "\n" not in answer["error"]
