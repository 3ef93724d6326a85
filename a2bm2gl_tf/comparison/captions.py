"""What stands below a table: how its numbers came about and what its marks say."""

import collections
import dataclasses
from collections.abc import Callable, Sequence

from a2bm2gl_tf.comparison.plan import Comparison, Rules
from a2bm2gl_tf.comparison.published import short_name
from a2bm2gl_tf.comparison.summary import MethodSummary, tested_metric


@dataclasses.dataclass(frozen=True)
class Wording:
    """What a table calls its rows.

    Attributes:
      heading: of the page.
      row: what a row is: a "method", say.
      settings: header of the column that says what settings the row was tested with.
      unchanged: what stands there if it changes none.
      selection: the sentence on where the settings come from.
    """

    heading: str
    row: str
    settings: str
    unchanged: str
    selection: Callable[[Comparison], str]


def _tuned(comparison: Comparison) -> str:
    rules = comparison.rules
    return (
        f"Every method was tuned by at most {rules.trials} trial{plural(rules.trials)} "
        f"(its defaults, then draws from its grid; seed {rules.tuning_seed}) and picked by "
        f"{short_name(rules.monitor)} on validation data, the earlier of equal ones. What was "
        "tried to find a method's defaults is not in this budget."
    )


OF_METHODS = Wording("Comparison of methods", "method", "picked", "defaults", _tuned)


def caption(
    comparison: Comparison, summaries: Sequence[MethodSummary], ours: str | None, wording: Wording
) -> str:
    """The note of a comparison's table.

    Args:
      comparison: what was compared.
      summaries: its rows.
      ours: title of the row that the others are contrasted with; None if it is not there.
      wording: what the table calls its rows.
    """
    rules = comparison.rules
    seeds = ", ".join(map(str, rules.seeds))
    spread = "mean ± standard deviation over" if len(rules.seeds) > 1 else "of"
    sentences = [
        f"Test metrics, {comparison.data.protocol}; {spread} seed{plural(len(rules.seeds))} "
        f"{seeds}. The split is the same for all seeds: a seed decides initial weights, batches "
        f"and samples alone, so a {wording.row} without any of them deviates by 0.",
        wording.selection(comparison),
        "Tested is the picked model trained again on training and validation data."
        if rules.refit
        else "Tested is the state of the best step in validation, which learned from training "
        "data alone.",
    ]
    sentences.append(_budget(rules))
    sentences.append("Bold: the best of a column; underlined: the second.")
    tests = [s.contrast for s in summaries if s.contrast is not None]
    if ours and tests:
        sentences.append(
            f"Against {ours}: difference of {short_name(tested_metric(comparison))}, averaged over "
            "seeds; paired two-sided t-test over users, p-values after Holm's correction for "
            f"{len(tests)} {wording.row}{plural(len(tests))}: * below .05, ** below .01, none: no "
            "significant difference. The test is over users and ignores how training "
            "varies from seed to seed: it is only as strong as that, and speaks of the models "
            "trained here."
        )
    sentences.append(
        "Fit: median over seeds of the seconds of one fit with its validations; peak: most memory "
        f"of the {wording.row}'s process, over its trials and seeds."
    )
    sentences += _other_sources(summaries)
    return " ".join(sentences)


def plural(count: int) -> str:
    """The ending of a noun after a number."""
    return "" if count == 1 else "s"


def _budget(rules: Rules) -> str:
    end = (
        f", ended by {rules.patience} validation{plural(rules.patience)} without improvement"
        if rules.patience
        else ""
    )
    return (
        f"Every fit had at most {rules.epochs} epochs and a validation each "
        f"{rules.evaluate_every}{end}."
    )


def _other_sources(summaries: Sequence[MethodSummary]) -> list[str]:
    """Says whose results are not, or not all, of the source code that most rows are of."""
    counts = collections.Counter(source for summary in summaries for source in summary.sources)
    if len(counts) < 2:
        return []
    ((most, _),) = counts.most_common(1)
    others = [s.entrant.title for s in summaries if s.sources and s.sources != (most,)]
    return [
        f"The source code has changed between results: those of {', '.join(others)} are, wholly or "
        f"in part, of another state than the most common one, {most} (column source of the CSV)."
    ]
