"""What of a model's weights goes over to a model of grown data, said by the model itself."""

from collections.abc import Iterable
from typing import NamedTuple

import keras

USERS, ITEMS, NODES, SHARED = "users", "items", "nodes", "shared"
ROWS = (USERS, ITEMS, NODES, SHARED)


class CarriedWeight(NamedTuple):
    """A learned variable, and what its first axis stands for.

    Attributes:
      name: unlike that of any other weight of the model; the same in every run of the model.
      variable: the Keras variable.
      rows: "users", "items", "nodes" (users, then items) or "shared" (none of them).
      modalities: names of the modalities whose features the variable is for; where these are others
        in another run, or in another order, the variable means something else there.
      new_rows_zero: whether rows of users and items that the other run did not know start from 0,
        and not from the initialiser.
    """

    name: str
    variable: keras.Variable
    rows: str
    modalities: tuple[str, ...] = ()
    new_rows_zero: bool = False


def node_rows(
    name: str, variable: keras.Variable, new_rows_zero: bool = False
) -> list[CarriedWeight]:
    """A variable with a row a user, then a row an item."""
    return [CarriedWeight(name, variable, NODES, new_rows_zero=new_rows_zero)]


def user_rows(
    name: str, variable: keras.Variable, modalities: Iterable[str] = ()
) -> list[CarriedWeight]:
    """A variable with a row a user."""
    return [CarriedWeight(name, variable, USERS, tuple(modalities))]


def item_rows(name: str, variable: keras.Variable) -> list[CarriedWeight]:
    """A variable with a row an item."""
    return [CarriedWeight(name, variable, ITEMS)]


def shared(
    name: str,
    owner: keras.layers.Layer | keras.Variable | None,
    modalities: Iterable[str] = (),
) -> list[CarriedWeight]:
    """A variable, or all trainable ones of a layer, that knows neither users nor items.

    Args:
      name: of the variable; those of a layer are told apart by their place in it.
      owner: the variable or layer; None, for a part that is switched off, has no weights.
      modalities: see `CarriedWeight`.
    """
    if owner is None:
        return []
    modalities = tuple(modalities)
    if not isinstance(owner, keras.layers.Layer):
        return [CarriedWeight(name, owner, SHARED, modalities)]
    return [
        CarriedWeight(f"{name}/{place}", variable, SHARED, modalities)
        for place, variable in enumerate(owner.trainable_variables)
    ]
