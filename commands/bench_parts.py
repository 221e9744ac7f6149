"""What one frame needs, part by part: the source, each stage and each sink in one thread, with nothing beside them."""

import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.build import build, names_of
from pipeline.config import Settings
from pipeline.sinks.jsonl import JsonLinesSink
from pipeline.sinks.video import VideoSink
from pipeline.sources import open_source
from pipeline.stage import Sink, Source
from pipeline.station import StagePlan, Station
from pipeline.types import Detections, Packet, Tracks

LOOKED_INTO = 12
"""Frames whose allocations are counted; tracing them makes everything slow, so they are timed apart."""
SETTLED = 2
"""Frames before these: libraries make their buffers on the first."""


@dataclass(frozen=True)
class Part:
    """What one part of the work costs by itself."""

    name: str
    kind: str
    """'source', 'stage' or 'sink'."""
    cpu_ms: float
    """Of a frame, user and system, with all threads that a library starts for it."""
    wall_ms: float
    new_bytes: int
    """Memory of arrays made for a frame, the most at one time; 0 where it was not looked into."""


@dataclass(frozen=True)
class Job:
    """The same work for every run of a bench: what is read, through which stages, for how long."""

    source: str
    settings: Settings
    frames: int

    @contextmanager
    def opened(self, folder: Path) -> Iterator[tuple[Source, list[StagePlan], list[Sink]]]:
        """Source, stages and sinks, ready; what the caller does not close is closed.

        Args:
            folder: where the outputs go; they are thrown away.

        Raises:
            PipelineError: something cannot be opened.
        """
        with ExitStack() as closing:
            source = open_source(self.source, self.settings.source, self.frames)
            closing.callback(source.close)
            plans = build(self.settings)
            for plan in plans:
                closing.callback(plan.close)
            video = VideoSink(folder / "bench.mp4", source.info, self.settings.output, cut_audio=True)
            closing.callback(video.close)
            found_by = names_of(plans, Tracks) or names_of(plans, Detections)
            data = JsonLinesSink(folder / "bench.jsonl", source.info, found_by[-1] if found_by else None)
            closing.callback(data.close)
            yield source, plans, [video, data]


class _Meter:
    """Adds up wall and CPU seconds by part; CPU is that of the process, since nothing else runs in it."""

    def __init__(self) -> None:
        self.wall_s: defaultdict[str, float] = defaultdict(float)
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.new_bytes: defaultdict[str, int] = defaultdict(int)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        tracing = tracemalloc.is_tracing()
        if tracing:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall_s[name] += time.perf_counter() - wall
        self.cpu_s[name] += time.process_time() - cpu
        if tracing:
            self.new_bytes[name] = max(self.new_bytes[name], tracemalloc.get_traced_memory()[1] - before)


def measure_parts(job: Job, folder: Path) -> list[Part]:
    """Time of each part for a frame, in the order of the flow.

    One frame goes through everything before the next one is read, as in a loop that somebody writes by hand; its sum is
    what the frames need, and the cores divided by it the most that any arrangement of threads can give.

    Raises:
        PipelineError: something cannot be opened, or a stage fails.
    """
    meter = _Meter()
    with job.opened(folder) as (source, plans, sinks):
        frames = _through(source, plans, sinks, meter)
        for sink in sinks:
            with meter.part(sink.name):
                sink.finish()
    traced = _allocations(job, folder)
    kinds = {"source": "source"} | {plan.name: "stage" for plan in plans} | {sink.name: "sink" for sink in sinks}
    per_frame = 1e3 / max(1, frames)
    return [
        Part(name, kind, meter.cpu_s[name] * per_frame, meter.wall_s[name] * per_frame, traced.get(name, 0))
        for name, kind in kinds.items()
    ]


def _allocations(job: Job, folder: Path) -> dict[str, int]:
    """Bytes of arrays that each part makes for a frame, the most at one time, after the first frames."""
    few = Job(job.source, job.settings, min(job.frames, LOOKED_INTO))
    meter = _Meter()
    with few.opened(folder) as (source, plans, sinks):
        started: Callable[[int], None] = lambda index: tracemalloc.start() if index == SETTLED else None  # noqa: E731
        try:
            _through(source, plans, sinks, meter, started)
        finally:
            tracemalloc.stop()
    return dict(meter.new_bytes)


def _through(
    source: Source,
    plans: list[StagePlan],
    sinks: list[Sink],
    meter: _Meter,
    before_frame: Callable[[int], None] = lambda _: None,
) -> int:
    """Every frame through every part, in this thread; returns how many."""
    stations = [Station(plan) for plan in plans]
    reading, count = iter(source), 0
    while True:
        before_frame(count)
        with meter.part("source"):
            frame = next(reading, None)
        if frame is None:
            return count
        packet = Packet(frame)
        del frame
        for station in stations:
            if not station.is_asked(packet):
                continue
            with meter.part(station.name):
                outcome = station.attempt(station.plan.workers[0], packet)
            judged = station.judge(packet, outcome)
            if judged is None:
                break
            packet = judged
        else:
            for sink in sinks:
                with meter.part(sink.name):
                    sink.write(packet)
        count += 1
