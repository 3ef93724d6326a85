"""The flags of prepare.py, and the options they stand for."""

import dataclasses
import math
from collections.abc import Iterable
from pathlib import Path

from absl import flags

import a2bm2gl_tf.data.features  # noqa: F401 - makes the encoders known
from a2bm2gl_tf.data.features.content import Content
from a2bm2gl_tf.data.features.encoding import (
    EncodingOptions,
    check_encoding,
    content_kind,
    encoder_kinds,
    encoder_names,
)
from a2bm2gl_tf.data.features.scaling import SCALINGS
from a2bm2gl_tf.data.formats.registry import FormatOptions
from a2bm2gl_tf.data.preparation.align import EXTRA_ITEMS, MISSING_FEATURES
from a2bm2gl_tf.data.preparation.filters import REPEATS
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.split_options import SplitOptions, check_split_options
from a2bm2gl_tf.data.preparation.splits import check_split, split_names
from a2bm2gl_tf.errors import UserError


def define_prepare_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of prepare.py; defaults are those of the option classes."""
    _define_input_flags(fv)
    _define_filter_flags(fv)
    _define_split_flags(fv)
    _define_feature_flags(fv)


def _define_input_flags(fv: flags.FlagValues) -> None:
    for name, text in (
        ("input", "File or folder of the interactions."),
        ("format", "Its format, see --list_formats; told from the content if unset."),
        ("output_dir", "Directory to make: what train.py takes as --data_dir."),
        ("name", "What to call the data in results; the name of --input if unset."),
        ("user_column", "Column of user ids (tables)."),
        ("item_column", "Column of item ids (tables)."),
        ("value_column", "Column of ratings or strengths (tables)."),
        ("time_column", "Column of times (tables)."),
        ("positive", "Which signal makes a record an interaction, such as click, like, finish."),
        ("fold", "Which of the folds that the data brings, such as u1."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=fv)
    flags.DEFINE_string(
        "item_offset",
        FormatOptions().item_offset,
        "Where item ids start (mmgcn): auto, none (at 0), num_users, or the first id.",
        flag_values=fv,
    )
    for name, text in (
        (
            "content",
            "NAME=PATH or NAME=TABLE#COLUMN of item content; may be given again.",
        ),
        (
            "content_kind",
            "NAME=vectors, texts, categories, numbers or images, of a content.",
        ),
        ("content_id_column", "NAME=COLUMN of item ids in a content's table."),
    ):
        flags.DEFINE_multi_string(name, [], text, flag_values=fv)
    flags.DEFINE_boolean("overwrite", False, "Replace prepared data there.", flag_values=fv)
    flags.DEFINE_boolean("list_formats", False, "Print the formats and exit.", flag_values=fv)
    flags.DEFINE_boolean(
        "verify", False, "Check the files of --output_dir against its hashes.", flag_values=fv
    )


def _define_filter_flags(fv: flags.FlagValues) -> None:
    default = PreparationOptions()
    flags.DEFINE_float(
        "threshold", None, "Least value of a record that counts as an interaction.", flag_values=fv
    )
    flags.DEFINE_list("require_content", [], "Contents whose lack removes an item.", flag_values=fv)
    flags.DEFINE_enum(
        "repeats",
        default.repeats,
        REPEATS,
        "Which record of a user and item stays.",
        flag_values=fv,
    )
    for name, text in (
        ("user_core", "Fewest interactions of a user (k-core)."),
        ("item_core", "Fewest interactions of an item (k-core)."),
    ):
        flags.DEFINE_integer(name, 1, text, lower_bound=1, flag_values=fv)
    for name, text in (
        ("num_users", "Users to draw at random from what the other filters leave."),
        ("num_items", "Items to draw, likewise."),
        ("num_interactions", "Interactions to draw, likewise."),
    ):
        flags.DEFINE_integer(name, None, text, lower_bound=1, flag_values=fv)


def _define_split_flags(fv: flags.FlagValues) -> None:
    default = SplitOptions()
    flags.DEFINE_enum(
        "split",
        None,
        split_names(),
        "Split; given if unset and the data comes split, else ratio.",
        flag_values=fv,
    )
    for name, text in (
        ("test_fraction", f"Share of test data; {default.test_fraction:g} if unset."),
        (
            "validation_fraction",
            f"Share of validation data of the rest; {default.validation_fraction:g} if unset.",
        ),
    ):
        flags.DEFINE_float(name, None, text, flag_values=fv)
    flags.DEFINE_integer("folds", None, "Folds k of cross-validation.", flag_values=fv)
    flags.DEFINE_integer("seed", 0, "Seed of everything random.", lower_bound=0, flag_values=fv)


def _define_feature_flags(fv: flags.FlagValues) -> None:
    default, encoding = PreparationOptions(), EncodingOptions()
    for name, value, known, text in (
        ("missing_features", default.missing_features, MISSING_FEATURES, "Items without content."),
        (
            "extra_items",
            default.extra_items,
            EXTRA_ITEMS,
            "Content of unknown items.",
        ),
        ("feature_scaling", default.feature_scaling, SCALINGS, "Scaling of item features."),
    ):
        flags.DEFINE_enum(name, value, known, text, flag_values=fv)
    for kind in encoder_kinds():
        name = f"{kind}_encoder"
        known = ", ".join(encoder_names(kind))
        flags.DEFINE_string(name, getattr(encoding, name), f"One of {known}.", flag_values=fv)
    for name, text in (
        ("dimension", "Width of what decompositions and doc2vec give."),
        ("max_columns", "Widest that tfidf and multi_hot may get."),
        ("min_count", "Fewest items of a word that is used."),
        ("doc2vec_epochs", "Passes of doc2vec over the texts."),
    ):
        flags.DEFINE_integer(name, getattr(encoding, name), text, lower_bound=1, flag_values=fv)
    flags.DEFINE_float(
        "max_share", encoding.max_share, "Largest share of items of a used word.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "skip_unreadable",
        encoding.skip_unreadable,
        "Count broken pictures as missing.",
        flag_values=fv,
    )
    flags.DEFINE_string("weights_path", None, "Weights of a Keras application.", flag_values=fv)


def format_options(fv: flags.FlagValues) -> FormatOptions:
    """What the flags tell the reader of the format."""
    names = [field.name for field in dataclasses.fields(FormatOptions)]
    return FormatOptions(**{name: fv[name].value for name in names})


def preparation_options(fv: flags.FlagValues) -> PreparationOptions:
    """What the flags ask for, but for the split's name where it is left to the data.

    Raises:
      UserError: naming a flag whose value is impossible or does not go with another.
    """
    if fv.threshold is not None and not math.isfinite(fv.threshold):
        raise UserError(f"--threshold={fv.threshold}: give a finite number")
    split_options = SplitOptions(**_given_split_options(fv), seed=fv.seed)
    check_split_options(split_options)
    names = {field.name for field in dataclasses.fields(EncodingOptions)} - {"weights_path"}
    encoding = EncodingOptions(
        **{name: fv[name].value for name in names},
        weights_path=Path(fv.weights_path) if fv.weights_path else None,
    )
    check_encoding(encoding)
    special = {"split_options", "encoding", "require_content"}
    names = {field.name for field in dataclasses.fields(PreparationOptions)} - special
    options = PreparationOptions(
        **{name: fv[name].value for name in names},
        require_content=tuple(fv.require_content),
        split_options=split_options,
        encoding=encoding,
    )
    if options.split is not None:
        check_split_flags(fv, options.split)
    return options


def check_split_flags(fv: flags.FlagValues, split: str) -> None:
    """Refuses flags that a split would ignore.

    Raises:
      UserError: naming the flag.
    """
    check_split(split, set(_given_split_options(fv)))


def check_encoder_flags(fv: flags.FlagValues, contents: Iterable[Content]) -> None:
    """Refuses flags of encoders that no content meets.

    Raises:
      UserError: naming the flag.
    """
    found = {content_kind(content) for content in contents}
    for kind in encoder_kinds():
        name = f"{kind}_encoder"
        if fv[name].present and kind not in found:
            raise UserError(
                f"--{name}={fv[name].value}: the data has no content of kind {kind} "
                f"({', '.join(sorted(found)) or 'none at all'}); leave the flag out"
            )
    if fv.skip_unreadable and "image" not in found:
        raise UserError("--skip_unreadable: the data has no pictures; leave the flag out")
    if fv.weights_path and not ("image" in found and fv.image_encoder.startswith("keras:")):
        raise UserError(
            f"--weights_path={fv.weights_path}: no picture is encoded by a Keras application; "
            "leave the flag out, or give --image_encoder=keras:APPLICATION"
        )


def _given_split_options(fv: flags.FlagValues) -> dict[str, float]:
    names = ("test_fraction", "validation_fraction", "folds")
    return {name: fv[name].value for name in names if fv[name].value is not None}


def named_values(fv: flags.FlagValues, flag: str) -> dict[str, str]:
    """The NAME=VALUE pairs of a flag that may be given again.

    Raises:
      UserError: if one is not such a pair, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for text in fv[flag].value:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise UserError(f"--{flag}={text}: give NAME=VALUE, such as --content=title=titles.csv")
        if name in pairs:
            raise UserError(f"--{flag}={text}: {name} is given twice; give each name once")
        pairs[name] = value
    return pairs
