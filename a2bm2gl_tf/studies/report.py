"""The files of a study: tables, a page and pictures."""

import collections
import re
from collections.abc import Iterator

from a2bm2gl_tf.comparison.captions import Wording
from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.published import short_name
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.summary import summarise
from a2bm2gl_tf.comparison.tables import Results, comma_separated, comparison_table
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.methods.settings import FitSettings, flatten
from a2bm2gl_tf.reports.figures import as_png
from a2bm2gl_tf.reports.page import render_page
from a2bm2gl_tf.reports.tables import as_markdown
from a2bm2gl_tf.studies.curves import curves_of, draw_curves
from a2bm2gl_tf.studies.dots import draw_variants
from a2bm2gl_tf.studies.planning import tried_l2_weights
from a2bm2gl_tf.studies.study import Study

# Of the rules, which the caption has, and of each cell.
_NOT_OF_THE_BASE = {"epochs", "evaluate_every", "patience", "monitor", "seed"}


def results_of(store: ResultStore) -> Results:
    """The last study of each dataset in a store, with its rows."""
    last = {comparison.data.fingerprint: comparison for comparison in store.comparisons}
    return [(comparison, summarise(comparison, store)) for comparison in last.values()]


def report(study: Study, results: Results) -> dict[str, str | bytes]:
    """The content of each file: table.md, table.csv, table.html and pictures.

    Args:
      study: what the results are of.
      results: one comparison a dataset.
    """
    wording = Wording(study.heading, "variant", "settings", "as the base", _selection)
    tables = [comparison_table(*result, wording) for result in results]
    pictures = dict(_pictures(study, results))
    lead = [
        f"{len(comparison.entrants)} variants on {comparison.data.name}: {comparison.data.protocol}"
        for comparison, _ in results
    ]
    markdown = [f"## {study.heading}", *map(as_markdown, tables)]
    markdown += [f"![{text}]({name})" for name, (text, _) in pictures.items()]
    return {
        "table.md": "\n\n".join(markdown) + "\n",
        "table.csv": comma_separated(results, wording),
        "table.html": render_page(study.heading, lead, tables, pictures, wide=True),
        **{name: data for name, (_, data) in pictures.items()},
    }


def _selection(comparison: Comparison) -> str:
    rules = comparison.rules
    tuned = "none was tuned for itself"
    if rules.trials > 1:
        tuned = (
            f"each was tuned in its L2 weight alone, of {tried_l2_weights(comparison)} the one "
            f"that validates best with seed {rules.tuning_seed}"
        )
    return (
        f"Every variant has the settings of the base but for those in column settings, and "
        f"{tuned}: one that trails may do better with settings of its own. The best step "
        f"is picked by {short_name(rules.monitor)} on validation data. The base, where "
        f"it is not the method's default: {_base_text(comparison.reference_entrant.defaults)}."
    )


def _base_text(settings: FitSettings) -> str:
    default = flatten(find_method(settings.model).fit_settings().to_json())
    changed = [
        f"{name}={value}"
        for name, value in flatten(settings.to_json()).items()
        if value != default.get(name) and name.rpartition(".")[2] not in _NOT_OF_THE_BASE
    ]
    return ", ".join(changed) or "nothing"


def _pictures(study: Study, results: Results) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """File name -> (what it shows, PNG): curves of parameters, for other studies the variants."""
    stems = _stems([comparison for comparison, _ in results])
    for (comparison, summaries), stem in zip(results, stems, strict=True):
        if not study.parameters:
            figure = draw_variants(comparison, summaries)
            if figure is not None:
                text = f"{comparison.data.name}: test metrics of each variant"
                yield f"{stem}variants.png", (text, as_png(figure))
        for parameter in study.parameters:
            curves = curves_of(parameter, comparison, summaries)
            if curves:
                figure = draw_curves(parameter, curves, comparison)
                text = f"{comparison.data.name}: test metrics against {parameter.label}"
                yield f"{stem}{parameter.name}.png", (text, as_png(figure))


def _stems(comparisons: list[Comparison]) -> list[str]:
    """What pictures' names begin with: nothing for one dataset, otherwise what tells them apart."""
    if len(comparisons) == 1:
        return [""]
    names = [_in_file_names(comparison.data.name) for comparison in comparisons]
    prints = [_in_file_names(comparison.data.fingerprint[:8]) for comparison in comparisons]
    counts = collections.Counter(names)
    return [
        f"{name}_" if counts[name] == 1 else f"{name}_{fingerprint}_"
        for name, fingerprint in zip(names, prints, strict=True)
    ]


def _in_file_names(text: str) -> str:
    """A text of a store without what leads to another folder."""
    return re.sub(r"[^\w.-]", "_", text)
