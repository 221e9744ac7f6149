"""How fast a config is here, against what the machine allows, and where the rest goes."""

import multiprocessing
import os
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from commands.bench_parts import Job, Part, measure_parts
from pipeline.build import cores
from pipeline.errors import StageError
from pipeline.latency import Summary
from pipeline.runner import Runner

SCHEMA = 1
OTHER_THREADS, OTHERS = "threads of libraries, the main one", "other processes"
HOP_S = 0.02
"""How long the thread sleeps that measures how late a thread of the process gets to run. With 2 ms it took 0.4 ms of a
frame's 25 itself."""


@dataclass(frozen=True)
class Flow:
    """One run of the whole pipeline."""

    frames: int
    seconds: float
    """From the start of the threads to the finished files."""
    cpu_ms: float
    """Of the process, a frame."""
    threads_ms: dict[str, float]
    """CPU of each of our threads, a frame; workers of a stage under the stage's name."""
    waits_s: dict[str, tuple[float, float]]
    """For each channel, how long its producer and its consumer waited."""
    latency: Summary
    late_ms: tuple[float, float]
    """How late a thread gets to run that has slept: median and 99th percentile."""
    first_s: float
    """From the command to the first frame in every sink."""
    peak_mb: float
    """Most memory that the process had so far."""
    threads: int
    """Of the process while it ran, those of libraries too."""
    others_ms: float
    """CPU that other processes took meanwhile, a frame: what was measured is worth as much less."""

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


@dataclass(frozen=True)
class Figures:
    """Medians of several rounds, the parts and the pipeline in turns."""

    source: str
    config: str
    size: tuple[int, int]
    cores: int
    parts: tuple[Part, ...]
    flows: tuple[Flow, ...]
    workers: dict[str, int]

    @property
    def sum_ms(self) -> float:
        """CPU that a frame needs, all parts together."""
        return sum(part.cpu_ms for part in self.parts)

    @property
    def bound_fps(self) -> float:
        """The most frames a second that any arrangement of threads gives on these cores."""
        return self.cores * 1e3 / self.sum_ms

    @property
    def fps(self) -> float:
        """What the pipeline reaches."""
        return statistics.median(flow.fps for flow in self.flows)

    @property
    def share(self) -> float:
        """Of the bound, in [0, 1] but for noise."""
        return self.fps / self.bound_fps

    @property
    def cpu_ms(self) -> float:
        """CPU of a frame in the pipeline."""
        return statistics.median(flow.cpu_ms for flow in self.flows)

    @property
    def middle(self) -> Flow:
        """The run with the median rate."""
        return sorted(self.flows, key=lambda flow: flow.fps)[len(self.flows) // 2]

    def lost(self) -> dict[str, float]:
        """Milliseconds of the cores' time, a frame, by what became of them; together `cores / fps`."""
        flow = self.middle
        own = sum(flow.threads_ms.values())
        return {
            "the parts alone": self.sum_ms,
            "the same work beside others, channels, GIL": own - self.sum_ms,
            OTHER_THREADS: max(0.0, flow.cpu_ms - own),
            OTHERS: flow.others_ms,
            "cores idle": max(0.0, self.cores * 1e3 / flow.fps - flow.cpu_ms - flow.others_ms),
        }

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        flow = self.middle
        return {
            "schema": SCHEMA,
            "input": self.source,
            "config": self.config,
            "width": self.size[0],
            "height": self.size[1],
            "cores": self.cores,
            "frames": flow.frames,
            "rounds": len(self.flows),
            "fps": round(self.fps, 2),
            "bound_fps": round(self.bound_fps, 2),
            "share_of_bound": round(self.share, 4),
            "cpu_ms_per_frame": round(self.cpu_ms, 3),
            "sum_of_parts_ms": round(self.sum_ms, 3),
            "first_result_s": round(self.flows[0].first_s, 3),
            "peak_mb": round(self.flows[0].peak_mb, 1),
            "threads": flow.threads,
            "new_bytes_per_frame": sum(part.new_bytes for part in self.parts),
            "latency_ms": flow.latency.as_data(),
            "late_ms": {"p50": round(flow.late_ms[0], 3), "p99": round(flow.late_ms[1], 3)},
            "workers": self.workers,
            "parts": [
                {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(part).items()}
                for part in self.parts
            ],
            "other_processes_ms": round(flow.others_ms, 3),
            "lost_ms": {name: round(ms, 3) for name, ms in self.lost().items()},
            "channels": {
                name: {"producer_waited_s": round(put, 3), "consumer_waited_s": round(get, 3)}
                for name, (put, get) in flow.waits_s.items()
            },
            "runs_fps": [round(flow.fps, 2) for flow in self.flows],
        }


def bench(job: Job, rounds: int, told: Callable[[str], None] = lambda _: None) -> Figures:
    """Measure the parts and the pipeline in turns; the pipeline in a process of its own, as a run has one.

    Args:
        job: What is run.
        rounds: How often each; medians are taken.
        told: Gets a line of progress.

    Raises:
        PipelineError: something cannot be opened, or fails on the way.
    """
    parts: list[list[Part]] = []
    flows: list[Flow] = []
    with TemporaryDirectory(prefix="sluice-bench-") as name, another_process() as beside:
        folder = Path(name)
        with job.opened(folder) as (source, plans, _):
            size = source.info.width, source.info.height
            workers = {plan.name: len(plan.workers) for plan in plans}
        for turn in range(rounds):
            flows.append(in_process(beside, job, folder))
            parts.append(measure_parts(job, folder))
            told(f"round {turn + 1} of {rounds}: {flows[-1].fps:.1f} frames a second")
    medians = tuple(_median(turns) for turns in zip(*parts, strict=True))
    return Figures(job.source, job.settings.name, size, cores(), medians, tuple(flows), workers)


def in_process(beside: ProcessPoolExecutor, job: Job, folder: Path) -> Flow:
    """`measure_flow` in the other process.

    Raises:
        PipelineError: something cannot be opened, fails on the way, or the process was killed.
    """
    try:
        return beside.submit(measure_flow, job, folder, time.monotonic()).result()
    except BrokenProcessPool as error:
        raise StageError("the process that was measured ended by itself; is there memory enough?") from error


def another_process() -> ProcessPoolExecutor:
    """A process that starts from nothing at its first job, as a command does, and takes one job at a time."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def measure_flow(job: Job, folder: Path, asked_s: float) -> Flow:
    """One run of the pipeline, the outputs written, proven and thrown away.

    Args:
        job: What is run.
        folder: For the outputs.
        asked_s: `time.monotonic()` when it was asked for, maybe in another process.

    Raises:
        PipelineError: something cannot be opened, or fails on the way.
    """
    with job.opened(folder) as (source, plans, sinks), _lateness() as late:
        cpu, wall, everybody = time.process_time(), time.perf_counter(), machine_cpu_s()
        run = Runner(source, plans, sinks, job.settings.flow.capacity)
        with run:
            while not run.balance().written and not run.wait(0.005):
                pass
            first_s, threads = time.monotonic() - asked_s, thread_count()
            run.wait()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        others_s = max(0.0, machine_cpu_s() - everybody - cpu)
        frames, threads_s = run.balance().written, run.cpu_s()
        for station in run.stations:
            if len(station.plan.workers) > 1:
                threads_s[station.name] = run.timings()[station.name].cpu_s
    per_frame = 1e3 / max(1, frames)
    return Flow(
        frames=frames,
        seconds=wall,
        cpu_ms=cpu * per_frame,
        threads_ms={name: seconds * per_frame for name, seconds in threads_s.items()},
        waits_s=run.waits(),
        latency=run.latency(),
        late_ms=_percentiles(late),
        first_s=first_s,
        peak_mb=peak_memory_mb(),
        threads=threads,
        others_ms=others_s * per_frame,
    )


def machine_cpu_s() -> float:
    """CPU seconds that all processes of the machine took since it started; 0 where the system does not say (Linux)."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _wait, irq, soft_irq = (int(field) for field in fields[:7])
    return (user + nice + system + irq + soft_irq) / os.sysconf("SC_CLK_TCK")


def thread_count() -> int:
    """Threads of this process, as the system counts them."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names alone, no paths
    except OSError:
        return threading.active_count()


def peak_memory_mb() -> float:
    """Most memory this process had; `ru_maxrss` would begin with what its parent had."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def _lateness() -> Iterator[list[float]]:
    """A thread that sleeps and notes by how much it overslept, milliseconds: the wait for a core and for the GIL."""
    late: list[float] = []
    over = threading.Event()

    def sleep() -> None:
        while not over.is_set():
            began = time.perf_counter()
            time.sleep(HOP_S)
            late.append((time.perf_counter() - began - HOP_S) * 1e3)

    thread = threading.Thread(target=sleep, name="sluice-lateness")
    thread.start()
    try:
        yield late
    finally:
        over.set()
        thread.join()


def _percentiles(late: list[float]) -> tuple[float, float]:
    ordered = sorted(late) or [0.0]
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def _median(turns: tuple[Part, ...]) -> Part:
    first = turns[0]
    return Part(
        first.name,
        first.kind,
        statistics.median(part.cpu_ms for part in turns),
        statistics.median(part.wall_ms for part in turns),
        first.new_bytes,
    )
