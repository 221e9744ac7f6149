"""What a run would do, before a frame is read: stages, memory, expected rate, files and addresses."""

from dataclasses import dataclass
from pathlib import Path

from commands.bench_cache import recall, stage_key
from commands.config_models import models_in
from commands.targets import Wanted, target_for
from models.cache import default_cache
from models.shelf import folder
from pipeline.build import cores, thread_budget
from pipeline.config import Settings, StageSettings
from pipeline.errors import SourceError
from pipeline.sources.images import is_image
from pipeline.sources.live.addresses import shown
from pipeline.sources.places import is_pattern, require_file
from pipeline.sources.probe import open_recording
from pipeline.types import Frame
from pipeline.wiring import wire


@dataclass(frozen=True)
class StagePlanned:
    """One stage as it would run."""

    name: str
    gives: str
    workers: int
    every: str
    """'1', '3', 'auto', with its gate where it has one."""
    share: float
    """Of the frames that it is asked on, as far as that is known beforehand."""
    cpu_ms: float | None
    """Of one call, measured by `bench` on this machine; None: not measured at this picture size."""


@dataclass(frozen=True)
class Planned:
    """What a run would be."""

    source: str
    size: tuple[int, int] | None
    """None where only the first frame tells."""
    fps: float
    duration_s: float | None
    stages: tuple[StagePlanned, ...]
    channels: int
    capacity: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    other_ms: float | None
    """Reading, encoding and data, a frame; None: not measured."""

    @property
    def packets(self) -> int:
        """Most packets that can be under way at one time: in channels, in stages and their workers, in sinks."""
        return self.channels * (self.capacity + 1) + sum(2 * stage.workers for stage in self.stages)

    @property
    def memory_mb(self) -> float | None:
        """Bound of what the pictures under way take, each a frame and, after a drawing stage, a second one."""
        if self.size is None:
            return None
        pictures = 1 + sum(stage.gives == Frame.__name__ for stage in self.stages)
        return self.packets * pictures * self.size[0] * self.size[1] * 3 / 2**20

    @property
    def frame_ms(self) -> float | None:
        """CPU that a frame is expected to take; None where a part was not measured."""
        if self.other_ms is None or any(stage.cpu_ms is None for stage in self.stages):
            return None
        return self.other_ms + sum((stage.cpu_ms or 0.0) * stage.share for stage in self.stages)

    @property
    def bound_fps(self) -> float | None:
        """The most frames a second that the cores allow."""
        return None if self.frame_ms is None else cores() * 1e3 / self.frame_ms


def plan(settings: Settings, source: str, output: str | None = None) -> Planned:
    """Work out what a run of this config would be; opens the header of a recording and nothing else.

    Raises:
        ConfigError: the wiring cannot be, or the output is the input.
        SourceError: the recording is not there or is none.
    """
    stages = wire(settings.stages)
    live = "://" in source or source.isdigit()
    size, fps, duration_s = (None, 0.0, None) if live else _looked_at(source)
    models = sorted({str(folder(spec, default_cache())) for spec in models_in(settings).values()})
    writes: tuple[str, ...] = ()
    if not live:
        target = target_for(source, Wanted(output), alone=True, suffix=".mp4")
        writes = tuple(str(file) for file in target.files)
    sinks = 1 + max(1, len(writes))
    return Planned(
        shown(source) if live else source,
        size,
        fps,
        duration_s,
        tuple(_stage(stage, thread_budget(settings), size, live=live) for stage in stages),
        len(stages) + sinks,
        1 if live else settings.flow.capacity,
        (shown(source) if live else str(Path(source).absolute()), settings.name, *models),
        writes,
        _others(size),
    )


def _stage(stage: StageSettings, budget: int, size: tuple[int, int] | None, *, live: bool) -> StagePlanned:
    config = stage.config
    workers = 1 if stage.kind.in_order else config.workers or budget
    share = 1.0 if config.every == "auto" else 1 / config.every
    every = str(config.every) + (f", when {config.when} says so" if config.when else "")
    if live and (config.aside or config.every == "auto"):
        every += ", aside"
    cpu_ms = None if size is None else recall(stage_key(stage), size)
    return StagePlanned(stage.name, stage.kind.gives.__name__, workers, every, share, cpu_ms)


def _others(size: tuple[int, int] | None) -> float | None:
    if size is None:
        return None
    known = [recall(key, size) for key in ("source source", "sink video", "sink jsonl")]
    return None if None in known else sum(ms for ms in known if ms is not None)


def _looked_at(source: str) -> tuple[tuple[int, int] | None, float, float | None]:
    """Size, rate and length from a recording's header; nothing for pictures."""
    path = Path(source)
    if path.is_dir() or is_pattern(path) or is_image(path):
        return None, 0.0, None
    require_file(path)
    recording = open_recording(path)
    try:
        size = recording.stream.width, recording.stream.height
        return (size if all(size) else None), recording.fps, recording.duration_s
    except ValueError as error:
        raise SourceError(f"cannot read {path}: its header has no picture size; play it elsewhere to see") from error
    finally:
        recording.container.close()
