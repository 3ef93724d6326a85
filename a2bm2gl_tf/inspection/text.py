"""Summaries of directories as lines for people."""

from typing import Any

from a2bm2gl_tf.errors import one_line
from a2bm2gl_tf.inspection.shown_metrics import SHOWN_METRICS


def text_of(summary: dict[str, Any]) -> str:
    """A summary of `kinds.summarise` as a short list of what is known."""
    lines = [f"{summary['directory']}: {summary['kind']}"]
    rows = _run_rows(summary) if summary["kind"] == "run" else _plain_rows(summary)
    width = max(len(name) for name, _ in rows)
    lines += [f"  {name:{width}}  {value}" for name, value in rows]
    # What a file quotes must not move the cursor.
    return "\n".join(line if line.isprintable() else one_line(line) for line in lines)


def _run_rows(run: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("model", f"{run['model']}, seed {run['seed']}{', refit' if run['refit'] else ''}"),
        ("dataset", _dataset(run["dataset"])),
        ("settings", _settings(run["changed"])),
        ("versions", _pairs(run["versions"])),
        ("progress", _progress(run)),
        ("state", f"{run['state']}: {run['why']}"),
    ]
    if run["best_step"] is not None:
        best = f"step {run['best_step']}, {run['monitor']} {run['best_value']:.4f} (validation)"
        rows.append(("best", best))
    if run["test"]:
        shown = {name: run["test"][name] for name in SHOWN_METRICS if name in run["test"]}
        rows.append(("test", ", ".join(f"{name} {value:.4f}" for name, value in shown.items())))
        rows.append(("protocol", run["protocol"]))
    if run["seconds_per_epoch"] is not None:
        rows.append(("time", f"{run['seconds_per_epoch']:.3g} s an epoch (median)"))
    rows.append(("memory", _memory(run)))
    rows += [(f"checkpoint {entry['kind']}", _checkpoint(entry)) for entry in run["checkpoints"]]
    return [(name, value) for name, value in rows if value]


def _dataset(data: dict[str, Any]) -> str:
    text = f"{data.get('name')}"
    if "users" in data:
        text += (
            f", {data['users']:,} users, {data['items']:,} items, {data['train']:,} + "
            f"{data['validation']:,} + {data['test']:,} interactions ({data['split']}); "
            f"modalities: {_pairs(data['modalities']) or 'none'}"
        )
    return f"{text}; fingerprint {data.get('fingerprint') or 'unknown'}"


def _settings(changed: dict[str, Any] | None) -> str:
    if changed is None:
        return "not recorded (a run of an earlier version); config.json has them all"
    return " ".join(f"--{name}={value}" for name, value in changed.items()) or "all defaults"


def _progress(run: dict[str, Any]) -> str:
    of = f"epoch {run['epoch']} of at most {run['epochs']}, step {run['step']}"
    since = f"; started {run['started']}" if run["started"] else ""
    ended = f", ended {run['ended']}" if run["ended"] else ""
    times = f", {run['starts']} starts" if (run["starts"] or 1) > 1 else ""
    return of + since + ended + times


def _memory(run: dict[str, Any]) -> str:
    parts = [
        f"{run[name] / 2**30:.2f} GiB {what}"
        for name, what in (("peak_memory_bytes", "peak"), ("estimated_memory_bytes", "estimated"))
        if run[name]
    ]
    return ", ".join(parts)


def _checkpoint(entry: dict[str, Any]) -> str:
    state = f"NOT READABLE: {entry['fault']}" if entry["fault"] else "whole"
    return f"step {entry['step']}, {size_text(entry['bytes'])}, {state}"


def _plain_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, value in summary.items():
        if name in ("kind", "directory") or value in (None, [], {}):
            continue
        rows.append((name.replace("_", " "), _value(name, value)))
    return rows or [("", "nothing is known")]


def _value(name: str, value: Any) -> str:
    if name == "bytes":
        return size_text(value)
    if isinstance(value, dict):
        return _pairs(value)
    if isinstance(value, list):
        return "; ".join(_value("", entry) for entry in value)
    return f"{value:,}" if type(value) is int and name not in ("seed", "step") else str(value)


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)


def size_text(size: int) -> str:
    """Bytes in the unit that leaves one to four digits before the point."""
    units = ("B", "KiB", "MiB", "GiB")
    place = min((max(size, 1).bit_length() - 1) // 10, len(units) - 1)
    return f"{size / 2 ** (10 * place):.{1 if place else 0}f} {units[place]}"
