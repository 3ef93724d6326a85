"""Measure serve.py under load."""

import json
import tempfile
from pathlib import Path

from absl import flags

from a2bm2gl_tf.files import write_json


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of load_test.py."""
    for name, default, text in (
        ("users", 100_000, "Users of the generated export."),
        ("items", 50_000, "Items of it."),
        ("dimension", 64, "Width d of its embeddings."),
        ("k", 10, "Items a list."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=fv)
    flags.DEFINE_string(
        "export_dir",
        None,
        "One export to serve instead of a generated one of --users, --items, --dimension.",
        flag_values=fv,
    )
    flags.DEFINE_integer("reloads", 3, "Newer exports meanwhile.", 0, flag_values=fv)
    flags.DEFINE_float("rate", 200.0, "Requests a second.", 0.1, flag_values=fv)
    flags.DEFINE_float("seconds", 600.0, "Duration.", 1.0, flag_values=fv)
    flags.DEFINE_float(
        "similar_share", 0.2, "Share of /similar; the rest is /recommend.", 0, 1, flag_values=fv
    )
    flags.DEFINE_multi_string(
        "server_flag", [], "Flag of serve.py, such as --threads=2; may repeat.", flag_values=fv
    )
    flags.DEFINE_string("output", None, "Also write the report here, as JSON.", flag_values=fv)


def main(values: flags.FlagValues) -> None:
    """Runs load_test.py with parsed flags."""
    from a2bm2gl_tf.benchmarks.generated_export import (
        ExportSize,
        ids_of_export,
        write_generated_export,
    )
    from a2bm2gl_tf.benchmarks.service_load import LoadPlan, measure_service

    with tempfile.TemporaryDirectory(prefix="load_test.") as folder:
        if values.export_dir:
            export = Path(values.export_dir)
        else:
            size = ExportSize(values.users, values.items, values.dimension)
            export = write_generated_export(size, Path(folder, "generated"), seed=0)
        users, items = ids_of_export(export)
        plan = LoadPlan(
            values.rate,
            values.seconds,
            values.reloads,
            values.k,
            users,
            items,
            values.similar_share,
            tuple(values.server_flag),
        )
        report = measure_service(export, Path(folder), plan)
    if values.output:
        write_json(Path(values.output), report)
    samples = report.pop("memory_mib_by_second")
    shown = samples[:: max(1, len(samples) // 20)]
    for name, value in report.items():
        print(f"{name}: {json.dumps(value)}")
    print("memory over time: " + ", ".join(f"{mib} MiB at {second} s" for second, mib in shown))
