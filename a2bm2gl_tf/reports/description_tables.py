"""The tables of a data set's description."""

from collections.abc import Iterator

from a2bm2gl_tf.data.description.concentration import DegreeSummary
from a2bm2gl_tf.data.description.description import Description, FoldDescription
from a2bm2gl_tf.data.description.sizes import Size
from a2bm2gl_tf.reports.tables import Table

_OK, _LOOK, _LEAK = "ok", "look", "LEAK"


def description_tables(description: Description) -> Iterator[Table]:
    """Every table, in the order of reading: sizes, degrees, modalities, gaps and checks."""
    yield _sizes(description)
    yield _degrees(description)
    if description.modalities:
        yield _modalities(description)
    yield _gaps(description)
    yield _checks(description)


def _sizes(description: Description) -> Table:
    rows = [("all", *_size_cells(description.size))]
    for name, fold in _named_folds(description):
        rows += [(f"{part}{name}", *_size_cells(size)) for part, size in fold.parts.items()]
    return Table(
        "Sizes",
        ("part", "users", "items", "interactions", "sparsity"),
        tuple(rows),
        "Users and items of a part are those that occur in it; every sparsity is over all users "
        "times all items.",
    )


def _size_cells(size: Size) -> tuple[str, ...]:
    counts = (f"{count:,}" for count in (size.users, size.items, size.interactions))
    return (*counts, f"{size.sparsity_percent:.2f}%")


def _degrees(description: Description) -> Table:
    columns = ("least", "median", "mean", "most", "with one", "Gini", "top tenth has")
    rows = (
        ("interactions a user", *_degree_cells(description.user_degrees)),
        ("interactions an item", *_degree_cells(description.item_degrees)),
    )
    return Table("Degrees, all parts", ("", *columns), rows)


def _degree_cells(summary: DegreeSummary) -> tuple[str, ...]:
    return (
        f"{summary.least:,}",
        f"{summary.median:,.10g}",
        f"{summary.mean:,.1f}",
        f"{summary.most:,}",
        f"{summary.once:,}",
        f"{summary.gini:.3f}",
        f"{100 * summary.top_tenth_share:.1f}%",
    )


def _modalities(description: Description) -> Table:
    rows = tuple(
        (
            one.name,
            f"{one.width:,}",
            f"{one.present:,}",
            f"{one.present_percent:.1f}%",
            f"{one.zero_rows:,}",
            f"{one.repeated_rows:,}",
            f"{one.largest_group:,}",
        )
        for one in description.modalities
    )
    return Table(
        "Modalities",
        ("modality", "columns", "items", "share", "all zero", "repeats", "largest group"),
        rows,
        f"{description.items_with_all_modalities:,} of {description.size.items:,} items have all. "
        "Repeats are items whose features equal those of an item before them; the largest group "
        "is the most items with the same features.",
    )


def _gaps(description: Description) -> Table:
    users, items = description.size.users, description.size.items
    rows = []
    for name, fold in _named_folds(description):
        rows += [
            (f"users without a training interaction{name}", *_share(fold.cold_users, users)),
            (f"items without a training interaction{name}", *_share(fold.cold_items, items)),
            (f"users without a test interaction{name}", *_share(fold.untested_users, users)),
        ]
    if description.titled_items:
        untitled = items - description.titled_items
        rows += [
            ("items without a title", *_share(untitled, items)),
            ("items with the title of another", *_share(description.repeated_titles, items)),
        ]
    return Table("Gaps", ("", "count", "of", "share"), tuple(rows))


def _checks(description: Description) -> Table:
    interactions = description.size.interactions
    repeated = description.repeated_pairs
    rows = [_check("repeated pairs of user and item", repeated, interactions, _LOOK, "count twice")]
    for name, fold in _named_folds(description):
        rows += [
            _check(f"{what}{name}", count, total, status, meaning)
            for what, count, total, status, meaning in _fold_checks(fold, interactions)
        ]
    return Table("Checks of the split", ("", "count", "of", "share", "", "meaning"), tuple(rows))


def _fold_checks(
    fold: FoldDescription, interactions: int
) -> Iterator[tuple[str, int, int, str, str]]:
    """(what, how many, of how many, what it is if there are any, what follows from that)."""
    tested = fold.parts["test"].interactions
    yield (
        "pairs in more than one part",
        fold.pairs_in_several_parts,
        interactions,
        _LEAK,
        "a model is tested on what it was shown",
    )
    yield (
        "test interactions of users without training",
        fold.unseen_users.records,
        tested,
        _LOOK,
        f"{_counted(fold.unseen_users.count, 'user')} known by nothing but popularity",
    )
    yield (
        "test interactions of items without training",
        fold.unseen_items.records,
        tested,
        _LOOK,
        f"{_counted(fold.unseen_items.count, 'item')} to be found by content alone",
    )
    if fold.time_order is not None:
        yield (
            "test interactions older than the user's last training one",
            fold.time_order.records,
            tested,
            _LOOK,
            f"the future of {_counted(fold.time_order.users, 'user')} is known",
        )
        yield (
            "test interactions older than the last training one",
            fold.time_order.records_overall,
            tested,
            _LOOK,
            "trends of later days are known",
        )


def _check(what: str, count: int, total: int, status: str, meaning: str) -> tuple[str, ...]:
    shown = (status, meaning) if count else (_OK, "")
    return (what, *_share(count, total), *shown)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _share(count: int, total: int) -> tuple[str, str, str]:
    return f"{count:,}", f"{total:,}", f"{100 * count / max(1, total):.1f}%"


def _named_folds(description: Description) -> Iterator[tuple[str, FoldDescription]]:
    """What to put behind a row's name, and the fold."""
    several = len(description.folds) > 1
    for number, fold in enumerate(description.folds):
        yield f", fold {number}" if several else "", fold
