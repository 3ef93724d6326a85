"""Table 4: the model with other recommendation losses (section 4.5.3).

The paper's rows are WR, BPR, InfoBPR and its own. WR is Eq. 7 as printed, with a sigmoid
(`--loss=wr`), which saturates where negatives weigh as much as positives: with --negative_weight=1,
expect it to rank by little. The row without the sigmoid (`--loss=wr_linear`) is not in the paper's
table; it is the adaptive loss with both boundaries fixed, at 1 and 0, and so tells what adapting
them is worth.

The other terms of Eq. 10 stay, but for the margin's, which is a part of the adaptive loss.
"""

from a2bm2gl_tf.studies.study import Base, Study, Variant


def _variants(base: Base) -> tuple[Variant, ...]:
    del base
    return (
        Variant("adaptive", "adaptive loss", {"loss": "adaptive"}),
        Variant("wr", "WR (Eq. 7)", {"loss": "wr"}),
        Variant("wr_linear", "WR without the sigmoid", {"loss": "wr_linear"}),
        Variant("bpr", "BPR", {"loss": "bpr"}),
        Variant("infobpr", "InfoBPR", {"loss": "infobpr"}),
    )


STUDY = Study("losses", "losses.py", "Losses (Table 4)", _variants)
