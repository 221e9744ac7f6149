"""What is here and what is missing, and how to get it: versions, runtimes, codecs, cameras, models."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from commands.config_models import models_of
from models.cache import default_cache
from models.shelf import cached_forms, shelf
from pipeline.build import cores
from pipeline.errors import ConfigError, ModelError
from pipeline.sinks.encoder import ENCODERS, VideoConfig, encoder_for
from pipeline.types import SourceInfo

PEOPLE = Path(__file__).parents[1] / "configs" / "people.yaml"
Mark = Literal["ok", "missing", "optional"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    mark: Mark
    subject: str
    text: str


def examine() -> int:
    """Print what was found.

    Returns:
        0 where everything that annotating needs is here, 1 otherwise.
    """
    console = Console()
    table = Table("", "", "", box=None, show_header=False)
    colours = {"ok": "green", "missing": "bold red", "optional": "yellow"}
    findings = [finding for look in LOOKS for finding in look()]
    for finding in findings:
        table.add_row(f"[{colours[finding.mark]}]{finding.mark}[/]", finding.subject, finding.text)
    console.print(table)
    missing = sum(finding.mark == "missing" for finding in findings)
    console.print(f"{missing} missing" if missing else "everything that annotating needs is here", highlight=False)
    return 1 if missing else 0


def _machine() -> Iterator[Finding]:
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    yield Finding("ok", "machine", f"{platform.system()} {platform.machine()}, {cores()} cores{memory}")
    yield Finding("ok", "python", f"{platform.python_version()} ({sys.prefix})")


def _opencv() -> Iterator[Finding]:
    wheels = [name for name in ("opencv-python", "opencv-python-headless", "opencv-contrib-python") if _version(name)]
    if not wheels:
        yield Finding("missing", "opencv", "pip install opencv-python (without a desktop: opencv-python-headless)")
        return
    told = ", ".join(f"{name} {_version(name)}" for name in wheels)
    if len(wheels) > 1:
        yield Finding("missing", "opencv", f"{told} share one folder: uninstall them all, then install one")
        return
    window = "without a window" if "headless" in wheels[0] else "with a window"
    yield Finding("ok", "opencv", f"{told}, {window}")


def _runtimes() -> Iterator[Finding]:
    if version := _version("onnxruntime"):
        yield _onnx_runtime(version)
    litert = next((name for name in ("ai-edge-litert", "tflite-runtime") if _version(name)), None)
    if litert:
        yield _litert(litert)
    if not litert and not _version("onnxruntime"):
        yield Finding("missing", "runtime", "no network can run: pip install onnxruntime (or ai-edge-litert)")
    for package, subject in (("tensorflow", "to convert models"), ("tf2onnx", "to convert models")):
        version = _version(package)
        missing = f"only {subject}: pip install -r requirements-workshop.txt"
        yield Finding("ok" if version else "optional", package, version or missing)


def _onnx_runtime(version: str) -> Finding:
    from models.backends.onnx import devices

    try:
        started = devices()
    except ImportError as error:
        return Finding("missing", "onnxruntime", f"{version} does not load: {error}; install it anew")
    broken = [device for device, starts in started.items() if not starts]
    told = ", ".join(device for device, starts in started.items() if starts)
    does_not = f"; there but not starting: {', '.join(broken)} (mend the driver)" if broken else ""
    return Finding("ok" if told else "missing", "onnxruntime", f"{version}; device: {told}{does_not}")


def _litert(name: str) -> Finding:
    from models.backends.tflite import package

    try:
        told = package()
    except ModelError:
        return Finding("missing", "tflite", f"{name} {_version(name)} does not load; install it anew")
    edge_tpu = find_library("edgetpu")
    with_tpu = f"cpu, edgetpu ({edge_tpu})" if edge_tpu else "cpu (edgetpu: libedgetpu1-std is not installed)"
    return Finding("ok", "tflite", f"{told}; device: {with_tpu}")


def _codecs() -> Iterator[Finding]:
    version = _version("av")
    if not version:
        yield Finding("missing", "av", "no video can be read or written: pip install av")
        return
    import av

    libraries = ", ".join(f"{name} {'.'.join(map(str, number))}" for name, number in av.library_versions.items())
    yield Finding("ok", "av", f"{version} ({libraries})")
    opening = [name for name in ENCODERS if _opens(name)]
    mark: Mark = "ok" if opening else "missing"
    yield Finding(
        mark, "encoders", f"{', '.join(opening) or 'none opens'}" + (" (the first is used)" if opening else "")
    )
    decoders = [name for name in ("h264", "hevc", "av1", "libdav1d", "vp9") if name in av.codecs_available]
    yield Finding("ok", "decoders", f"{', '.join(decoders)} and {len(av.codecs_available) - len(decoders)} codecs more")


def _opens(encoder: str) -> bool:
    info = SourceInfo("doctor", 64, 48, 25.0, Fraction(1, 25))
    try:
        encoder_for(info, (64, 48), VideoConfig.model_validate({"codec": encoder}))
    except ConfigError:
        return False
    return True


def _cameras() -> Iterator[Finding]:
    devices = sorted(Path("/dev").glob("video*"))
    if not devices:
        yield Finding("optional", "cameras", "none (no /dev/video*)")
    for device in devices:
        label = Path("/sys/class/video4linux", device.name, "name")
        name = label.read_text(encoding="utf-8").strip() if label.is_file() else "camera"
        usable = os.access(device, os.R_OK | os.W_OK)
        text = name if usable else f"{name}: no permission; add yourself to the group 'video'"
        yield Finding("ok" if usable else "optional", str(device), text)


def _models() -> Iterator[Finding]:
    cache = default_cache()
    needed = {spec.name for spec in models_of(PEOPLE).values()}
    others = []
    for name, spec in shelf().items():
        forms = cached_forms(spec, cache)
        if forms:
            yield Finding("ok", name, f"{', '.join(forms)} in {cache}")
        elif name in needed:
            yield Finding("missing", name, f"not cached: python -m models pull {name}")
        else:
            others.append(name)
    if others:
        yield Finding("optional", "other models", f"not cached: {', '.join(others)}: python -m models pull NAME")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (_machine, _opencv, _runtimes, _codecs, _cameras, _models)
