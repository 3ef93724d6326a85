"""The settings of a search's best trial as a flagfile for train.py."""

from pathlib import Path

from absl import flags

from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.tuning.space import OWN, value_text
from a2bm2gl_tf.tuning.study import TrialRecord

_PATHS = {"data_dir", "features_dir", "cache_dir"}


def best_flagfile(values: flags.FlagValues, best: TrialRecord, monitor: str) -> str:
    """What train.py is to be given to train with the settings of a trial.

    Args:
      values: the flags of the search, whose training flags hold unless the trial has others.
      best: the trial.
      monitor: the metric that it was picked by.

    Returns:
      The text of a flagfile: the flags that were given, by the user or a recipe, and the trial's.
    """
    train = flags.FlagValues()
    define_training_flags(train)
    given = {name: values[name].value for name in train if values[name].present}
    given["model"] = values.model
    given.pop("output_dir", None)
    own = dict(text.partition("=")[::2] for text in values.model_settings)
    for name, value in best.picked.items():
        if name.startswith(OWN):
            own[name.removeprefix(OWN)] = value_text(value)
        else:
            given[name] = value
    if own:
        given["model_settings"] = [f"{name}={text}" for name, text in own.items()]
    deviation = "" if best.deviation is None else f" ± {best.deviation:.4f}"
    lines = [
        f"# The best of a search: trial {best.number}, {monitor} {best.value:.4f}{deviation} in "
        f"validation ({len(best.fits)} fit{'s' if len(best.fits) > 1 else ''}).",
        "#",
        "#   python run_scripts/train.py --flagfile=best.flags --output_dir=DIRECTORY",
        "",
        *(f"--{name}={_text(name, value)}" for name, value in given.items() if value is not None),
    ]
    return "\n".join(lines) + "\n"


def _text(name: str, value) -> str:
    if name in _PATHS:
        return str(Path(value).resolve())
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value_text(value)
