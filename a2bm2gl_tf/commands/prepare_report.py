"""What a manifest says, as lines for people."""

from collections.abc import Iterator

from a2bm2gl_tf.data.preparation.result import PART_NAMES, Prepared


def describe(prepared: Prepared) -> Iterator[str]:
    """Counts of everything read, removed and kept.

    Args:
      prepared: data with a whole record.

    Yields:
      One line after another.
    """
    record = prepared.record
    counts = record["counts"]
    read = ", ".join(f"{number:,} {name}" for name, number in sorted(record["reading"].items()))
    yield f"read {record['name']} ({record['format']}): {read or 'no counts'}"
    for entry in record["filters"]:
        yield _filter_line(entry)
    added = record["policies"]["items_added"]
    if added:
        yield f"  {added:,} items without interactions added from content"
    yield (
        f"{counts['users']:,} users, {counts['items']:,} items, {counts['interactions']:,} "
        f"interactions, sparsity {counts['sparsity_percent']:.2f}%"
    )
    for entry in record["modalities"]:
        share = 100 * entry["present"] / counts["items"]
        yield (
            f"modality {entry['name']}: {entry['width']} columns by {_encoder(entry)} "
            f"({entry['computation']}), scaling {entry['scaling']}; "
            f"{entry['present']:,} of {counts['items']:,} items have it ({share:.1f}%)"
        )
    yield f"split {record['split']['recipe']}"
    for number, fold in enumerate(counts["folds"]):
        where = f"fold {number}" if len(counts["folds"]) > 1 else "sizes"
        sizes = ", ".join(f"{name} {fold[name]:,}" for name in PART_NAMES.values())
        yield (
            f"  {where}: {sizes}; without training data: {fold['users_without_training']:,} users, "
            f"{fold['items_without_training']:,} items"
        )


def _encoder(entry: dict) -> str:
    """The encoder of a modality: where one was left to choose, the one that it chose."""
    chosen = entry["parameters"].get("chosen")
    return chosen if isinstance(chosen, str) else entry["encoder"]


def _filter_line(entry: dict) -> str:
    settings = [f"{name} {value}" for name, value in sorted(entry["parameters"].items())]
    removed = ", ".join(
        f"{entry['removed'][name]:,} {name}" for name in ("interactions", "users", "items")
    )
    line = f"  {entry['name']} ({', '.join(settings)}): " if settings else f"  {entry['name']}: "
    details = []
    for name, value in sorted(entry["details"].items()):
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{number:,} {what}" for what, number in sorted(value.items()))
        details.append(f"{name.replace('_', ' ')} {shown}")
    return f"{line}removed {removed}" + (f" ({'; '.join(details)})" if details else "")
