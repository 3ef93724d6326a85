import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from a2bm2gl_tf.service.settings import EngineSettings, Limits


def _listed(result):
    return [item["item_id"] for item in result["items"]]


def _expected(lists):
    return [[original for original in ids if original is not None] for ids in lists]


@pytest.mark.parametrize("kind", ["integer", "text"])
@pytest.mark.parametrize("exclude_seen", [True, False])
def test_recommend_equals_numpy(make_service_index, integers, texts, kind, exclude_seen):
    index = make_service_index(kind)
    client = integers if kind == "integer" else texts
    users = [*index.user_ids[:4].tolist(), -3 if kind == "integer" else "nobody"]
    answer = client.post("/recommend", {"user_ids": users, "k": 6, "exclude_seen": exclude_seen})
    assert answer.status_code == 200
    ids, scores, known = index.recommend(users, 6, exclude_seen)
    results = answer.json()["results"]
    assert [result["user_id"] for result in results] == users
    assert [result["known"] for result in results] == known.tolist()
    assert [_listed(result) for result in results] == _expected(ids)
    given = [[item["score"] for item in result["items"]] for result in results]
    np.testing.assert_allclose(given, scores, rtol=1e-5)
    titles = dict(zip(index.item_ids.tolist(), index.item_titles, strict=True))
    assert all(i["title"] == titles[i["item_id"]] for result in results for i in result["items"])


def test_seen_items_and_ten_places_are_the_defaults(integers, integer_index):
    answer = integers.post("/recommend", {"user_ids": [1000]}).json()
    assert answer["export"] == "7"
    assert _listed(answer["results"][0]) == integer_index.recommend([1000], 10)[0][0]


def test_fewer_items_than_places(integers, integer_index):
    result = integers.post("/recommend", {"user_ids": [1003], "k": 500}).json()["results"][0]
    assert len(result["items"]) == 70 - integer_index.seen[3].nnz


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_similar_equals_numpy(make_service_index, integers, texts, kind):
    index = make_service_index(kind)
    client = integers if kind == "integer" else texts
    items = [*index.item_ids[:3].tolist(), -3 if kind == "integer" else "nothing"]
    results = client.post("/similar", {"item_ids": items, "k": 4}).json()["results"]
    ids, _, known = index.similar_items(items, 4)
    assert [_listed(result) for result in results] == _expected(ids)
    assert [result["item_id"] for result in results] == items
    assert [result["known"] for result in results] == known.tolist() == [True, True, True, False]


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_fold_in_equals_numpy(make_service_index, integers, texts, kind):
    index = make_service_index(kind)
    client = integers if kind == "integer" else texts
    lists = [index.item_ids[[3, 9, 11]].tolist(), [], index.item_ids[[5]].tolist()]
    # At once, so that lists of unequal lengths share a call.
    answers = client.together([("/fold_in", {"item_ids": ids, "k": 5}) for ids in lists])
    ids, scores, known = index.fold_in(lists, 5)
    assert [answer.json()["known"] for answer in answers] == known.tolist() == [True, False, True]
    assert [_listed(answer.json()) for answer in answers] == _expected(ids)
    given = [[item["score"] for item in answer.json()["items"]] for answer in answers]
    np.testing.assert_allclose(given, scores, rtol=1e-4)


def test_fold_in_of_an_export_without_it(serve_here, integer_export):
    with serve_here(integer_export) as client:
        client.engine.description.signatures.remove("fold_in")
        answer = client.post("/fold_in", {"item_ids": [5]})
        assert answer.status_code == 501
        assert "no signature fold_in" in answer.json()["error"]
        assert client.post("/recommend", {"user_ids": [1000]}).status_code == 200


def test_lists_of_different_lengths_share_a_call(integers, integer_index):
    integers.engine.messages.clear()
    lengths = [3, 1, 9]
    requests = [("/recommend", {"user_ids": [1000 + k], "k": k}) for k in lengths]
    answers = integers.together(requests)
    assert len(integers.engine.messages) == 1
    for k, answer in zip(lengths, answers, strict=True):
        expected = integer_index.recommend([1000 + k], k)[0]
        assert [_listed(result) for result in answer.json()["results"]] == expected


def test_calls_are_cut_where_ids_times_items_is_large(integers, integer_index, monkeypatch):
    monkeypatch.setattr("a2bm2gl_tf.service.operations.by_id._SCORES_PER_CALL", 70 * 2 + 3)
    called = []
    export = integers.engine.export
    call = export.call_exactly

    def call_noting(name, **inputs):
        called.append(len(inputs["user_ids"]))
        return call(name, **inputs)

    monkeypatch.setattr(export, "call_exactly", call_noting)
    users = integer_index.user_ids[:5].tolist()
    results = integers.post("/recommend", {"user_ids": users, "k": 3}).json()["results"]
    assert called == [2, 2, 1]
    assert [_listed(result) for result in results] == integer_index.recommend(users, 3)[0]


def test_health_says_what_is_served(integers):
    answer = integers.get("/health").json()
    assert answer["status"] == "ok"
    export = answer["export"]
    assert (export["version"], export["num_users"], export["num_items"]) == ("7", 30, 70)
    assert (export["user_ids"], export["retrieval"]) == ("integer", "exact")
    assert export["loaded_at"] > 1.7e9
    assert answer["limits"] == {"ids": 256, "k": 1000, "body_bytes": 262144}


def _samples(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_count(serve_here, integer_export):
    with serve_here(integer_export) as client:
        client.together([("/recommend", {"user_ids": [1000, 1001]})] * 3)
        client.post("/recommend", {"user_ids": "x"})
        client.get("/no/such/path")
        samples = _samples(client)
    assert samples["a2bm2gl_requests_total", "/recommend", "200"] == 3
    assert samples["a2bm2gl_requests_total", "/recommend", "422"] == 1
    assert samples["a2bm2gl_requests_total", "404", "other"] == 1
    assert samples["a2bm2gl_request_seconds_count", "/recommend"] == 4
    assert samples["a2bm2gl_batch_requests_count",] == 1
    assert samples["a2bm2gl_batch_requests_sum",] == 3
    assert samples["a2bm2gl_batch_ids_sum",] == 6
    assert samples["a2bm2gl_reloads_total", "loaded"] == 1
    assert samples["a2bm2gl_errors_total", "internal"] == 0


def test_page(integers):
    page = integers.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert b"What is recommended, and why" in page.content


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../server.py", "/static/%2e%2e/server.py", "/static//etc/passwd", "/static/"),
        *("/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/page.css%00", "/%00", "/index.html"),
        *("/static/page.js", "/..\\server.py", "/%5c..%5cserver.py"),
    ],
)
def test_no_file_outside_the_folder_is_given(integers, path):
    answer = integers.request("GET", path)
    assert answer.status_code in (400, 404)
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/recommend", b"", 400, "not JSON"),
        ("POST", "/recommend", b'{"user_ids": [1', 400, "not JSON"),
        ("POST", "/recommend", b'{"user_ids": ["\\ud800"]}', 400, "not JSON"),
        ("POST", "/recommend", b"\xff\xfe", 400, "not JSON"),
        ("POST", "/recommend", b"[" * 100_000, 400, "not JSON"),
        ("POST", "/recommend", b"[]", 422, "the body"),
        ("POST", "/recommend", b"{}", 422, "user_ids: "),
        ("POST", "/recommend", b'{"user_ids": 1}', 422, "user_ids: "),
        ("POST", "/recommend", b'{"user_ids": [true]}', 422, "user_ids[0]: is neither"),
        ("POST", "/recommend", b'{"user_ids": [1, 7.0]}', 422, "user_ids[1]: is neither"),
        ("POST", "/recommend", b'{"user_ids": [1, null]}', 422, "user_ids[1]: is neither"),
        ("POST", "/recommend", b'{"user_ids": [9223372036854775808]}', 422, "64-bit"),
        ("POST", "/recommend", b'{"user_ids": [1, "2"]}', 422, "user_ids[1] is a text, and ids"),
        ("POST", "/recommend", b'{"user_ids": [1], "k": 0}', 422, "k: "),
        (
            "POST",
            "/recommend",
            b'{"user_ids": [1], "k": 1001}',
            422,
            "k is 1001, the limit is 1000",
        ),
        ("POST", "/recommend", b'{"user_ids": [1], "k": "3"}', 422, "k: "),
        ("POST", "/recommend", b'{"user_ids": [1], "k": 1e400}', 422, "k: "),
        ("POST", "/recommend", b'{"user_ids": [1], "exclude_seen": 1}', 422, "exclude_seen: "),
        ("POST", "/recommend", b'{"user_ids": [1], "K": 1}', 422, "K: "),
        ("POST", "/similar", b'{"item_ids": ["a"]}', 422, "item_ids[0] is a text"),
        ("POST", "/fold_in", b'{"item_ids": ["a"]}', 422, "item_ids[0] is a text"),
        ("POST", "/fold_in", b'{"item_ids": [[1]]}', 422, "item_ids[0]: is neither"),
        ("GET", "/recommend", b"", 405, "Method Not Allowed"),
        ("POST", "/nowhere", b"", 404, "Not Found"),
    ],
)
def test_bad_requests_get_one_clear_line(integers, method, path, body, status, message):
    answer = integers.request(method, path, content=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert message in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_an_integer_where_ids_are_texts(texts):
    answer = texts.post("/recommend", {"user_ids": ["usér 1000", 3]})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("user_ids[1] is an integer, and ids")


def test_limits_are_those_of_the_settings(serve_here, integer_export):
    limits = Limits(ids=2, k=3, body_bytes=60)
    with serve_here(integer_export, engine=EngineSettings(limits=limits)) as client:
        assert client.post("/recommend", {"user_ids": [1, 2], "k": 3}).status_code == 200
        many = client.post("/recommend", {"user_ids": [1, 2, 3], "k": 3})
        assert many.json()["error"] == "user_ids has 3 ids, the limit is 2"
        for extra, status in ((0, 200), (1, 413)):
            body = b'{"user_ids": [1], "k": 3}'.ljust(60 + extra)
            assert client.request("POST", "/recommend", content=body).status_code == status

        async def pieces():
            for _ in range(1000):
                yield b" " * 10

        streamed = client.request("POST", "/recommend", content=pieces())
        assert streamed.status_code == 413
        assert "60 bytes" in streamed.json()["error"]


def test_an_empty_request_has_an_empty_answer(integers):
    assert integers.post("/recommend", {"user_ids": []}).json()["results"] == []
