"""Prepare raw data: read, filter, split, encode, and write one directory for train.py."""

import dataclasses
from pathlib import Path

from absl import flags

import a2bm2gl_tf.data.formats  # noqa: F401 - makes the readers known
from a2bm2gl_tf.commands.prepare_flags import (
    check_encoder_flags,
    check_split_flags,
    define_prepare_flags,
    format_options,
    named_values,
    preparation_options,
)
from a2bm2gl_tf.commands.prepare_report import describe
from a2bm2gl_tf.data.formats.content_files import read_content
from a2bm2gl_tf.data.formats.content_inputs import content_inputs
from a2bm2gl_tf.data.formats.raw import RawData
from a2bm2gl_tf.data.formats.registry import detect_format, format_descriptions, read_format
from a2bm2gl_tf.data.preparation.input_files import describe_inputs
from a2bm2gl_tf.data.preparation.layout import is_modality_name
from a2bm2gl_tf.data.preparation.opening import open_prepared
from a2bm2gl_tf.data.preparation.prepare import default_split, prepare
from a2bm2gl_tf.data.preparation.store import check_target, write_prepared
from a2bm2gl_tf.errors import UserError

define_flags = define_prepare_flags


def main(values: flags.FlagValues) -> None:
    """Runs prepare.py with parsed flags; prints what was read, removed and written."""
    if values.list_formats:
        descriptions = format_descriptions()
        width = max(map(len, descriptions), default=0)
        for name, description in descriptions.items():
            print(f"{name:{width}}  {description}")
        return
    if not values.output_dir:
        raise UserError("--output_dir is missing: name the directory to make")
    directory = Path(values.output_dir)
    if values.verify:
        if values.input:
            raise UserError(
                f"--input={values.input}: --verify reads --output_dir alone; leave one of the two "
                "out"
            )
        print("\n".join(describe(open_prepared(directory, verify_hashes=True))))
        print(f"{directory} is whole: every file has the size and hash of its manifest")
        return
    if not values.input:
        raise UserError("--input is missing: name the file or folder of the interactions")
    options = preparation_options(values)
    source = Path(values.input)
    contents = named_values(values, "content")
    _check_places(directory, [source, *map(Path, contents.values())])
    check_target(directory, overwrite=values.overwrite)
    raw, format_name = _read(values, source, contents)
    check_split_flags(values, options.split or default_split(raw))
    check_encoder_flags(values, raw.contents)
    prepared = prepare(raw, source, options)
    root = source if source.is_dir() else source.parent
    origin = {
        "name": values.name or _name(source.resolve()),
        "format": format_name,
        "inputs": describe_inputs(root, raw.files, raw.contents),
    }
    prepared = dataclasses.replace(prepared, record=prepared.record | origin)
    write_prepared(directory, prepared, overwrite=values.overwrite)
    print("\n".join(describe(open_prepared(directory))))
    print(f"prepared in {directory}; train with --dataset=prepared --data_dir={directory}")


def _read(values: flags.FlagValues, source: Path, contents: dict[str, str]) -> tuple[RawData, str]:
    """The data with the contents of the flags, and the name of its format."""
    format_name = values.format
    if format_name is None:
        format_name, reason = detect_format(source, format_options(values))
        print(f"format {format_name}, because {reason}")
    extras = {flag: named_values(values, flag) for flag in ("content_kind", "content_id_column")}
    for flag, given in extras.items():
        for name in given.keys() - contents.keys():
            raise UserError(f"--{flag}={name}=...: there is no --content={name}=PATH; give it too")
    for name in contents:
        if not is_modality_name(name):
            raise UserError(
                f"--content={name}={contents[name]}: give a name of at most 64 letters, digits and "
                "underscores that does not end in _mask"
            )
    raw = read_format(format_name, source, format_options(values))
    for note in raw.notes:
        print(f"note: {note}")
    more = tuple(
        read_content(
            name,
            Path(path),
            kind=extras["content_kind"].get(name),
            id_column=extras["content_id_column"].get(name),
            catalogue=raw.interactions.item_ids,
        )
        for name, path in contents.items()
    )
    return dataclasses.replace(
        raw,
        contents=(*raw.contents, *more),
        files=(*raw.files, *(path for content in more for path in content_inputs(content))),
    ), format_name


def _name(source: Path) -> str:
    return source.name if source.is_dir() else source.stem


def _check_places(directory: Path, inputs: list[Path]) -> None:
    """Refuses to write over what is read; a file in the place of the directory is refused later."""
    if directory.is_file():
        return
    for path in inputs:
        if path.resolve().is_relative_to(directory.resolve()):
            raise UserError(
                f"--output_dir={directory}: {path} is in it and would be lost; give another"
            )
