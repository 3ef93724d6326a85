"""Print recommendations from an export."""

from pathlib import Path

from absl import flags

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.serving.recommend import format_recommendations, load_recommender


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of recommend.py."""
    flags.DEFINE_string("export_dir", None, "Directory of a SavedModel.", flag_values=fv)
    flags.DEFINE_list("users", [], "Original user ids.", flag_values=fv)
    flags.DEFINE_list(
        "similar_to", [], "Original item ids to find similar ones of.", flag_values=fv
    )
    flags.DEFINE_list(
        "like_items",
        [],
        "Original item ids that somebody new likes, who is recommended others.",
        flag_values=fv,
    )
    flags.DEFINE_integer("k", 10, "Items a list.", lower_bound=1, flag_values=fv)
    flags.DEFINE_boolean("exclude_seen", True, "Leave out items already seen.", flag_values=fv)


def main(values: flags.FlagValues) -> None:
    """Runs recommend.py with parsed flags."""
    if not values.export_dir:
        raise UserError("--export_dir is missing: name the SavedModel that export.py wrote")
    if not values.users and not values.similar_to and not values.like_items:
        raise UserError("give --users=ID,ID,..., --similar_to=ID,ID,... or --like_items=ID,ID,...")
    recommender = load_recommender(Path(values.export_dir))
    if values.users:
        lists = recommender.recommend(values.users, values.k, exclude_seen=values.exclude_seen)
        for user, recommendations in zip(values.users, lists, strict=True):
            print(format_recommendations(f"recommended to user {user}", recommendations))
    if values.similar_to:
        for item, similar in zip(
            values.similar_to, recommender.similar_items(values.similar_to, values.k), strict=True
        ):
            print(format_recommendations(f"similar to item {item}", similar))
    if values.like_items:
        found = recommender.fold_in(values.like_items, values.k, exclude_seen=values.exclude_seen)
        heading = f"recommended to somebody who likes {', '.join(values.like_items)}"
        print(format_recommendations(heading, found))
