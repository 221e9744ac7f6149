"""What a run was made with: packages and machine. The same numbers come out again where these are the same."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("keras", "tensorflow", "numpy", "onnxruntime")


def versions() -> dict[str, str | int | None]:
    """Of Python and the packages that figures depend on, and what they ran on; nothing is imported for it.

    Returns:
        `python`, each of `PACKAGES` (None where it is not installed), `system`, `processor`, and `cores`: those that
        this process may use.
    """
    return {
        "python": platform.python_version(),
        **{name: _installed(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    }


def _installed(package: str) -> str | None:
    """Its version; TensorFlow and ONNX Runtime have other names where they are built for one kind of machine."""
    for name in (package, f"{package}-cpu", f"{package}-gpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _processor() -> str:
    """Its name as Linux has it, else what Python says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
