"""How raw data is to be prepared."""

import dataclasses

from a2bm2gl_tf.data.features.encoding import EncodingOptions
from a2bm2gl_tf.data.preparation.split_options import SplitOptions


@dataclasses.dataclass(frozen=True)
class PreparationOptions:
    """How raw data is prepared.

    Attributes:
      threshold: least value of a record that counts; None takes all.
      require_content: names of contents; records of items that lack one of them are dropped.
      repeats: which of several records of a user and item stays, "first" or "last".
      user_core: fewest records of a user.
      item_core: fewest records of an item; 1 asks nothing.
      num_users: users to draw; None takes all.
      num_items: likewise, of items.
      num_interactions: likewise, of records.
      split: one of `split_names()`; None takes "given" where the data comes split, else "ratio".
      split_options: options of the split; its seed is that of all draws.
      missing_features: see `align_contents`.
      extra_items: likewise.
      feature_scaling: one of `scaling.SCALINGS`.
      encoding: how content becomes features.
    """

    threshold: float | None = None
    require_content: tuple[str, ...] = ()
    repeats: str = "first"
    user_core: int = 1
    item_core: int = 1
    num_users: int | None = None
    num_items: int | None = None
    num_interactions: int | None = None
    split: str | None = None
    split_options: SplitOptions = dataclasses.field(default_factory=SplitOptions)
    missing_features: str = "refuse"
    extra_items: str = "refuse"
    feature_scaling: str = "zscore_l2"
    encoding: EncodingOptions = dataclasses.field(default_factory=EncodingOptions)
