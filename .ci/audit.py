"""Looks up the installed packages among the known vulnerabilities; exit status 1 for a new one.

pip-audit takes a package that its service does not know for one without vulnerabilities, so the
service is first asked about a release that is known to have some. Where it does not find those, or
cannot be reached, that is said in one line and nothing is claimed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

_EXCEPTIONS = Path(__file__).with_name("audit_exceptions.txt")
# Since 2022 (CVE-2022-22817 and others) no service of the kind can lack it.
_KNOWN_TO_BE_VULNERABLE = "pillow==9.0.0"
_SECONDS = 300


def _audit(*arguments: str) -> list[dict] | None:
    """What pip-audit says of each package; None if it came to no answer."""
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off"]
    try:
        ended = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        return json.loads(ended.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None


def _answers() -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{_KNOWN_TO_BE_VULNERABLE}\n")
        file.flush()
        found = _audit("--requirement", file.name, "--no-deps", "--disable-pip")
    return bool(found) and any(package.get("vulns") for package in found)


def _exceptions() -> set[str]:
    lines = _EXCEPTIONS.read_text(encoding="utf-8").splitlines()
    lines = [line.split(maxsplit=1) for line in lines if line.strip() and line[0] != "#"]
    for words in lines:
        if len(words) < 2:
            raise SystemExit(f"{_EXCEPTIONS.name}: {words[0]}: give the reason behind it")
    return {words[0] for words in lines}


def main() -> int:
    """Runs the audit."""
    accepted = _exceptions()
    if not _answers():
        print("dependency audit: SKIPPED, no service of vulnerabilities answers here")
        return 0
    packages = _audit()
    if packages is None:
        print("dependency audit: SKIPPED, the service stopped answering")
        return 0
    new = [
        f"{package['name']} {package['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no release yet'}"
        for package in packages
        for found in package.get("vulns", ())
        if not accepted & {found["id"], *found.get("aliases", ())}
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    print(f"dependency audit: {len(packages) - len(unknown)} packages looked up, {len(new)} faults")
    if unknown:
        print(f"  not known to the service: {', '.join(sorted(unknown))}")
    print("\n".join(f"  {line}" for line in new), end="\n" if new else "")
    return int(bool(new))


if __name__ == "__main__":
    sys.exit(main())
