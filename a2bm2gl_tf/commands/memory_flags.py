"""The flag that says what is done where memory will not do."""

from absl import flags

from a2bm2gl_tf.methods.memory_estimate import CHECKS


def define_memory_flags(fv: flags.FlagValues) -> None:
    """Defines --memory_check."""
    flags.DEFINE_enum(
        "memory_check",
        CHECKS[0],
        CHECKS,
        "What is done if more memory is foreseen than this machine has available.",
        flag_values=fv,
    )
