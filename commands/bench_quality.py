"""`bench --quality`: what doing less costs in what is found, and what it brings in frames a second."""

import json
import re
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from commands.console import open_console
from commands.quality_picture import picture
from commands.quality_points import FULL, as_yaml, is_detector, points
from models.backend import FORMS
from models.cache import default_cache
from models.resolve import resolve
from models.shelf import cached_forms
from pipeline.build import build, names_of
from pipeline.config import Settings
from pipeline.errors import ConfigError, PipelineError
from pipeline.runner import Runner
from pipeline.sinks.staged import StagedText
from pipeline.sinks.video import VideoSink
from pipeline.sources import open_source
from pipeline.stage import Sink
from pipeline.types import Packet, Tracks
from vision.identity import Agreement, Looked, agreement

LOSS = 0.02
"""Of recall and of IDF1, that the point recommended may lose at most."""
NOTHING = Looked(Tracks.none().boxes.xyxy, Tracks.none().boxes.class_id, Tracks.none().id)


@dataclass(frozen=True)
class Point:
    """One way of doing less, measured on all recordings."""

    name: str
    settings: Settings
    fps: float
    """Frames a second with the video written."""
    data_fps: float
    """The same without picture and video: what was found is all that is wanted."""
    looks: float
    """Looks of the detectors for each frame, 0 to 1 where there is one."""
    agreement: Agreement
    """With the run that looks at every frame."""

    def as_data(self) -> dict[str, object]:
        """Plain values, for a file."""
        told = self.agreement
        return {
            "name": self.name,
            "fps": round(self.fps, 2),
            "data_fps": round(self.data_fps, 2),
            "looks": round(self.looks, 4),
            "recall": round(told.recall, 4),
            "precision": round(told.precision, 4),
            "idf1": round(told.idf1, 4),
        }


class _Keeper:
    """A sink that keeps the tracks of every frame."""

    name = "quality"

    def __init__(self, stage: str) -> None:
        self.seen: list[Looked] = []
        self._stage = stage

    def write(self, packet: Packet) -> None:
        """Keep them."""
        found = packet.find(self._stage, Tracks)
        self.seen.append(NOTHING if found is None else Looked(found.boxes.xyxy, found.boxes.class_id, found.id))

    def finish(self) -> None:
        """Nothing has to be made whole."""

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class _Run:
    seconds: float
    looks: int
    seen: list[Looked]


def bench_quality(
    inputs: Sequence[str], settings: Settings, out: Path, json_file: Path | None, rounds: int = 3
) -> None:
    """Measure every point on every recording, print the table, and write picture, configs and figures.

    Args:
        inputs: Recordings.
        settings: A config with a detector and a tracker.
        out: Folder for `quality.png` and a config for each point; made where it is not there.
        json_file: Where the figures go too.
        rounds: How often each is run; rates are medians.

    Raises:
        ConfigError: the config has no detector that can be asked less, or no tracker; nothing can be written there.
        PipelineError: something cannot be opened, or fails on the way.
    """
    console = open_console()
    _check(inputs, settings)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {out}: {error.strerror}; name another") from error
    ways = points(settings, int8=_has_int8(settings))
    measured = measure(
        inputs, ways, rounds, lambda line: console.print(line, style="dim", highlight=False, markup=False)
    )
    _show(measured, console)
    for point in measured:
        _write(out / f"{_file_name(point.name)}.yaml", _head(point) + as_yaml(point.settings))
    drawn = picture([(p.name, p.data_fps, p.agreement.recall, p.agreement.idf1) for p in measured], LOSS)
    if drawn is None:
        console.print("no picture: that needs matplotlib (pip install matplotlib)")
    else:
        (out / "quality.png").write_bytes(drawn)
    console.print(f"written to {out}: a config for each point{'' if drawn is None else ', quality.png'}", markup=False)
    if json_file is not None:
        _write(json_file, json.dumps({"inputs": list(inputs), "points": [p.as_data() for p in measured]}, indent=2))


def measure(
    inputs: Sequence[str], ways: dict[str, Settings], rounds: int, told: Callable[[str], None] = lambda _: None
) -> list[Point]:
    """Each way on each recording, with video and without, in turns.

    Raises:
        PipelineError: something cannot be opened, or fails on the way.
    """
    runs: dict[str, dict[str, list[tuple[_Run, _Run]]]] = {name: {source: [] for source in inputs} for name in ways}
    with TemporaryDirectory(prefix="sluice-quality-") as folder:
        for source in inputs:
            for turn in range(rounds):
                for name, way in ways.items():
                    whole = _run(source, way, Path(folder) / "quality.mp4")
                    runs[name][source].append((whole, _run(source, _without_pictures(way), None)))
                    rate = len(whole.seen) / whole.seconds
                    told(f"{Path(source).name}, round {turn + 1}: {name}: {rate:.1f} frames a second")
    return [_point(name, ways[name], list(of.values()), list(runs[FULL].values())) for name, of in runs.items()]


def _point(
    name: str, settings: Settings, runs: list[list[tuple[_Run, _Run]]], full: list[list[tuple[_Run, _Run]]]
) -> Point:
    """From every run of one way, by recording and round; what was found is the same in each round."""
    firsts = [(right[0][0].seen, turns[0][0]) for right, turns in zip(full, runs, strict=True)]
    frames = sum(len(right) for right, _ in firsts)
    agreed = sum((agreement(right, run.seen) for right, run in firsts), Agreement())
    fps, data_fps = (
        frames / sum(statistics.median(turn[kind].seconds for turn in turns) for turns in runs) for kind in (0, 1)
    )
    return Point(name, settings, fps, data_fps, sum(run.looks for _, run in firsts) / max(1, frames), agreed)


def _run(source: str, settings: Settings, video: Path | None) -> _Run:
    with ExitStack() as opened:
        reading = open_source(source, settings.source)
        opened.callback(reading.close)
        plans = build(settings)
        for plan in plans:
            opened.callback(plan.close)
        keeper = _Keeper(names_of(plans, Tracks)[-1])
        sinks: list[Sink] = [keeper]
        if video is not None:
            sinks.append(VideoSink(video, reading.info, settings.output))
        opened.pop_all()  # from here on the runner closes them
    began = time.perf_counter()
    with Runner(reading, plans, sinks, settings.flow.capacity) as run:
        run.wait()
    detectors = [stage.name for stage in settings.stages if is_detector(stage)]
    looks = sum(run.timings()[name].calls for name in detectors)
    return _Run(time.perf_counter() - began, looks, keeper.seen)


def _without_pictures(settings: Settings) -> Settings:
    """The config up to its last tracker: what stands after that draws, or reads what was found."""
    last = max(place for place, stage in enumerate(settings.stages) if issubclass(stage.kind.gives, Tracks))
    return replace(settings, stages=settings.stages[: last + 1])


def _check(inputs: Sequence[str], settings: Settings) -> None:
    if not inputs:
        raise ConfigError("bench --quality: no recording is named; name one or more that are like yours")
    if not any(issubclass(stage.kind.gives, Tracks) for stage in settings.stages):
        raise ConfigError(f"{settings.name}: no stage follows objects, and ids are what is compared; add 'track:'")
    if not any(is_detector(stage) for stage in settings.stages):
        raise ConfigError(f"{settings.name}: no stage can be asked less; add a detector such as 'ssd:'")


def _has_int8(settings: Settings) -> bool:
    """Whether every detector's network is at hand with eight bits."""
    for stage in settings.stages:
        if is_detector(stage):
            try:
                forms = cached_forms(resolve(getattr(stage.config, "model", "")), default_cache())
            except PipelineError:
                return False
            if not set(FORMS["int8"]) & set(forms):
                return False
    return True


def _show(measured: Sequence[Point], console: Console) -> None:
    titles = ("looks", "fps", "times", "without video", "times", "recall", "precision", "IDF1")
    table = Table("", *titles, box=None)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    full = measured[0]
    for point in measured:
        told = point.agreement
        shares = [f"{100 * share:.1f}" for share in (told.recall, told.precision, told.idf1)]
        rates = [f"{point.fps:.1f}", f"{point.fps / max(full.fps, 1e-9):.2f}"]
        rates += [f"{point.data_fps:.1f}", f"{point.data_fps / max(full.data_fps, 1e-9):.2f}"]
        table.add_row(point.name, f"{point.looks:.2f}", *rates, *shares)
    console.print(table)
    boxes = full.agreement.right
    if boxes < 100:
        console.print(f"only {boxes} boxes to compare: these recordings tell little of quality")
    kept = [p for p in measured if min(p.agreement.recall, p.agreement.idf1) >= 1 - LOSS]
    best = max(kept, key=lambda point: point.fps)
    console.print(f"within {100 * LOSS:.0f} points of every frame, the fastest: {best.name}", markup=False)


def _head(point: Point) -> str:
    told = point.agreement
    return (
        f"# {point.name}: {point.fps:.1f} frames a second with video, {point.data_fps:.1f} without;\n"
        f"# beside a look at every frame recall {100 * told.recall:.1f}, IDF1 {100 * told.idf1:.1f}\n"
    )


def _file_name(name: str) -> str:
    """A name of a point as that of a file.

    >>> _file_name("every: auto, apart: 4")
    'every-auto-apart-4'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _write(path: Path, text: str) -> None:
    with closing(StagedText(path)) as target:
        target.finish(text.encode() + (b"" if text.endswith("\n") else b"\n"))
