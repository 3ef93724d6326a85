"""Paragraph vectors of texts (the paper's reference 26), trained by gensim."""

import zlib
from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.data.features.content import Texts, WordCounts
from a2bm2gl_tf.data.features.encoder_registry import (
    EncodedRows,
    EncodingOptions,
    check_width,
    register_encoder,
)
from a2bm2gl_tf.data.features.vocabulary import count_words, keep_words
from a2bm2gl_tf.data.reading.progress import progress_bar

_NEGATIVES = 5
_LEARNING_RATE = (0.025, 0.0001)


@register_encoder("doc2vec", "text", "word", learned=True, libraries=("gensim", "scikit-learn"))
def encode_doc2vec(
    content: Texts | WordCounts, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """Distributed bag of words: each item's vector predicts its words (Le and Mikolov, 2014).

    The order of words plays no part, so titles and bags of word ids are treated alike. One thread
    trains, so that the seed decides everything. Of an item with over 10,000 words gensim takes the
    first 10,000.

    Args:
      content: texts or counts of n items.
      options: `dimension`, `doc2vec_epochs` and `seed`; `min_count` and `max_share` choose the
        words.
      argument: not used.

    Returns:
      float32 (n, dimension); items without any of the words are absent.

    Raises:
      UserError: as `count_words`, or for an impossible width.
    """
    del argument
    check_width(options, len(content.item_ids))
    documents = list(_documents(content, options))
    present = np.array([bool(document) for document in documents])
    trained = _train([words for words in documents if words], options)
    parameters = {
        "seed": options.seed,
        "dimension": options.dimension,
        "epochs": options.doc2vec_epochs,
        "min_count": options.min_count,
        "max_share": options.max_share,
        "words_kept": len({word for words in documents for word in words}),
        "variant": "distributed bag of words",
        "negatives": _NEGATIVES,
        "learning_rate": list(_LEARNING_RATE),
    }
    return EncodedRows.of_present(trained, present, parameters)


def _documents(content: Texts | WordCounts, options: EncodingOptions) -> Iterator[list[str]]:
    """The kept words of each item, as names, each as often as it occurs, in column order."""
    counts = count_words(content)
    counts = counts[:, keep_words(counts, options.min_count, options.max_share)]
    names = np.array([f"w{column}" for column in range(counts.shape[1])], dtype=object)
    for start, stop in zip(counts.indptr[:-1], counts.indptr[1:], strict=True):
        times = np.rint(counts.data[start:stop]).astype(np.int64)
        yield np.repeat(names[counts.indices[start:stop]], times).tolist()


def _train(documents: list[list[str]], options: EncodingOptions) -> np.ndarray:
    if not documents:
        return np.zeros((0, options.dimension), np.float32)
    from gensim.models.callbacks import CallbackAny2Vec
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    class Advance(CallbackAny2Vec):
        def on_epoch_end(self, model: Doc2Vec) -> None:
            bar.update()

    with progress_bar(options.doc2vec_epochs, "epoch", "doc2vec") as bar:
        model = Doc2Vec(
            [TaggedDocument(words, [row]) for row, words in enumerate(documents)],
            dm=0,
            vector_size=options.dimension,
            # The words are chosen already.
            min_count=1,
            negative=_NEGATIVES,
            # Skipping frequent words would leave little of a small corpus, where all words are.
            sample=0,
            alpha=_LEARNING_RATE[0],
            min_alpha=_LEARNING_RATE[1],
            epochs=options.doc2vec_epochs,
            seed=options.seed,
            workers=1,
            # Python's own hash of strings differs from process to process.
            hashfxn=_hash,
            callbacks=[Advance()],
        )
    return model.dv.vectors


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())
