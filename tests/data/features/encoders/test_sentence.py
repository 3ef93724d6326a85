import os
import sys
import types

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError


class _Model:
    """Stands in for sentence-transformers: a text's length and its number of words."""

    opened: list

    def __init__(self, name, **options):
        if name != "/models/mini":
            raise OSError(f"{name} is not a local folder\nand more lines")
        offline = (os.environ.get("HF_HUB_OFFLINE"), os.environ.get("TRANSFORMERS_OFFLINE"))
        type(self).opened.append((options, offline))

    def encode(self, texts, **options):
        assert options["convert_to_numpy"]
        return np.array(
            [[np.nan if text == "broken" else len(text), len(text.split())] for text in texts]
        )


@pytest.fixture
def package(monkeypatch):
    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = type("SentenceTransformer", (_Model,), {"opened": []})
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    return module.SentenceTransformer


def test_rows_follow_their_texts(texts, encode_as, package):
    titles = [f"{'x' * k} y" for k in range(1, 600)]
    titles[300] = " "
    encoded = encode_as(texts(*titles), "sentence:/models/mini")
    expected = np.array([[k + 2, 2] for k in range(1, 600)])
    expected[300] = 0
    np.testing.assert_array_equal(encoded.rows, expected)
    assert encoded.present.sum() == 598
    assert not encoded.present[300]
    assert encoded.encoder == "sentence:/models/mini"
    assert not encoded.learned


def test_nothing_is_downloaded_and_no_code_is_run(texts, encode_as, package, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "0")
    encode_as(texts("a"), "sentence:/models/mini")
    ((options, offline),) = package.opened
    assert options["local_files_only"] is True
    assert options["trust_remote_code"] is False
    assert options["model_kwargs"] == {"use_safetensors": True}
    assert offline == ("1", "1")
    # The environment is as it was.
    assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["TRANSFORMERS_OFFLINE"] == "0"


def test_missing_model(texts, encode_as, package):
    with pytest.raises(
        UserError,
        match=r"sentence:all-MiniLM: no such model on this .* save it to disk .* give its folder",
    ) as error:
        encode_as(texts("a"), "sentence:all-MiniLM")
    assert "\n" not in str(error.value)


def test_missing_package(texts, encode_as, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UserError, match="is not installed; pip install sentence-transformers"):
        encode_as(texts("a"), "sentence:/models/mini")


def test_broken_weights(texts, encode_as, package):
    with pytest.raises(UserError, match="gives numbers that are not finite"):
        encode_as(texts("a", "broken"), "sentence:/models/mini")


def test_blank_texts_alone(texts, encode_as, package):
    with pytest.raises(UserError, match=r"titles\.csv: --text_encoder=sentence:.* finds nothing"):
        encode_as(texts("", " "), "sentence:/models/mini")
