"""How fast each form of a model is in each runtime at hand, what it costs, and how far it is from the reference."""

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from models.agreement import Agreement, compare
from models.backend import Backend, Device, Opening, RuntimeMissingError, limits_of, open_form
from models.feed import Feed
from models.pictures import made_pictures
from models.shelf import ensure, file_of
from models.spec import Form, ModelSpec
from pipeline.errors import ModelError

WARM_UP = 3
Told = Callable[[int, int], None]
"""Takes the rounds done and those there are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One form in one runtime with so many threads."""

    model: str
    form: Form
    runtime: str
    threads: int
    median_ms: float
    p10_ms: float
    p90_ms: float
    cpu_ms: float
    """Of all threads together, per inference."""
    load_ms: float
    """From nothing to a model that can run, the runtime's own start included, in a fresh process."""
    memory_mb: float
    """Peak of a process that does nothing else."""
    bytes: int
    """Of the file."""
    difference: Agreement
    """From the first row of the model."""

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        own = {name: getattr(self, name) for name in self.__slots__ if name != "difference"}
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in own.items()}
        return {**rounded, "difference": self.difference.as_data()}


def bench(
    spec: ModelSpec,
    cache: Path,
    frames: Sequence[np.ndarray] = (),
    rounds: int = 30,
    threads: Sequence[int] = (1, 2),
    device: Device = "auto",
    told: Told = lambda done, total: None,
) -> list[Row]:
    """Measure every form of a model that is in the cache; rows take turns, so that a noisy machine is fair to all.

    Args:
        spec: Which.
        cache: Where pulled models lie.
        frames: `(H, W, 3) uint8` BGR, to compare the forms on; pictures that are made, if there are none.
        rounds: Turns that each row gets.
        threads: Of one inference, a row each.
        device: Where ONNX Runtime runs it.
        told: Told how far it is.

    Raises:
        ModelError: nothing of it is in the cache, no runtime can run it, or a file is damaged.
    """
    forms = ensure(spec, cache)
    opened = list(_open(spec, forms, cache, threads, device))
    feed = Feed(spec.input)
    batches = [feed(frame).copy() for frame in frames or made_pictures()]
    wall, cpu = _take_turns([backend for _, _, backend in opened], batches[-1], rounds, told)
    rows = []
    reference = opened[0][2]
    for place, (form, count, backend) in enumerate(opened):
        low, median, high = np.percentile(wall[:, place], (10, 50, 90))
        alone = _alone(spec, form, cache, count, device)
        difference = compare(spec, reference, backend, batches)
        size = file_of(spec, form, cache).stat().st_size
        row = Row(spec.name, form, backend.runtime, count, float(median), float(low), float(high),
                  float(np.median(cpu[:, place])), alone["load_ms"], alone["memory_mb"], size, difference)  # fmt: skip
        rows.append(row)
    for _, _, backend in opened:
        backend.close()
    return rows


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    versions = {}
    for package in ("onnxruntime", "ai-edge-litert", "opencv-python", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {"processor": _processor(), "python": platform.python_version(), "versions": versions}


def _open(
    spec: ModelSpec, forms: Sequence[Form], cache: Path, threads: Sequence[int], device: Device
) -> list[tuple[Form, int, Backend]]:
    """Every form that a runtime at hand reads, with each number of threads."""
    opened, refusals = [], []
    for form in forms:
        for count in threads:
            try:
                backend = open_form(spec, form, cache, _opening(spec, form, cache, count, device))
            except RuntimeMissingError as error:
                refusals.append(error)
                continue
            opened.append((form, count, backend))
    if not opened:
        raise refusals[0]
    return opened


def _opening(spec: ModelSpec, form: Form, cache: Path, threads: int, device: Device) -> Opening:
    companion = spec.original.companion if spec.original else None
    beside = file_of(spec, form, cache).with_name(companion.file) if companion else None
    on: Device = device if form.startswith("onnx") else "auto"
    return Opening(spec.name, threads, on, limits=limits_of(spec.input), companion=beside)


def _take_turns(
    backends: Sequence[Backend], batch: np.ndarray, rounds: int, told: Told
) -> tuple[np.ndarray, np.ndarray]:
    """`(rounds, backends)` milliseconds of wall time and of CPU, of one inference each."""
    wall, cpu = np.empty((2, WARM_UP + rounds, len(backends)))
    for turn in range(WARM_UP + rounds):
        for place, backend in enumerate(backends):
            began, used = time.perf_counter(), time.process_time()
            backend.run(batch)
            wall[turn, place], cpu[turn, place] = time.perf_counter() - began, time.process_time() - used
        told(max(turn + 1 - WARM_UP, 0), rounds)
    return wall[WARM_UP:] * 1e3, cpu[WARM_UP:] * 1e3


def _alone(spec: ModelSpec, form: Form, cache: Path, threads: int, device: Device) -> dict[str, float]:
    """Load time and memory of one row, in a process of its own."""
    job = {"spec": spec.model_dump(mode="json"), "form": form, "cache": str(cache.resolve()), "threads": threads,
           "device": device}  # fmt: skip
    command = [sys.executable, "-m", "models.bench", json.dumps(job)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(f"model '{spec.name}' ({form}) does not run alone: {(done.stderr.splitlines() or ['?'])[-1]}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _measure_alone(job: dict[str, object]) -> dict[str, float]:
    """What `_alone` asks for."""
    spec = ModelSpec.model_validate(job["spec"])
    form: Form = job["form"]  # type: ignore[assignment]
    cache, threads, device = Path(str(job["cache"])), int(str(job["threads"])), job["device"]
    opening = _opening(spec, form, cache, threads, device)  # type: ignore[arg-type]
    began = time.perf_counter()
    backend = open_form(spec, form, cache, opening)
    load_s = time.perf_counter() - began
    backend.run(Feed(spec.input)(made_pictures()[0]))
    return {"load_ms": load_s * 1e3, "memory_mb": _peak_mb()}


def _peak_mb() -> float:
    """Most memory that this process ever held. Linux's ru_maxrss would count the parent's, up to the exec."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure_alone(json.loads(sys.argv[1]))))
