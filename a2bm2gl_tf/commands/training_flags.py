"""The flags of train.py."""

from absl import flags

from a2bm2gl_tf.commands.dataset_flags import define_data_flags
from a2bm2gl_tf.commands.evaluation_flags import define_evaluation_flags
from a2bm2gl_tf.graph.knn import KNN_METHODS
from a2bm2gl_tf.graph.propagation import BACKENDS
from a2bm2gl_tf.layers.collaborative_gcn import COMBINATIONS
from a2bm2gl_tf.layers.neighbourhoods import NEIGHBOURHOODS
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.registry import LOSSES, NEGATIVE_SCALES
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.training.config import PRECISIONS, SCHEDULES, TrainingConfig
from a2bm2gl_tf.training.distribution import STRATEGIES


def define_training_flags(values: flags.FlagValues) -> None:
    """Defines every flag of a training run; defaults are those of the config classes."""
    _define_run_flags(values)
    define_data_flags(values)
    _define_model_flags(values)
    _define_loss_flags(values)
    _define_optimisation_flags(values)


def _define_run_flags(fv: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "output_dir",
        None,
        "Directory of the run; an existing run there is resumed.",
        flag_values=fv,
    )
    flags.DEFINE_integer("seed", 0, "Seed of everything random.", lower_bound=0, flag_values=fv)
    flags.DEFINE_boolean(
        "refit",
        False,
        "Train again on training and validation data for the epochs that validation picked.",
        flag_values=fv,
    )
    define_evaluation_flags(fv)


def _define_model_flags(fv: flags.FlagValues) -> None:
    model, surfing = ModelConfig(), ModelConfig().surfing
    flags.DEFINE_enum(
        "model",
        "a2bm2gl",
        sorted(MODELS),
        "Model; its own defaults hold for flags that neither you nor a recipe for it give.",
        flag_values=fv,
    )
    flags.DEFINE_list(
        "model_settings", [], "NAME=VALUE of settings that the model alone has.", flag_values=fv
    )
    for name, default, text in (
        ("dimension", model.dimension, "Embedding width d."),
        ("num_layers", model.num_layers, "Collaborative propagation layers K."),
        ("knn", model.knn, "Neighbours of an item in a modality's graph."),
        ("knn_heads", model.knn_heads, "Heads m of the learned similarity (Eq. 3)."),
        ("hops", surfing.hops, "Transition operations k of random surfing (Eq. 5)."),
        ("top_m", surfing.top_m, "Neighbours kept a node (--neighbourhood=top_m)."),
    ):
        lower = 0 if name == "num_layers" else 1
        flags.DEFINE_integer(name, default, text, lower_bound=lower, flag_values=fv)
    flags.DEFINE_integer(
        "beam",
        surfing.beam,
        "Entries kept a row after each hop while surfing; all if unset.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_string(
        "cache_dir",
        surfing.cache_dir,
        "Folder that keeps the surfed interaction graph for later runs (--neighbourhood=top_m).",
        flag_values=fv,
    )
    for name, default, known, text in (
        ("combination", model.combination, COMBINATIONS, "Layer combination."),
        ("neighbourhood", surfing.neighbourhood, NEIGHBOURHOODS, "Full-adjacent neighbourhood."),
        ("semantic_activation", model.semantic_activation, ("relu", "linear"), "Sigma of Eq. 4."),
        ("propagation", model.propagation, BACKENDS, "Backend of sparse products."),
        ("knn_method", model.knn_method, KNN_METHODS, "Search for the modalities' graphs."),
    ):
        flags.DEFINE_enum(name, default, known, text, flag_values=fv)
    for name, default, text in (
        ("surfing_alpha", surfing.continue_probability, "Probability alpha of Eq. 5."),
        (
            "knn_tolerance",
            model.knn_tolerance,
            "Change of any similarity up to which a kNN graph is kept at a refresh.",
        ),
        ("self_loop_weight", model.self_loop_weight, "Self-loop weight w of Eq. 4."),
        ("dropout", model.dropout, "Dropout of the input embeddings."),
        ("init_stddev", model.init_stddev, "Standard deviation of the initial embeddings."),
    ):
        flags.DEFINE_float(name, default, text, lower_bound=0.0, flag_values=fv)
    for name, default, text in (
        ("anti_bottleneck", model.anti_bottleneck, "Include the anti-bottleneck part."),
        ("semantic", model.semantic, "Include the semantic part."),
        ("learn_self_loop", model.learn_self_loop, "Learn w of Eq. 4."),
        ("log_prior", surfing.log_prior, "Add log M to the attention logits."),
    ):
        flags.DEFINE_boolean(name, default, text, flag_values=fv)


def _define_loss_flags(fv: flags.FlagValues) -> None:
    loss = LossConfig()
    flags.DEFINE_enum("loss", loss.name, sorted(LOSSES), "Recommendation loss.", flag_values=fv)
    for name, default, text in (
        ("margin", loss.margin, "Margin m between the boundaries."),
        ("margin_weight", loss.margin_weight, "delta of Eq. 10."),
        ("structural_weight", loss.structural_weight, "beta of Eq. 10."),
        ("semantic_weight", loss.semantic_weight, "gamma of Eq. 10."),
        ("l2", loss.l2, "lambda of Eq. 10."),
        (
            "semantic_l2_scale",
            loss.semantic_l2_scale,
            "The semantic parts' W are shrunk by lambda times this.",
        ),
        ("positive_weight", loss.positive_weight, "c_uv of positives (Eq. 7)."),
        ("negative_weight", loss.negative_weight, "Weight of the negatives, see --negative_scale."),
        (
            "negative_popularity_power",
            loss.negative_popularity_power,
            "Exponent of an item's degree in its weight as a negative.",
        ),
        ("temperature", loss.temperature, "Divisor of the scores (infobpr)."),
    ):
        flags.DEFINE_float(name, default, text, lower_bound=0.0, flag_values=fv)
    for name, default, known, text in (
        ("margin_scale", loss.margin_scale, ("catalogue", "literal"), "Scale of the margin loss."),
        ("boundary_pooling", loss.boundary_pooling, ("mean", "sum"), "Pooling in Eq. 9."),
        (
            "negative_scale",
            loss.negative_scale,
            NEGATIVE_SCALES,
            "--negative_weight is a negative's mean c_uv of Eq. 7 (pair), or the weight of all "
            "negatives together, that of all positives being 1 (positives).",
        ),
    ):
        flags.DEFINE_enum(name, default, known, text, flag_values=fv)
    flags.DEFINE_boolean(
        "boundary_stop_gradient",
        loss.boundary_stop_gradient,
        "Keep the boundaries' error out of the embeddings.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "num_negatives",
        loss.num_negatives,
        "Negatives a positive (infobpr).",
        lower_bound=1,
        flag_values=fv,
    )


def _define_optimisation_flags(fv: flags.FlagValues) -> None:
    training = TrainingConfig()
    for name, default, lower, text in (
        ("epochs", training.epochs, 1, "Most passes over the users."),
        ("batch_users", training.batch_users, 0, "Users a batch; 0 takes all."),
        (
            "batches_per_propagation",
            training.batches_per_propagation,
            0,
            "Batches that share one propagation and one step; 0 takes all of an epoch.",
        ),
        ("warmup_steps", training.warmup_steps, 0, "Steps of linear warm-up."),
        ("evaluate_every", training.evaluate_every, 1, "Epochs between validations."),
        ("patience", training.patience, 0, "Validations without improvement before stopping."),
        ("refresh_every", training.refresh_every, 0, "Epochs between kNN graph selections."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=lower, flag_values=fv)
    for name, default, text in (
        ("learning_rate", training.learning_rate, "Adam's learning rate."),
        ("clip_norm", training.clip_norm, "Largest gradient norm; 0 does not clip."),
        ("checkpoint_seconds", training.checkpoint_seconds, "Seconds between checkpoints."),
    ):
        flags.DEFINE_float(name, default, text, lower_bound=0.0, flag_values=fv)
    for name, default, known, text in (
        ("lr_schedule", training.schedule, SCHEDULES, "Learning rate schedule."),
        ("precision", training.precision, PRECISIONS, "Precision of dense products."),
        ("strategy", training.strategy, STRATEGIES, "Replicas that share every batch."),
    ):
        flags.DEFINE_enum(name, default, known, text, flag_values=fv)
    flags.DEFINE_boolean(
        "jit_compile", training.jit_compile, "Compile the step with XLA.", flag_values=fv
    )
