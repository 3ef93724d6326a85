"""serve.py as it is started: sockets, signals, an engine process, reloads."""

import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT = 120


@contextlib.contextmanager
def _served(export_dir, *flags):
    process = subprocess.Popen(
        [sys.executable, "run_scripts/serve.py", f"--export_dir={export_dir}", "--port=0", *flags],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines = []
    reading = threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")))
    reading.start()
    try:
        found = _wait(lambda: re.search(r"listening on (\S+)", "".join(lines)), process)
        with httpx.Client(base_url=found[1], timeout=60) as client:
            yield process, client, lines
    finally:
        # The engine ends with its parent, which closes its end of their socket.
        process.kill()
        process.wait()
        reading.join()


def _wait(condition, process=None):
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        assert process is None or process.poll() is None
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"nothing happened in {WAIT} s")


def _ask(client, user=1000):
    answer = client.post("/recommend", json={"user_ids": [user], "k": 2})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _refuses_connections(client):
    try:
        httpx.get(f"{client.base_url}/health", timeout=60)
    except httpx.TransportError:
        return True
    return False


def _engines(process):
    return psutil.Process(process.pid).children()


@pytest.mark.slow
def test_life_of_a_service(tmp_path, integer_export, integer_index):
    shutil.copytree(integer_export, tmp_path / "1")
    flags = ("--poll_seconds=0.2", "--background_seconds=2", "--request_seconds=60")
    with _served(tmp_path, *flags) as (process, client, lines):
        expected = integer_index.recommend([1000], 2)[0][0]
        answer = _ask(client)
        assert answer["export"] == "1"
        assert [item["item_id"] for item in answer["results"][0]["items"]] == expected

        # Requests go on without a pause while a newer export takes over.
        served, stop = [], threading.Event()

        def keep_asking():
            with httpx.Client(base_url=client.base_url, timeout=60) as other:
                while not stop.is_set():
                    served.append(_ask(other)["export"])

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(keep_asking) for _ in range(3)]
            try:
                shutil.copytree(integer_export, tmp_path / ".2")
                os.rename(tmp_path / ".2", tmp_path / "2")
                _wait(lambda: "2" in served, process)
                time.sleep(0.5)
            finally:
                stop.set()
            for one in asking:
                one.result()
        assert set(served) == {"1", "2"}
        _wait(lambda: len(_engines(process)) == 1, process)

        # A damaged newer one is refused, and said to be.
        shutil.copytree(integer_export, tmp_path / "3")
        (tmp_path / "3" / "saved_model.pb").write_bytes(b"damaged")
        _wait(lambda: "export 3 is refused" in "".join(lines), process)
        reload = client.post("/reload")
        assert reload.status_code == 409
        assert "cannot be loaded" in reload.json()["refused"][0]
        assert _ask(client)["export"] == "2"

        # An engine that is killed is started again; until then there is a clear answer.
        (engine,) = _engines(process)
        engine.kill()
        _wait(lambda: client.get("/health").status_code == 200 and _engines(process) != [engine])
        assert _ask(client)["export"] == "2"

        # A termination signal to the whole group lets the requests in flight end. The engine
        # stands still until then, so that all of them are: one in its call, 19 behind it.
        (engine,) = _engines(process)
        engine.suspend()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:

            def ask_at_last():
                return httpx.post(
                    f"{client.base_url}/recommend", json={"user_ids": [1000] * 200}, timeout=60
                ).status_code

            last = [pool.submit(ask_at_last) for _ in range(20)]
            try:
                _wait(lambda: "queued_requests 19.0" in client.get("/metrics").text, process)
                os.killpg(process.pid, signal.SIGTERM)
                _wait(lambda: _refuses_connections(client), process)
            finally:
                engine.resume()
            assert [one.result() for one in last] == [200] * 20
        assert process.wait(timeout=30) == 0
    assert "Traceback" not in "".join(lines)


@pytest.mark.slow
def test_memory_after_many_reloads(tmp_path, integer_export):
    reloads = int(os.environ.get("A2BM2GL_RELOADS", "8"))
    shutil.copytree(integer_export, tmp_path / "0")
    sizes = []
    with _served(tmp_path, "--poll_seconds=0", "--background_seconds=0") as (process, client, _):
        web = psutil.Process(process.pid)
        for number in range(1, reloads + 1):
            shutil.copytree(integer_export, tmp_path / f".{number}")
            os.rename(tmp_path / f".{number}", tmp_path / str(number))
            assert client.post("/reload").json()["changed"]
            assert _ask(client)["export"] == str(number)
            _wait(lambda: len(_engines(process)) == 1, process)
            (engine,) = _engines(process)
            sizes.append((web.memory_info().rss / 2**20, engine.memory_info().rss / 2**20))
    print("MiB of the web process and its engine:", [tuple(map(round, pair)) for pair in sizes])
    for side in (0, 1):
        first, last = sizes[1][side], sizes[-1][side]
        assert last < 1.05 * first + 2


@pytest.mark.slow
def test_a_signal_while_the_first_export_is_loaded_ends_in_order(tmp_path, integer_export):
    process = subprocess.Popen(
        [sys.executable, "run_scripts/serve.py", f"--export_dir={integer_export}", "--port=0"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait(lambda: _engines(process), process)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_the_web_process_does_not_load_tensorflow():
    code = "import sys, a2bm2gl_tf.service.server; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--export_dir is missing"),
        (["--export_dir=nowhere"], "nowhere is not a directory"),
        (["--export_dir=."], "nothing to serve: no complete SavedModel"),
        (["--export_dir=.", "--port=99999"], "port"),
        (["--export_dir=.", "--host=no.such.host.invalid"], "--host=no.such.host.invalid"),
        (["--export_dir=.", "--request_seconds=0"], "--request_seconds=0 must be above 0"),
    ],
)
def test_mistakes_end_with_one_line(tmp_path, flags, message):
    finished = subprocess.run(
        [sys.executable, str(ROOT / "run_scripts" / "serve.py"), *flags],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 2
    (line,) = finished.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert message in line
