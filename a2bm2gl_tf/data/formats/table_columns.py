"""Which column of a user's table is which, by the names that such columns usually have."""

import re
from pathlib import Path

from a2bm2gl_tf.data.formats.registry import FormatOptions
from a2bm2gl_tf.errors import UserError

# Without case, blanks, underscores and the like: "User ID" is "userid".
_USUAL = {
    "user": (
        *("user", "userid", "uid", "userno", "username", "customer", "customerid", "member"),
        *("memberid", "visitor", "visitorid", "account", "accountid", "reviewerid", "viewer"),
    ),
    "item": (
        *("item", "itemid", "iid", "itemno", "video", "videoid", "vid", "microvideo"),
        *("microvideoid", "movie", "movieid", "photo", "photoid", "product", "productid"),
        *("article", "articleid", "song", "songid", "track", "trackid", "book", "bookid", "asin"),
    ),
    "value": ("rating", "ratings", "value", "score", "stars", "strength", "weight", "preference"),
    "time": (
        *("timestamp", "time", "ts", "datetime", "date", "unixtime", "unixreviewtime"),
        *("createdat", "eventtime", "createtime"),
    ),
}
_MANDATORY = ("user", "item")


def usual_columns(names: tuple[str, ...], role: str) -> list[str]:
    """The columns whose names usually stand for "user", "item", "value" or "time"."""
    return [name for name in names if re.sub(r"[\W_]", "", name).casefold() in _USUAL[role]]


def choose_columns(path: Path, names: tuple[str, ...], options: FormatOptions) -> dict[str, str]:
    """Tells which column holds users, items and, where there are any, values and times.

    Args:
      path: the file, for messages.
      names: its columns.
      options: a column that is named there is taken; "" takes none; None looks for a usual name.

    Returns:
      "user", "item" and possibly "value" and "time" -> name of the column.

    Raises:
      UserError: naming the flag and the columns, if a column is not there, if two have usual names
        (or, of users and items, none has), or if one is taken twice.
    """
    chosen: dict[str, str] = {}
    listed = ", ".join(names)
    for role in _USUAL:
        flag = f"--{role}_column"
        asked = getattr(options, f"{role}_column")
        usual = usual_columns(names, role)
        if asked == "" and role not in _MANDATORY:
            continue
        if asked is not None:
            if asked not in names:
                raise UserError(
                    f"{flag}={asked}: {path} has no such column; choose one of {listed}"
                )
            chosen[role] = asked
        elif len(usual) == 1:
            chosen[role] = usual[0]
        elif usual:
            none = "" if role in _MANDATORY else f', or {flag}="" for none'
            raise UserError(
                f"{path}: row 1: {' and '.join(usual)} could each hold the {role}s "
                f"(columns: {listed}); give {flag}{none}"
            )
        elif role in _MANDATORY:
            raise UserError(
                f"{path}: row 1: cannot tell which column holds the {role}s "
                f"(columns: {listed}); give {flag}, or add a header if row 1 is a record"
            )
    for role, name in chosen.items():
        for other in chosen:
            if role < other and chosen[other] == name:
                raise UserError(
                    f"{path}: column {name} would hold both {role}s and {other}s; "
                    f"give another --{role}_column or --{other}_column (columns: {listed})"
                )
    return chosen
