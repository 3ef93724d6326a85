"""From parsed flags to a `RunConfig`, refusing what does not go together."""

from absl import flags

from a2bm2gl_tf.commands.dataset_flags import full_options
from a2bm2gl_tf.commands.evaluation_flags import check_monitor, parse_top_k
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.methods.fitting import check_refit
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.methods.settings import with_settings
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import parse_own_settings
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.training.config import TrainingConfig


def config_from_flags(fv: flags.FlagValues) -> RunConfig:
    """Builds the run's settings and refuses contradictions before any work is done.

    Raises:
      UserError: naming the flags that do not go together.
    """
    top_k = parse_top_k(fv.top_k)
    config = RunConfig(
        dataset=fv.dataset,
        data=full_options(fv),
        model=fv.model,
        model_config=_model_config(fv),
        loss=_same_named(LossConfig, fv, name=fv.loss),
        training=_same_named(TrainingConfig, fv, schedule=fv.lr_schedule, schedule_epochs=0),
        evaluation=EvaluationConfig(top_k, fv.protocol, fv.mask_validation, fv.seed),
        refit=fv.refit,
    )
    # What the user, or a recipe for this model, says goes before the method's own defaults.
    defaults = find_method(fv.model).defaults()
    defaults = {k: v for k, v in defaults.items() if k not in fv or not fv[k].present}
    own = parse_own_settings(MODELS[fv.model].own_settings, fv.model_settings)
    config = with_settings(config, defaults | {f"own.{name}": own[name] for name in own})
    refuse_contradictions(config)
    return config


def _same_named(config_class, fv: flags.FlagValues, **renamed):
    """Fills a config class from flags of the same names, but for those given."""
    names = config_class.__dataclass_fields__.keys() - renamed.keys()
    return config_class(**{name: fv[name].value for name in names}, **renamed)


def _model_config(fv: flags.FlagValues) -> ModelConfig:
    surfing = _same_named(Surfing, fv, continue_probability=fv.surfing_alpha)
    return _same_named(ModelConfig, fv, surfing=surfing, own={})


def refuse_contradictions(config: RunConfig) -> None:
    """Refuses settings that do not go together.

    Raises:
      UserError: naming their flags.
    """
    model, training = config.model_config, config.training
    surfing = model.surfing
    if config.refit:
        check_refit(config.evaluation)
    check_monitor(training.monitor, config.evaluation.top_k)
    rules = (
        (
            training.jit_compile and model.propagation in ("csr", "public"),
            f"--jit_compile needs --propagation=segment or auto, not {model.propagation}",
        ),
        (
            surfing.log_prior and surfing.neighbourhood == "full",
            "--log_prior has no meaning with --neighbourhood=full; use top_m or reachable",
        ),
        (
            not 0.0 < surfing.continue_probability < 1.0,
            f"--surfing_alpha={surfing.continue_probability} must be between 0 and 1",
        ),
        (
            surfing.beam is not None and surfing.beam < surfing.top_m,
            f"--beam={surfing.beam} is smaller than --top_m={surfing.top_m}; make it larger",
        ),
        (not model.dropout < 1.0, f"--dropout={model.dropout} must be below 1"),
        (
            model.learn_self_loop and model.self_loop_weight == 0,
            "--learn_self_loop needs a positive --self_loop_weight to start from",
        ),
        (
            find_method(config.model).settings.get("loss") == "none" and config.loss.name != "none",
            f"--loss={config.loss.name}: {config.model} has a loss of its own; leave the flag out",
        ),
        (config.loss.temperature == 0, "--temperature=0: give a positive number"),
        (training.learning_rate == 0, "--learning_rate=0: give a positive number"),
        (
            training.jit_compile and training.batches_per_propagation != 1,
            "--jit_compile needs --batches_per_propagation=1; raise --batch_users instead",
        ),
        (
            training.jit_compile and training.strategy != "none",
            f"--strategy={training.strategy} cannot be combined with --jit_compile; leave one out",
        ),
        (
            training.precision == "mixed_float16" and training.strategy != "none",
            f"--strategy={training.strategy} cannot be combined with --precision=mixed_float16; "
            "use mixed_bfloat16",
        ),
        (
            training.precision == "mixed_float16" and training.jit_compile,
            "--precision=mixed_float16 cannot be combined with --jit_compile; use mixed_bfloat16",
        ),
    )
    for broken, message in rules:
        if broken:
            raise UserError(message)
