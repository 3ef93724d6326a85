"""A data set's description as text, pictures and one page."""

from a2bm2gl_tf.data.description.description import Description
from a2bm2gl_tf.data.description.sizes import degrees
from a2bm2gl_tf.data.preparation.result import Prepared
from a2bm2gl_tf.data.reading.dates import ticks_a_second, with_date
from a2bm2gl_tf.reports.description_tables import description_tables
from a2bm2gl_tf.reports.figures import (
    as_png,
    draw_coverage,
    draw_degrees,
    draw_lorenz,
    draw_times,
)
from a2bm2gl_tf.reports.page import render_page
from a2bm2gl_tf.reports.tables import as_text


def description_text(description: Description) -> str:
    """Every table as text, under the name and the split of the data."""
    lead = [description.name, *_lead(description)]
    return "\n\n".join(["\n".join(lead), *map(as_text, description_tables(description))])


def description_pictures(
    prepared: Prepared, description: Description
) -> dict[str, tuple[str, bytes]]:
    """File name without suffix -> (what it shows, PNG bytes)."""
    user_degrees = degrees(prepared.users, len(prepared.user_ids))
    item_degrees = degrees(prepared.items, len(prepared.item_ids))
    figures = {
        "degrees": (
            "Share of users and of items with at least k interactions, logarithmic axes",
            draw_degrees(user_degrees, item_degrees),
        ),
        "lorenz": (
            "Lorenz curves of the interactions over users and over items",
            draw_lorenz(user_degrees, item_degrees),
        ),
    }
    if description.modalities:
        figures["modalities"] = (
            "Share of the items that have each modality",
            draw_coverage(description.modalities, description.size.items),
        )
    if prepared.times is not None:
        fold = " of fold 0" if len(prepared.parts) > 1 else ""
        figures["times"] = (
            f"Number of interactions over time in each part{fold}",
            draw_times(prepared.times, prepared.parts[0]),
        )
    return {name: (text, as_png(figure)) for name, (text, figure) in figures.items()}


def description_page(description: Description, pictures: dict[str, tuple[str, bytes]]) -> str:
    """The page with everything."""
    return render_page(
        f"Data set {description.name}",
        _lead(description),
        description_tables(description),
        pictures,
    )


def _lead(description: Description) -> list[str]:
    lines = [f"Split: {description.split}"]
    if description.values is not None:
        least, mean, most = description.values
        lines.append(f"Values: {least:g} to {most:g}, {mean:.4g} on average")
    if description.times is not None:
        first, last = description.times
        unit = ticks_a_second(first, last)
        lines.append(
            f"Times: {with_date(first, unit)} to {with_date(last, unit)}, in the unit of the data"
        )
    return lines
