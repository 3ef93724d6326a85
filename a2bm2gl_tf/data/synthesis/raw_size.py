"""How large a raw data set is to be: Table 1 of the paper, scaled or replaced."""

import dataclasses

from a2bm2gl_tf.errors import UserError

# A data set this dense says little about taste: what a user leaves out is mostly chance.
_DENSEST = 4


@dataclasses.dataclass(frozen=True)
class RawSize:
    """Users U, items V and interactions n; every user and every item has at least one."""

    users: int
    items: int
    interactions: int

    def scaled(self, factor: float) -> "RawSize":
        """Multiplies users, items and interactions, so that their degrees stay what they are.

        Interactions stop at a quarter of all pairs, which small fractions of dense data reach.

        Args:
          factor: positive.
        """
        users, items = (max(1, round(factor * count)) for count in (self.users, self.items))
        interactions = round(factor * self.interactions)
        return RawSize(users, items, min(interactions, users * items // _DENSEST))

    def replaced(self, users: int | None, items: int | None, interactions: int | None) -> "RawSize":
        """Takes the numbers that are given in place of its own."""
        return RawSize(users or self.users, items or self.items, interactions or self.interactions)

    def check(self) -> None:
        """Makes sure that such data can be drawn.

        Raises:
          UserError: if the interactions are too few for all users and items to have one, or fill
            more than a quarter of all pairs.
        """
        fewest, most = max(self.users, self.items), self.users * self.items // _DENSEST
        if fewest > most:
            raise UserError(
                f"--num_users={self.users} and --num_items={self.items}: too few to tell tastes "
                "apart; give at least 4 of each"
            )
        if not fewest <= self.interactions <= most:
            raise UserError(
                f"--num_interactions={self.interactions}: give {fewest} to {most} for "
                f"{self.users} users and {self.items} items (each has at least one, and at most a "
                "quarter of all pairs occur)"
            )
