"""Embeddings of items that were not there in training, from features as the data has them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality, RowScaling
from a2bm2gl_tf.models.new_item_encoder import NewItemEncoder

# How the inputs of the signatures are called.
INPUT_PREFIX = "features_"


class NewItems(tf.Module):
    """Scales features as the training data's were, and embeds them.

    Args:
      encoder: from scaled features to embeddings.
      modalities: of the training data, in any order; those that the encoder takes are looked up.
      kind: one line on how the embeddings come about, for the export's metadata.
    """

    def __init__(self, encoder: NewItemEncoder, modalities: Sequence[Modality], kind: str):
        super().__init__(name="new_items")
        self.kind = kind
        self.encoder = encoder
        scaling_of = {modality.name: modality.scaling for modality in modalities}
        self._scalers = [FeatureScaler(scaling_of[name]) for name in encoder.modalities]

    @property
    def modalities(self) -> dict[str, int]:
        """Name of each modality -> width of its features, in the encoder's order."""
        return dict(zip(self.encoder.modalities, self.encoder.widths, strict=True))

    def embed(self, features: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Embeds new items.

        Args:
          features: name of each modality -> (b, f) numbers as the data has them, unscaled. A row of
            zeros is an item without the modality.

        Returns:
          float32 (b, d), zeros for an item without any modality, and bool (b,), whether it has one.

        Raises:
          ValueError: a modality is missing or unknown, has another width, or holds a NaN.
        """
        if features.keys() != self.modalities.keys():
            raise ValueError(f"give features of {', '.join(self.modalities)} and of nothing else")
        arrays = {name: np.asarray(features[name], np.float32) for name in self.modalities}
        num_rows = {len(rows) for rows in arrays.values()}
        if len(num_rows) > 1:
            raise ValueError("the modalities have different numbers of rows")
        for name, width in self.modalities.items():
            if arrays[name].ndim != 2 or arrays[name].shape[1] != width:
                raise ValueError(f"{name} is {arrays[name].shape}, expected (items, {width})")
            if not np.isfinite(arrays[name]).all():
                raise ValueError(f"{name} holds a number that is not finite")
        embeddings, known = self([tf.constant(arrays[name]) for name in self.modalities])
        return embeddings.numpy(), known.numpy()

    def __call__(self, features: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """As `embed`, of tensors in the encoder's order and without its checks of names."""
        checks = [
            tf.debugging.assert_all_finite(rows, f"{INPUT_PREFIX}{name} holds a NaN or an infinity")
            for name, rows in zip(self.encoder.modalities, features, strict=True)
        ]
        checks += [
            tf.debugging.assert_equal(
                tf.shape(rows)[0], tf.shape(features[0])[0], "modalities differ in their rows"
            )
            for rows in features[1:]
        ]
        with tf.control_dependencies([check for check in checks if check is not None]):
            features = [tf.identity(rows) for rows in features]
        present = [tf.reduce_any(rows != 0, axis=1) for rows in features]
        scaled = [scale(rows) for scale, rows in zip(self._scalers, features, strict=True)]
        known = tf.reduce_any(tf.stack(present), axis=0)
        embeddings = self.encoder(scaled, present)
        return tf.where(known[:, tf.newaxis], embeddings, 0.0), known


class FeatureScaler(tf.Module):
    """`data.features.scaling.scale_rows` in TensorFlow.

    Args:
      scaling: what the training data's features went through.
    """

    def __init__(self, scaling: RowScaling):
        super().__init__(name="feature_scaler")
        self._divides_rows = "l2" in scaling.name
        self._mean = self._factor = None
        if scaling.statistics is not None:
            deviation = scaling.statistics.deviation
            constant = deviation == 0
            # A constant column becomes zero whatever a new item has there.
            factor = np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, deviation))
            self._mean = tf.Variable(np.array(scaling.statistics.mean), trainable=False)
            self._factor = tf.Variable(factor, trainable=False)

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        """Scales float32 (b, f), in float64 within."""
        rows = tf.cast(rows, tf.float64)
        if self._mean is not None:
            rows = (rows - self._mean) * self._factor
        if self._divides_rows:
            rows = tf.math.divide_no_nan(rows, tf.norm(rows, axis=1, keepdims=True))
        return tf.cast(rows, tf.float32)


def new_item_functions(
    new_items: NewItems, user_id_type: tf.DType, embed_users: Callable
) -> dict[str, tuple[Callable, Callable]]:
    """Declares `embed_items` and `score_new_items`: by name, the tf.function and its signature.

    Args:
      new_items: embeds the items.
      user_id_type: int64 or string.
      embed_users: ids (n,) to embeddings, zeros where unknown, and which are known.
    """
    specs = {
        INPUT_PREFIX + name: tf.TensorSpec([None, width], tf.float32, name=INPUT_PREFIX + name)
        for name, width in new_items.modalities.items()
    }
    users = tf.TensorSpec([None], user_id_type, name="user_ids")

    def embed(features: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        return new_items([features[name] for name in specs])

    @tf.function
    def embed_items(**features):
        embeddings, known = embed(features)
        return {"embeddings": embeddings, "known": known}

    @tf.function
    def score_new_items(user_ids, **features):
        rows, users_known = embed_users(user_ids)
        embeddings, items_known = embed(features)
        return {
            "scores": tf.matmul(rows, embeddings, transpose_b=True),
            "users_known": users_known,
            "items_known": items_known,
        }

    # Traced here: an input signature cannot name inputs that are only known from the data.
    return {
        "embed_items": (embed_items, embed_items.get_concrete_function(**specs)),
        "score_new_items": (
            score_new_items,
            score_new_items.get_concrete_function(user_ids=users, **specs),
        ),
    }
