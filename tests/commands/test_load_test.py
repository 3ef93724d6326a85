import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_small_service_under_a_small_load(tmp_path):
    output = tmp_path / "load.json"
    sizes = ["--users=50", "--items=60", "--dimension=8", "--k=5", "--rate=20", "--seconds=8"]
    finished = subprocess.run(
        [
            sys.executable,
            "run_scripts/load_test.py",
            *sizes,
            "--reloads=1",
            "--server_flag=--background_seconds=0",
            f"--output={output}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    report = json.loads(output.read_text())
    assert report["faults"] == {}
    assert report["all"]["requests"] == 160 == sum(report["answers_by_export"].values())
    assert 0 < report["all"]["p50_ms"] <= report["all"]["p99_ms"] <= report["all"]["max_ms"]
    assert report["memory"]["peak_mib"] >= report["memory"]["settled_mib"][0] > 100
    assert "faults: {}" in finished.stdout
