"""What the pictures of all studies share."""

import textwrap

from matplotlib.figure import Figure

from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.studies.planning import tried_l2_weights

_CHARACTERS_AN_INCH = 12.5


def finish(figure: Figure, what: str, comparison: Comparison) -> None:
    """Adds the title, which names the protocol, and the legend of the first panel."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    width = round(_CHARACTERS_AN_INCH * figure.get_figwidth())
    protocol = f"test, {comparison.data.protocol}{_tuning(comparison)}"
    figure.suptitle(f"{what}\n{textwrap.fill(protocol, width)}", fontsize=10)


def _tuning(comparison: Comparison) -> str:
    if comparison.rules.trials < 2:
        return ""
    return f"; each with the L2 weight that validates best of {tried_l2_weights(comparison)}"
