"""Generate raw data files in the layout of one of the paper's data sets."""

import time
from pathlib import Path

from absl import flags

from a2bm2gl_tf import __version__
from a2bm2gl_tf.data.synthesis.raw_kinds import RAW_KINDS, RawKind
from a2bm2gl_tf.data.synthesis.raw_request import RawRequest
from a2bm2gl_tf.directories import atomic_directory
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json

_VISUAL = ("files", "none")


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of generate.py."""
    default = RawRequest(RAW_KINDS["kwai"].size)
    flags.DEFINE_enum("like", None, tuple(RAW_KINDS), "Data set to imitate.", flag_values=fv)
    flags.DEFINE_string("output_dir", None, "Folder of the files; new or empty.", flag_values=fv)
    for name in ("num_users", "num_items", "num_interactions"):
        flags.DEFINE_integer(
            name, None, "In place of the paper's number.", lower_bound=1, flag_values=fv
        )
    flags.DEFINE_float(
        "scale",
        1.0,
        "Multiply the paper's users, items and interactions (at most a quarter of all pairs).",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "seed", default.seed, "Seed of everything random.", lower_bound=0, flag_values=fv
    )
    flags.DEFINE_float(
        "negative_share",
        None,
        f"Share of the records with click or finish 0 (kwai, tiktok); {default.negative_share} "
        "if unset.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "visual",
        None,
        _VISUAL,
        "Visual features of kwai: one file a photo, or none.",
        flag_values=fv,
    )


def main(values: flags.FlagValues) -> None:
    """Runs generate.py with parsed flags; prints what was written."""
    kind, request = _request(values)
    output = Path(values.output_dir)
    _check_output(output)
    started = time.monotonic()
    try:
        with atomic_directory(output) as folder:
            counts = kind.write(request, folder)
            write_json(folder / "generated.json", _record(values.like, request))
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except ValueError as error:
        raise UserError(f"--num_interactions={request.size.interactions}: {error}") from error
    except OSError as error:
        raise UserError(f"--output_dir={output}: {error.strerror or error}") from error
    listed = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    print(f"{output}: like {values.like}: {listed}")
    print(f"{size / 1e6:,.1f} MB in {time.monotonic() - started:.1f} s")


def _request(values: flags.FlagValues) -> tuple[RawKind, RawRequest]:
    if not values.like:
        raise UserError(f"--like is missing: choose one of {', '.join(RAW_KINDS)}")
    if not values.output_dir:
        raise UserError("--output_dir is missing: name the folder to write, new or empty")
    kind = RAW_KINDS[values.like]
    if not 0 < values.scale <= 1000:
        raise UserError(f"--scale={values.scale}: give a number above 0, up to 1000")
    if values.negative_share is not None:
        if not kind.has_negatives:
            raise UserError(f"--negative_share: every record of --like={values.like} counts")
        if not 0 <= values.negative_share <= 0.5:
            raise UserError(f"--negative_share={values.negative_share}: give 0 to 0.5")
    if values.visual is not None and not kind.has_visual_files:
        raise UserError(f"--visual: --like={values.like} has no file an item; leave the flag out")
    size = kind.size.scaled(values.scale)
    size = size.replaced(values.num_users, values.num_items, values.num_interactions)
    size.check()
    request = RawRequest(size, seed=values.seed, visual=values.visual != "none")
    if values.negative_share is not None:
        request = RawRequest(size, values.seed, values.negative_share, request.visual)
    return kind, request


def _check_output(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise UserError(f"--output_dir={output}: is a file; name a new folder")
    if output.is_dir() and any(output.iterdir()):
        raise UserError(f"--output_dir={output}: is not empty; name a new folder or empty it")


def _record(like: str, request: RawRequest) -> dict:
    """What says, beside the files, that they are generated and how."""
    return {
        "generated": f"by a2bm2gl_tf {__version__}; not real data",
        "like": like,
        "num_users": request.size.users,
        "num_items": request.size.items,
        "num_interactions": request.size.interactions,
        "seed": request.seed,
        "negative_share": request.negative_share,
    }
