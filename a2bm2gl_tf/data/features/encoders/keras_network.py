"""Pictures by a convolutional network whose weights are on this machine already."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from a2bm2gl_tf.data.features.content import Images
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, register_encoder
from a2bm2gl_tf.data.features.picture_batches import encode_pictures
from a2bm2gl_tf.data.features.quiet_import import quiet_import
from a2bm2gl_tf.errors import UserError, reason_of

if TYPE_CHECKING:
    import keras

# What most networks were trained on, where the network does not say.
_SIDE = 224


@register_encoder(
    "keras",
    "image",
    learned=False,
    argument="APPLICATION_OR_FILE.keras",
    libraries=("pillow", "keras", "tensorflow"),
)
def encode_keras(content: Images, options: EncodingOptions, argument: str) -> EncodedRows:
    """Output of a pre-trained network, averaged over the picture.

    A Keras application, such as "MobileNetV2", is used without its classifier, with the weights of
    `weights_path` and its own preprocessing. A .keras file is used as it is, and gets RGB from 0 to
    255: it has to hold its own preprocessing. Nothing is downloaded, and a file's lambdas, which
    are code, are refused.

    Args:
      content: n picture files.
      options: `weights_path`, `skip_unreadable`.
      argument: name of an application, or path of a .keras file.

    Returns:
      float32 (n, f).

    Raises:
      UserError: if the network cannot be had, or a picture cannot be read.
    """
    flag = f"--image_encoder=keras:{argument}"
    if argument.endswith(".keras"):
        if options.weights_path is not None:
            raise UserError(
                f"--weights_path={options.weights_path}: {argument} holds its weights; "
                "leave the flag out"
            )
        model, preprocess = _load_file(flag, Path(argument)), np.asarray
    else:
        model, preprocess = _load_application(flag, argument, options.weights_path)
    height, width = _input_size(flag, model)

    def encode(batch: np.ndarray) -> np.ndarray:
        output = np.asarray(model(preprocess(batch.astype(np.float32)), training=False))
        if output.ndim == 4:
            output = output.mean(axis=(1, 2))
        return output.reshape(len(batch), -1)

    parameters: dict[str, Any] = {"network": argument, "pixels": [width, height]}
    return encode_pictures(content, (width, height), encode, options, parameters)


def _load_file(flag: str, path: Path) -> "keras.Model":
    if not path.is_file():
        raise UserError(f"{flag}: no such file; give a model saved by Keras 3 as .keras")
    with quiet_import():
        import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # A damaged or foreign file can fail anywhere in the loader.
        raise UserError(
            f"{flag}: cannot be loaded ({reason_of(error)}); "
            "give a .keras file of Keras 3 without lambdas or layers of your own"
        ) from error


def _load_application(
    flag: str, name: str, weights: Path | None
) -> tuple["keras.Model", Callable[[np.ndarray], np.ndarray]]:
    if weights is None:
        raise UserError(
            f"{flag}: give a .keras file; or the name of an application, and the file of its "
            "weights without classifier as --weights_path; nothing is downloaded"
        )
    if not weights.is_file():
        raise UserError(f"--weights_path={weights}: no such file; check the path")
    with quiet_import():
        import keras

    build = getattr(keras.applications, name, None)
    if not callable(build):
        names = [entry for entry in dir(keras.applications) if entry[0].isupper()]
        raise UserError(
            f"{flag}: neither a .keras file nor an application; choose from {', '.join(names)}"
        )
    try:
        model = build(
            include_top=False,
            weights=str(weights),
            input_shape=(_SIDE, _SIDE, 3),
            pooling="avg",
        )
    except Exception as error:  # Weights of another network fail in as many ways as there are.
        raise UserError(
            f"--weights_path={weights}: not weights of {name} without classifier "
            f"({reason_of(error)}); give the file for include_top=False"
        ) from error
    # An application's preprocessing is in the module that defines it.
    return model, sys.modules[build.__module__].preprocess_input


def _input_size(flag: str, model: "keras.Model") -> tuple[int, int]:
    """(height, width) of the pictures that a network takes."""
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] != 3:
        raise UserError(
            f"{flag}: takes input of shape {shape}; give a network of one RGB input, "
            "channels last (batch, height, width, 3)"
        )
    if not isinstance(model.output_shape, tuple):
        raise UserError(f"{flag}: has several outputs; give a network with one")
    return shape[1] or _SIDE, shape[2] or _SIDE
