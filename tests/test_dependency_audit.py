"""What CI says of vulnerabilities, with a service that this test makes up."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[1] / ".ci"
_FAULT = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": ["CVE-7"], "description": ""}


@pytest.fixture
def audit(tmp_path):
    """Runs a copy of the script: what the service says of the probe and of the packages."""

    def run(probe, packages, exceptions=""):
        shutil.copy(_FOLDER / "audit.py", tmp_path)
        (tmp_path / "audit_exceptions.txt").write_text(exceptions)
        answers = json.dumps([{"dependencies": part} for part in (probe, packages)])
        (tmp_path / "pip_audit.py").write_text(
            f"import json, sys\nprint(json.dumps({answers}['--requirement' not in sys.argv]))"
        )
        return subprocess.run(
            [sys.executable, "audit.py"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _package(name, *vulns):
    return {"name": name, "version": "1.0", "vulns": list(vulns)}


_PROBE = [_package("pillow", _FAULT)]


def test_a_known_fault_fails(audit):
    ended = audit(_PROBE, [_package("a"), _package("b", _FAULT)])
    assert ended.returncode == 1
    assert ended.stdout == (
        "dependency audit: 2 packages looked up, 1 faults\n  b 1.0: PYSEC-1, mended in 2.0\n"
    )


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-7"])
def test_one_that_is_accepted_with_a_reason_does_not(audit, name):
    exceptions = f"# why\n{name} we never call it\n"
    assert audit(_PROBE, [_package("b", _FAULT)], exceptions).returncode == 0
    assert audit(_PROBE, [_package("b", _FAULT)], f"{name}\n").returncode == 1


def test_a_service_that_misses_the_known_one_proves_nothing(audit):
    unknown = {"name": "pillow", "skip_reason": "not found"}
    for probe in ([unknown], [_package("pillow")], []):
        ended = audit(probe, [_package("b")])
        assert ended.returncode == 0
        assert "SKIPPED, no service of vulnerabilities answers here" in ended.stdout
