"""How well and how fast the tracker follows, on sequences in MOTChallenge layout with their public detections.

    python -m benchmarks.tracking FOLDER [--set smooth=false] [--thin 0.3] [--every 4 | --every auto]

FOLDER holds sequences, each with `seqinfo.ini`, `det/det.txt` and `gt/gt.txt`. Prints MOTA, IDF1 and id switches as
py-motmetrics counts them, HOTA by TrackEval, milliseconds of the tracker a frame, and looks of the detector a frame.
Ground truth marked 0 is left out, as py-motmetrics' own MOTChallenge evaluation does.
Needs `motmetrics` and `trackeval`.
"""

import configparser
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import click
import numpy as np

from pipeline.runner import Runner
from pipeline.stage import StageConfig
from pipeline.station import StagePlan
from pipeline.types import Damage, Detections, Frame, Packet, SourceInfo, Tracks
from stages.between import detections_between
from stages.track import ByteTracker, TrackConfig
from vision.boxes import iou

NAMES = ("object",)
PIXEL = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True)
class Sequence:
    """One recording's detections and truth; frames count from 1, as in the files."""

    name: str
    fps: float
    frames: int
    detections: np.ndarray
    """`(N, 7+)`: frame, -1, left, top, width, height, score in [0, 1]."""
    truth: np.ndarray
    """`(M, 7+)`: frame, id, left, top, width, height, counts (1)."""


@dataclass(frozen=True)
class Score:
    """What the metrics say of one sequence."""

    mota: float
    idf1: float
    hota: float
    switches: int
    ms: float
    """Median of the tracker's time a frame."""


class Given:
    """A detector that gives what the file has, and counts how often it is asked."""

    Config: ClassVar[type[StageConfig]] = StageConfig
    gives: ClassVar[type] = Detections
    in_order: ClassVar[bool] = False

    def __init__(self, sequence: Sequence) -> None:
        self.looks = 0
        self._of = {frame: part(sequence, frame) for frame in range(1, sequence.frames + 1)}

    def process(self, packet: Packet) -> Detections:
        """Those of the frame."""
        self.looks += 1
        return self._of[packet.frame.index + 1]

    def between(self, first: object, last: object) -> Callable[[float], Detections] | None:
        """As the real detector does."""
        return detections_between(first, last)


class Blank:
    """The frames of a sequence, without pictures."""

    def __init__(self, sequence: Sequence, frames: list[int]) -> None:
        self.info = SourceInfo(sequence.name, 1, 1, sequence.fps, Fraction(1, 1000))
        self.damage = Damage()
        self._frames = frames

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames:
            yield Frame(PIXEL, frame - 1, (frame - 1) / self.info.fps, 0.0, self.info.name)

    def close(self) -> None:
        """Nothing is held."""


class Timed(ByteTracker):
    """The tracker, and what it took."""

    def __init__(self, config: TrackConfig) -> None:
        super().__init__(config)
        self.spent: list[float] = []

    def process(self, packet: Packet) -> Tracks:
        """See ByteTracker."""
        started = time.perf_counter()
        tracks = super().process(packet)
        self.spent.append(time.perf_counter() - started)
        return tracks


class Keeper:
    """A sink that keeps the tracks."""

    name = "keeper"

    def __init__(self) -> None:
        self.tracks: list[Tracks] = []

    def write(self, packet: Packet) -> None:
        """Keep them."""
        self.tracks.append(packet.result("track", Tracks))

    def finish(self) -> None:
        """Nothing has to be made whole."""

    def close(self) -> None:
        """Nothing is held."""


def read(folder: Path) -> Sequence:
    """A sequence in MOTChallenge layout; scores that do not lie in 0..1 are spread over it, least to largest."""
    ini = configparser.ConfigParser()
    ini.read(folder / "seqinfo.ini", encoding="utf-8")
    about = ini["Sequence"]
    detections = np.loadtxt(folder / "det" / "det.txt", delimiter=",", ndmin=2)
    score = detections[:, 6]
    if len(score) and (score.min() < 0 or score.max() > 1):
        detections[:, 6] = (score - score.min()) / max(score.max() - score.min(), 1e-9)
    truth = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",", ndmin=2)
    return Sequence(
        about["name"], float(about["frameRate"]), int(about["seqLength"]), detections, truth[truth[:, 6] > 0]
    )


def xyxy(rows: np.ndarray) -> np.ndarray:
    """`(N, 4) float32` corners of MOTChallenge rows."""
    corners = rows[:, 2:6].astype(np.float32)
    corners[:, 2:] += corners[:, :2]
    return corners


def part(sequence: Sequence, frame: int) -> Detections:
    """The detections of one frame."""
    rows = sequence.detections[sequence.detections[:, 0] == frame]
    return Detections(xyxy(rows), rows[:, 6].astype(np.float32), np.zeros(len(rows), np.int32), NAMES)


def follow(
    sequence: Sequence, config: TrackConfig, frames: list[int], every: str = "1"
) -> tuple[list[Tracks], float, float]:
    """The tracks on each of `frames`, the median time of one in milliseconds, and looks for each."""
    detector, tracker, keeper = Given(sequence), Timed(config), Keeper()
    asked = StageConfig.model_validate({"every": every if every == "auto" else int(every)})
    plans = StagePlan("auto", asked, (detector,)), StagePlan("track", config, (tracker,))
    with Runner(Blank(sequence, frames), plans, [keeper]) as run:
        run.wait()
    ms = 1000 * float(np.median(tracker.spent)) if tracker.spent else 0.0
    return keeper.tracks, ms, detector.looks / max(1, len(frames))


def score(sequence: Sequence, frames: list[int], tracks: list[Tracks], ms: float) -> Score:
    """Compare tracks with the truth, frame by frame."""
    import motmetrics
    from trackeval.metrics import HOTA

    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    people = np.unique(sequence.truth[:, 1])
    ids = np.unique(np.concatenate([found.id for found in tracks]))
    seen: dict[str, list[np.ndarray]] = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for frame, found in zip(frames, tracks, strict=True):
        real = sequence.truth[sequence.truth[:, 0] == frame]
        alike = iou(xyxy(real), found.boxes.xyxy).astype(np.float64)
        accumulator.update(real[:, 1], found.id, np.where(alike >= 0.5, 1 - alike, np.nan))
        seen["gt_ids"].append(np.searchsorted(people, real[:, 1]))
        seen["tracker_ids"].append(np.searchsorted(ids, found.id))
        seen["similarity_scores"].append(alike)
    counts = {
        "num_gt_ids": len(people),
        "num_tracker_ids": len(ids),
        "num_gt_dets": sum(map(len, seen["gt_ids"])),
        "num_tracker_dets": sum(map(len, seen["tracker_ids"])),
    }
    hota = float(np.mean(HOTA().eval_sequence({**seen, **counts})["HOTA"]))
    names = ["mota", "idf1", "num_switches"]
    clear = motmetrics.metrics.create().compute(accumulator, metrics=names, name="all").loc["all"]
    return Score(100 * clear.mota, 100 * clear.idf1, 100 * hota, int(clear.num_switches), ms)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="a setting of the tracker")
@click.option("--thin", default=0.0, type=click.FloatRange(0, 0.95), help="part of the frames to drop, at random")
@click.option("--seed", default=0, help="of the frames dropped")
@click.option("--every", default="1", metavar="N|auto", help="ask the detector on each nth frame only")
def main(folder: Path, settings: tuple[str, ...], thin: float, seed: int, every: str) -> None:
    """Follow every sequence in FOLDER and print the scores."""
    config = TrackConfig.model_validate_strings(dict(setting.split("=", 1) for setting in settings))
    warnings.simplefilter("ignore")  # the metrics' own, of divisions by zero in frames without anybody
    click.echo(f"{'sequence':20} {'MOTA':>6} {'IDF1':>6} {'HOTA':>6} {'switches':>8} {'ms':>6} {'looks':>6}")
    chance = np.random.default_rng(seed)
    for part in sorted(path.parent for path in folder.glob("*/seqinfo.ini")):
        sequence = read(part)
        frames = [frame for frame in range(1, sequence.frames + 1) if chance.random() >= thin]
        tracks, ms, looks = follow(sequence, config, frames, every)
        got = score(sequence, frames, tracks, ms)
        figures = f"{got.mota:6.1f} {got.idf1:6.1f} {got.hota:6.1f} {got.switches:8} {got.ms:6.3f} {looks:6.2f}"
        click.echo(f"{sequence.name:20} {figures}")


if __name__ == "__main__":
    main()
