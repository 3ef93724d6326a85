import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.features.encoder_registry import register_encoder
from a2bm2gl_tf.data.features.encoding import (
    EncodingOptions,
    check_encoding,
    encode,
    encoder_kinds,
    encoder_names,
)
from a2bm2gl_tf.errors import UserError


def test_every_default_is_registered():
    for kind in encoder_kinds():
        assert getattr(EncodingOptions(), f"{kind}_encoder") in encoder_names(kind)


def test_names_show_what_takes_an_argument():
    assert encoder_names("text") == ("doc2vec", "sentence:PATH_OR_NAME", "tfidf", "tfidf_svd")
    assert encoder_names("word") == ("doc2vec", "tfidf", "tfidf_svd")
    assert encoder_names("category") == ("auto", "hashed", "multi_hot", "multi_hot_idf", "svd")


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="two text encoders are called 'tfidf'"):
        register_encoder("tfidf", "text", learned=False)(lambda *_: None)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text_encoder", "bert", r"--text_encoder=bert: unknown; choose one of doc2vec, sentence:"),
        ("word_encoder", "sentence:x", r"--word_encoder=sentence:x: unknown"),
        ("category_encoder", "", r"--category_encoder=: unknown; choose one of auto"),
        ("image_encoder", "vit", r"--image_encoder=vit: unknown; choose one of colour_texture"),
        ("vector_encoder", "svd", r"--vector_encoder=svd: unknown; choose one of as_is, pca"),
        ("text_encoder", "tfidf:5", r"--text_encoder=tfidf:5: tfidf takes nothing after it"),
        ("text_encoder", "tfidf:", r"--text_encoder=tfidf:: tfidf takes nothing after it"),
        ("text_encoder", "sentence", r"--text_encoder=sentence: give sentence:PATH_OR_NAME"),
        ("image_encoder", "keras:", r"--image_encoder=keras:: give keras:APPLICATION_OR_FILE"),
        ("dimension", 0, r"--dimension=0: give 1 or more"),
        ("max_columns", -1, r"--max_columns=-1: give 1 or more"),
        ("min_count", 0, r"--min_count=0: give 1 or more"),
        ("doc2vec_epochs", 0, r"--doc2vec_epochs=0: give 1 or more"),
        ("max_share", 0.0, r"--max_share=0.0: give a share above 0"),
        ("max_share", 1.5, r"--max_share=1.5: give a share above 0, at most 1"),
        ("max_share", float("nan"), r"--max_share=nan: give a share"),
        ("seed", -1, r"--seed=-1: give 0 to 4294967295"),
        ("seed", 2**32, r"--seed=4294967296: give 0 to"),
        ("weights_path", Path("none.h5"), r"--weights_path=none.h5: no such file"),
    ],
)
def test_impossible_options(texts, field, value, message):
    options = EncodingOptions(**{field: value})
    with pytest.raises(UserError, match=message):
        check_encoding(options)
    with pytest.raises(UserError, match=message):
        encode(texts("a", "a"), options)


@pytest.mark.parametrize("encoder", ["tfidf", "tfidf_svd", "doc2vec"])
@pytest.mark.parametrize(
    ("titles", "options"),
    [
        (("", " ", "!?"), {}),
        (("one", "two", "three"), {}),
        (("same", "same"), {"max_share": 0.5}),
    ],
)
def test_texts_that_say_nothing(texts, encode_as, encoder, titles, options):
    with pytest.raises(UserError, match=r"titles\.csv: --text_encoder=.* finds nothing to encode"):
        encode_as(texts(*titles), encoder, **options)


@pytest.mark.parametrize("encoder", ["multi_hot", "multi_hot_idf", "svd"])
def test_categories_that_say_nothing(flags, encode_as, encoder):
    with pytest.raises(UserError, match=r"items\.csv: --category_encoder=.* finds nothing"):
        encode_as(flags([[0, 0], [0, 0]], "ab"), encoder)


def test_pictures_that_cannot_be_read(images, encode_as, tmp_path):
    content = images(tmp_path / "gone.png", tmp_path / "lost.png")
    with pytest.raises(UserError, match="none of 2 pictures can be read: replace them") as error:
        encode_as(content, "colour_texture", skip_unreadable=True)
    assert "min_count" not in str(error.value)


@pytest.mark.parametrize("encoder", ["as_is", "pca"])
def test_vectors_that_say_nothing(vectors, encode_as, encoder):
    with pytest.raises(UserError, match=r"audio\.npy: --vector_encoder=.* finds nothing"):
        encode_as(vectors(np.zeros((3, 2))), encoder)


@pytest.mark.parametrize("zeros_present", [False, True])
def test_zeros_are_a_vector_where_the_item_was_named(vectors, encode_as, zeros_present):
    content = dataclasses.replace(vectors([[0, 0], [3, 1], [1, 3]]), zeros_present=zeros_present)
    taken = encode_as(content, "as_is")
    assert taken.present.tolist() == [zeros_present, True, True]
    assert taken.rows.tolist() == [[0, 0], [3, 1], [1, 3]]
    axes = encode_as(content, "pca")
    assert axes.present.tolist() == [zeros_present, True, True]
    # Centred on the mean of the present rows, zeros lie off the middle as any vector does.
    assert axes.rows[0].any() == zeros_present


def test_equal_vectors_have_no_principal_axis(vectors, encode_as):
    with pytest.raises(UserError, match=r"audio\.npy: --vector_encoder=pca finds nothing"):
        encode_as(vectors([[0.1, 0.3]] * 7), "pca")


def test_content_of_no_item(texts, encode_as):
    with pytest.raises(UserError, match=r"titles\.csv: no item has modality title; leave it out"):
        encode_as(texts(), "tfidf")


def test_the_result_says_where_it_comes_from(texts, encode_as):
    content = texts("a b", "b c", "")
    encoded = encode_as(content, "tfidf_svd", min_count=1, seed=9)
    assert encoded.name == "title"
    assert encoded.encoder == "tfidf_svd"
    assert encoded.item_ids is content.item_ids
    assert encoded.rows.flags.c_contiguous
    assert json.loads(json.dumps(encoded.parameters)) == encoded.parameters
    assert encoded.parameters["seed"] == 9


def test_vectors_are_handed_on(vectors, encode_as):
    encoded = encode_as(vectors([[1, 2], [0, 0], [3, -1]]), "as_is")
    assert encoded.rows.tolist() == [[1, 2], [0, 0], [3, -1]]
    assert encoded.present.tolist() == [True, False, True]
    assert not encoded.learned


@pytest.mark.parametrize("encoder", ["tfidf_svd", "doc2vec"])
def test_no_wider_than_the_items(texts, encode_as, encoder):
    content = texts(*["a b", "b c"] * 40)
    assert len(encode_as(content, encoder, dimension=80, doc2vec_epochs=1).rows) == 80
    with pytest.raises(UserError, match=r"--dimension=81: wider than 80 items .* at most 80"):
        encode_as(content, encoder, dimension=81)
    # The default is for any data.
    few = texts("a b", "b c", "a")
    assert len(encode_as(few, encoder, dimension=64, min_count=1).rows) == 3
    with pytest.raises(UserError, match=r"--dimension=65: .* at most 64"):
        encode_as(few, encoder, dimension=65)


def test_no_wider_than_a_model_holds(vectors, encode_as):
    with pytest.raises(UserError, match=r"--dimension=4097: .* at most 4096"):
        encode_as(vectors(np.ones((5000, 2))), "pca", dimension=4097)


def test_principal_axes_keep_distances(vectors, encode_as):
    rows = np.random.default_rng(1).standard_normal((20, 6)) + 5
    rows[4] = 0
    encoded = encode_as(vectors(rows), "pca", dimension=10)
    assert encoded.rows.shape == (20, 6)
    kept = np.delete(np.arange(20), 4)
    before = np.linalg.norm(rows[kept, None] - rows[kept], axis=-1)
    after = np.linalg.norm(encoded.rows[kept, None] - encoded.rows[kept], axis=-1)
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_allclose(encoded.rows[kept].mean(axis=0), 0, atol=1e-6)
    variance = encoded.rows[kept].var(axis=0)
    assert (np.diff(variance) < 0).all()


def test_narrow_principal_axes_agree_with_sklearn(vectors, encode_as):
    from sklearn.decomposition import PCA

    rows = np.random.default_rng(2).standard_normal((50, 8)) * [9, 7, 5, 1, 1, 1, 1, 1]
    encoded = encode_as(vectors(rows), "pca", dimension=3)
    expected = PCA(3).fit_transform(rows.astype(np.float32))
    np.testing.assert_allclose(np.abs(encoded.rows), np.abs(expected), atol=1e-3)
