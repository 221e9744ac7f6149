"""Whether the device install resolves to wheels alone, for 64-bit Arm and each Python; nothing is installed.

python -m tools.edge_wheels
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")


def resolve(python: str) -> list[str]:
    """Name and version of each wheel that a 64-bit Arm board would get.

    Raises:
        SystemExit: something has no wheel; pip's own words say what.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", python, "--target", folder]
        command += [argument for platform in PLATFORMS for argument in ("--platform", platform)]
        command += ["--disable-pip-version-check", "--report", str(report), "-r", str(ROOT / "requirements-edge.txt")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"Python {python} on aarch64: {done.stderr.strip().splitlines()[-1]}")
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return sorted(f"{one['metadata']['name']} {one['metadata']['version']}" for one in found)


if __name__ == "__main__":
    for version in PYTHONS:
        wheels = resolve(version)
        sys.stdout.write(f"Python {version} on aarch64: {len(wheels)} wheels: {', '.join(wheels)}\n")
