"""Texts by a sentence-transformers model that is on this machine already."""

import contextlib
import os
from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.data.features.content import Texts
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, register_encoder
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError, reason_of

_BATCH = 256


@register_encoder(
    "sentence",
    "text",
    learned=False,
    argument="PATH_OR_NAME",
    libraries=("sentence-transformers", "transformers", "tokenizers", "torch"),
)
def encode_sentences(content: Texts, options: EncodingOptions, argument: str) -> EncodedRows:
    """Sentence embeddings of a pre-trained model.

    Nothing is downloaded, no code of the model's own is run, and only safetensors weights are read
    (others are pickles).

    Args:
      content: texts of n items.
      options: not used.
      argument: folder of the model, or the name of one in the Hugging Face cache.

    Returns:
      float32 (n, f); blank texts are absent.

    Raises:
      UserError: if the package or the model is missing.
    """
    model = _load(argument)
    present = np.array([bool(text.strip()) for text in content.texts])
    texts = [text for text in content.texts if text.strip()]
    blocks = []
    with progress_bar(len(texts), "text", content.name) as bar:
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            block = model.encode(batch, show_progress_bar=False, convert_to_numpy=True)
            blocks.append(np.asarray(block, np.float32))
            bar.update(len(batch))
    found = np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)
    if not np.isfinite(found).all():
        raise UserError(
            f"--text_encoder=sentence:{argument}: gives numbers that are not finite; "
            "check the model's weights"
        )
    return EncodedRows.of_present(found, present, {"model": argument, "width": found.shape[1]})


def _load(name: str) -> object:
    flag = f"--text_encoder=sentence:{name}"
    with _offline():
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise UserError(
                f"{flag}: sentence-transformers is not installed; "
                "pip install sentence-transformers and have the model on disk, or choose "
                "tfidf_svd or doc2vec"
            ) from error
        try:
            return SentenceTransformer(
                name,
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # Each part of the model has a loader with errors of its own.
            raise UserError(
                f"{flag}: no such model on this machine, or it cannot be loaded "
                f"({reason_of(error)}); nothing is downloaded: "
                "save it to disk with safetensors weights and give its "
                "folder, as in --text_encoder=sentence:models/minilm, or the full name of one in "
                "the Hugging Face cache, as in sentence:sentence-transformers/all-MiniLM-L6-v2"
            ) from error


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """The Hugging Face libraries look at these once, when they are imported."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
