"""How well and how fast the tracker follows, on sequences in MOTChallenge layout with their public detections.

    python -m benchmarks.tracking FOLDER [--set smooth=false] [--thin 0.3]

FOLDER holds sequences, each with `seqinfo.ini`, `det/det.txt` and `gt/gt.txt`. Prints MOTA, IDF1 and id switches as
py-motmetrics counts them, HOTA by TrackEval, and milliseconds of the tracker a frame. Ground truth marked 0 is left
out, as py-motmetrics' own MOTChallenge evaluation does. Needs `motmetrics` and `trackeval`.
"""

import configparser
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from pipeline.types import Detections, Frame, Packet, Tracks
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


def follow(sequence: Sequence, config: TrackConfig, frames: list[int]) -> tuple[list[Tracks], float]:
    """The tracks on each of `frames`, and the median time of one, in milliseconds."""
    tracker, tracks, spent = ByteTracker(config), [], []
    for frame in frames:
        rows = sequence.detections[sequence.detections[:, 0] == frame]
        zeros = np.zeros(len(rows), np.int32)
        found = Detections(xyxy(rows), rows[:, 6].astype(np.float32), zeros, NAMES)
        packet = Packet(Frame(PIXEL, frame - 1, (frame - 1) / sequence.fps, 0.0, sequence.name), {"auto": found})
        started = time.perf_counter()
        tracks.append(tracker.process(packet))
        spent.append(time.perf_counter() - started)
    return tracks, 1000 * float(np.median(spent)) if spent else 0.0


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
def main(folder: Path, settings: tuple[str, ...], thin: float, seed: int) -> None:
    """Follow every sequence in FOLDER and print the scores."""
    config = TrackConfig.model_validate_strings(dict(setting.split("=", 1) for setting in settings))
    warnings.simplefilter("ignore")  # the metrics' own, of divisions by zero in frames without anybody
    click.echo(f"{'sequence':20} {'MOTA':>6} {'IDF1':>6} {'HOTA':>6} {'switches':>8} {'ms':>6}")
    chance = np.random.default_rng(seed)
    for part in sorted(path.parent for path in folder.glob("*/seqinfo.ini")):
        sequence = read(part)
        frames = [frame for frame in range(1, sequence.frames + 1) if chance.random() >= thin]
        got = score(sequence, frames, *follow(sequence, config, frames))
        click.echo(f"{sequence.name:20} {got.mota:6.1f} {got.idf1:6.1f} {got.hota:6.1f} {got.switches:8} {got.ms:6.3f}")


if __name__ == "__main__":
    main()
