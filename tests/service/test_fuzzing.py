import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = ("/recommend", "/similar", "/fold_in", "/health", "/metrics", "/static/x", "/", "/nowhere")
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS")

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(990, 1040)
    | st.floats()
    | st.text(max_size=8)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
_FIELDS = st.sampled_from(["user_ids", "item_ids", "k", "exclude_seen", "K", ""])
_IDS = st.lists(st.integers(990, 1040) | st.text(max_size=4), max_size=6)
_REQUESTS = st.fixed_dictionaries(
    {}, optional={"user_ids": _IDS, "item_ids": _IDS, "k": st.integers(-1, 80) | _SCALARS}
)
_BODIES = (
    st.binary(max_size=60)
    | _VALUES.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(_FIELDS, _VALUES, max_size=4).map(lambda value: json.dumps(value).encode())
    | _REQUESTS.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
)


def _check(answer):
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        (message,) = answer.json().values()
        assert message
        assert "\n" not in message
        assert len(message) < 400


def _settings(max_examples):
    return settings(
        max_examples=max_examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.mark.parametrize("kind", ["integers", "texts"])
@_settings(60)
@given(path=st.sampled_from(PATHS[:3]), body=_BODIES)
def test_no_body_is_more_than_a_bad_request(request, kind, path, body):
    _check(request.getfixturevalue(kind).request("POST", path, content=body))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["integers", "texts"])
@_settings(3000)
@given(path=st.sampled_from(PATHS[:3]), body=_BODIES)
def test_no_body_of_thousands_is_more(request, kind, path, body):
    _check(request.getfixturevalue(kind).request("POST", path, content=body))


@_settings(60)
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(PATHS),
    query=st.text(max_size=10),
    length=st.sampled_from([None, "-1", "x", "5", "9" * 30, "٣"]),
    body=st.binary(max_size=30),
)
def test_no_method_path_or_header_is_more(integers, method, path, query, length, body):
    headers = {} if length is None else {"content-length": length.encode()}
    _check(integers.request(method, path, content=body, params={"q": query}, headers=headers))
