"""Matrix factorisation of implicit feedback by alternating least squares."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations


@dataclasses.dataclass(frozen=True)
class IalsSettings:
    """Settings that this model alone has.

    Attributes:
      alpha: what an interaction adds to the weight 1 of every entry of X.
      regularisation: lambda, of every user's and item's factors alike; more than 0.
      iterations: rounds of solving for all users, then for all items.
    """

    alpha: float = 20.0
    regularisation: float = 100.0
    iterations: int = 10


class Ials(Recommender):
    r"""s_uv = x_u . y_v, the minimum of sum_uv c_uv (p_uv - x_u . y_v)^2 + lambda |x, y|^2.

    Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008:
    p_uv is 1 where user and video met, c_uv = 1 + alpha p_uv, and a round minimises the cost over
    all users' factors, then over all items'. The rounds are those of the library `implicit`, with
    exact solutions (no conjugate gradients); each row is solved by itself, so that threads do not
    change the result. A user or item without interactions has factors of 0.

    Adapted: interactions are binary (r_uv = 1). Content is not used. lambda is the same for every
    row, as published in 2008; "Revisiting the Performance of iALS on Item Recommendation
    Benchmarks" (Rendle et al., RecSys 2022) scales it by a row's interactions, which is not done.

    Args:
      dataset: its training split is factorised.
      config: `dimension`, `init_stddev` and `seed`; own settings are `IalsSettings`.

    Raises:
      UserError: for settings out of range.
    """

    own_settings = IalsSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="ials", dtype="float32", **kwargs)
        self._settings = settings = make_own_settings(IalsSettings, config.own)
        for name, smallest in (("alpha", 0.0), ("iterations", 1)):
            value = getattr(settings, name)
            if not value >= smallest:
                raise UserError(f"--model_settings={name}={value}: give {smallest:g} or more")
        if not settings.regularisation > 0:
            # Without it the equations of a row are singular as soon as factors depend on others.
            raise UserError(
                f"--model_settings=regularisation={settings.regularisation}: give a number above 0"
            )
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self._interactions = dataset.train
        self.user_factors = self._factors("user_factors", self.num_users, config, 0)
        self.item_factors = self._factors("item_factors", self.num_items, config, 1)
        self.built = True

    def _factors(self, name: str, rows: int, config: ModelConfig, stream: int):
        return self.add_weight(
            name=name,
            shape=(rows, config.dimension),
            initializer=keras.initializers.RandomNormal(
                stddev=config.init_stddev, seed=derived_seed(config.seed, stream)
            ),
            dtype="float32",
            trainable=False,
        )

    def solve(self) -> None:
        """Runs all rounds from the initial factors.

        Raises:
          UserError: the library is not installed.
        """
        try:
            from implicit.cpu.als import AlternatingLeastSquares
            from threadpoolctl import threadpool_limits
        except ImportError as error:
            raise UserError(
                "--model=ials: the library implicit is not installed; pip install implicit"
            ) from error
        # The library has threads of its own, and asks for none in the BLAS beneath them.
        with threadpool_limits(1, "blas"):
            library = AlternatingLeastSquares(
                factors=self.user_factors.shape[1],
                regularization=self._settings.regularisation,
                # It takes the weight of an interaction itself, not what is added to 1.
                alpha=1.0 + self._settings.alpha,
                iterations=self._settings.iterations,
                use_cg=False,
            )
            # From where it starts is ours, so that the library's random numbers are not used.
            library.user_factors = np.array(self.user_factors)
            library.item_factors = np.array(self.item_factors)
            library.fit(self._interactions, show_progress=False)
        self.user_factors.assign(library.user_factors)
        self.item_factors.assign(library.item_factors)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Returns the factors; see `Recommender.call`."""
        del training, dropout_seed
        return Representations.of_final(
            tf.convert_to_tensor(self.user_factors), tf.convert_to_tensor(self.item_factors)
        )
