import json
import subprocess
import sys
from pathlib import Path

import pytest

from a2bm2gl_tf.benchmarks.generated_export import ExportSize, write_generated_export

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_small_service_under_a_small_load(tmp_path):
    output = tmp_path / "load.json"
    export = write_generated_export(ExportSize(50, 60, 8), tmp_path / "export", seed=0)
    finished = subprocess.run(
        [
            sys.executable,
            "run_scripts/load_test.py",
            f"--export_dir={export}",
            "--k=5",
            "--rate=20",
            "--seconds=8",
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
