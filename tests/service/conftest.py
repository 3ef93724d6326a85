import asyncio
import contextlib
import time

import httpx
import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.service.application import make_application
from a2bm2gl_tf.service.engine.answering import answer_message
from a2bm2gl_tf.service.engine.loaded_export import LoadedExport, check_export
from a2bm2gl_tf.service.server import running_service
from a2bm2gl_tf.service.settings import ServiceSettings
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.index import EmbeddingIndex


def _index(kind, users=30, items=70, seed=5):
    rng = np.random.default_rng(seed)
    user_ids, item_ids = 1000 + np.arange(users), 5 * np.arange(items)
    if kind == "text":
        user_ids = np.array([f"usér {i}" for i in user_ids], dtype=object)
        item_ids = np.array([f"v{i}" for i in item_ids], dtype=object)
    return EmbeddingIndex(
        user_embeddings=rng.normal(size=(users, 8)).astype(np.float32),
        item_embeddings=rng.normal(size=(items, 8)).astype(np.float32),
        user_ids=user_ids,
        item_ids=item_ids,
        seen=sp.csr_matrix((rng.random((users, items)) < 0.15).astype(np.float32)),
        item_titles=tuple(f"夜 {i}" for i in range(items)),
    )


@pytest.fixture(scope="session")
def make_service_index():
    return _index


@pytest.fixture(scope="session")
def integer_index():
    return _index("integer")


@pytest.fixture(scope="session")
def integer_export(tmp_path_factory, integer_index):
    return export_saved_model(integer_index, tmp_path_factory.mktemp("exports") / "7", {})


@pytest.fixture(scope="session")
def text_export(tmp_path_factory):
    return export_saved_model(_index("text"), tmp_path_factory.mktemp("exports") / "text", {})


class EngineInThread:
    """An engine without a process of its own: the same loading and answering, in a thread."""

    pid = -1

    def __init__(self, export, limits):
        self.export = export
        self.description = export.description
        self._limits = limits
        self.messages = []

    async def call(self, operation, requests, seconds):
        parts = [operation.encode(), *requests]
        self.messages.append(parts)
        answers = await asyncio.to_thread(answer_message, parts, self.export, self._limits)
        return list(zip(map(int, answers[::2]), answers[1::2], strict=True))

    async def close(self):
        pass

    async def ended(self):
        await asyncio.Event().wait()


class Client:
    """A service in this process, asked without sockets."""

    def __init__(self, runner, context, http, engine):
        self._run = runner.run
        self.context = context
        self.http = http
        self.engine = engine

    def request(self, method, path, **arguments):
        return self._run(self.http.request(method, path, **arguments))

    def post(self, path, body):
        return self.request("POST", path, json=body)

    def get(self, path):
        return self.request("GET", path)

    def together(self, requests):
        async def send():
            return await asyncio.gather(
                *(self.http.post(path, json=body) for path, body in requests)
            )

        return self._run(send())


@pytest.fixture(scope="session")
def serve_here():
    @contextlib.contextmanager
    def serve(export_dir, **settings):
        settings = ServiceSettings(export_dir, poll_seconds=0, **settings)
        engines = []

        async def start(version, in_background):
            export = LoadedExport(version.path, time.monotonic())
            check_export(export)
            engines.append(EngineInThread(export, settings.engine.limits))
            return engines[-1]

        with asyncio.Runner() as runner:
            stack = contextlib.AsyncExitStack()
            context = runner.run(stack.enter_async_context(running_service(settings, start)))
            transport = httpx.ASGITransport(make_application(context), raise_app_exceptions=False)
            http = httpx.AsyncClient(transport=transport, base_url="http://service")
            try:
                yield Client(runner, context, http, engines[-1])
            finally:
                runner.run(http.aclose())
                runner.run(stack.aclose())

    return serve


@pytest.fixture(scope="module")
def integers(serve_here, integer_export):
    with serve_here(integer_export) as client:
        yield client


@pytest.fixture(scope="module")
def texts(serve_here, text_export):
    with serve_here(text_export) as client:
        yield client
