"""Flags of how models are scored and by what they are selected."""

from absl import flags

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.evaluation.protocols import protocol_names
from a2bm2gl_tf.training.config import TrainingConfig


def define_evaluation_flags(fv: flags.FlagValues) -> None:
    """Defines --top_k, --protocol, --mask_validation and --monitor."""
    default = EvaluationConfig()
    flags.DEFINE_list(
        "top_k", [str(k) for k in default.top_k], "Cut-offs K of the metrics.", flag_values=fv
    )
    flags.DEFINE_enum(
        "protocol", default.protocol, protocol_names(), "Candidates of a ranking.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "mask_validation",
        default.mask_validation,
        "Leave validation items out of the test candidates.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "monitor", TrainingConfig().monitor, "Metric that picks the step.", flag_values=fv
    )


def parse_top_k(texts: list[str]) -> tuple[int, ...]:
    """Cut-offs K from a list flag, ascending and distinct.

    Raises:
      UserError: if they are not positive integers.
    """
    if not texts or not all(text.isdecimal() and int(text) > 0 for text in texts):
        raise UserError(f"--top_k={','.join(texts)}: give positive integers, such as 10,20")
    return tuple(sorted({int(text) for text in texts}))


def check_monitor(monitor: str, top_k: tuple[int, ...]) -> None:
    """Refuses a metric that no evaluation computes.

    Raises:
      UserError: naming those that are.
    """
    known = {f"{m}@{k}" for m in ("precision", "recall", "ndcg", "hit_rate") for k in top_k}
    known |= {"auc", "auc_pooled"}
    if monitor not in known:
        raise UserError(
            f"--monitor={monitor} is not among the metrics computed; "
            f"choose one of {', '.join(sorted(known))} or change --top_k"
        )
