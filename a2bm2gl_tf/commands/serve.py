"""Serve an export over HTTP."""

from pathlib import Path

from absl import flags

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.settings import EngineSettings, Limits, ServiceSettings


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of serve.py."""
    text, whole, number, choice = (
        flags.DEFINE_string,
        flags.DEFINE_integer,
        flags.DEFINE_float,
        flags.DEFINE_enum,
    )
    defaults = ServiceSettings(Path())
    limits = defaults.engine.limits
    text(
        "export_dir",
        None,
        "A SavedModel that export.py wrote, or a directory of them: EXPORT_DIR/1, EXPORT_DIR/2. "
        "The newest is served; a newer one takes its place when it is there.",
        flag_values=fv,
    )
    text("host", defaults.host, "Address to listen on.", flag_values=fv)
    whole("port", defaults.port, "Port; 0 for any free one.", 0, 65535, flag_values=fv)
    choice(
        "retrieval",
        "exact",
        ["exact", "faiss"],
        "How recommend finds items; faiss is approximate and needs faiss-cpu.",
        flag_values=fv,
    )
    choice("faiss_index", "ivf", ["ivf", "hnsw"], "Index of --retrieval=faiss.", flag_values=fv)
    whole("threads", 1, "Threads of one call of TensorFlow.", 1, flag_values=fv)
    whole("batch_ids", defaults.batch_ids, "Ids gathered into one call.", 1, flag_values=fv)
    number(
        "batch_wait_ms",
        defaults.batch_wait_seconds * 1000,
        "How long a request waits for others while nothing else is computed.",
        0,
        flag_values=fv,
    )
    whole("queued_requests", defaults.queued_requests, "More get a 503.", 1, flag_values=fv)
    whole("max_ids", limits.ids, "Ids in one request.", 1, flag_values=fv)
    whole("max_k", limits.k, "Items in one list.", 1, flag_values=fv)
    whole("max_body_bytes", limits.body_bytes, "Bytes of one request.", 1, flag_values=fv)
    number("request_seconds", defaults.request_seconds, "Time limit of a request.", flag_values=fv)
    number(
        "shutdown_seconds",
        defaults.shutdown_seconds,
        "Time for requests in flight after SIGTERM.",
        0,
        flag_values=fv,
    )
    number(
        "background_seconds",
        defaults.background_seconds,
        "How long a newer export may take to load in idle processor time; then it is loaded at "
        "normal priority.",
        0,
        flag_values=fv,
    )
    number(
        "poll_seconds",
        defaults.poll_seconds,
        "How often a newer export is looked for; 0 for SIGHUP and POST /reload only.",
        0,
        flag_values=fv,
    )


def main(values: flags.FlagValues) -> None:
    """Runs serve.py with parsed flags."""
    if not values.export_dir:
        raise UserError("--export_dir is missing: name the SavedModel that export.py wrote")
    if values.request_seconds <= 0:
        raise UserError(f"--request_seconds={values.request_seconds:g} must be above 0")
    # What is imported here needs packages that only serving does.
    from a2bm2gl_tf.service.server import serve

    limits = Limits(values.max_ids, values.max_k, values.max_body_bytes)
    engine = EngineSettings(values.threads, values.retrieval, values.faiss_index, limits)
    serve(
        ServiceSettings(
            export_dir=Path(values.export_dir),
            host=values.host,
            port=values.port,
            engine=engine,
            batch_ids=values.batch_ids,
            batch_wait_seconds=values.batch_wait_ms / 1000,
            queued_requests=values.queued_requests,
            request_seconds=values.request_seconds,
            shutdown_seconds=values.shutdown_seconds,
            background_seconds=values.background_seconds,
            poll_seconds=values.poll_seconds,
        )
    )
