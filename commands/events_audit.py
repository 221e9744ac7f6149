"""Lays events out on one sheet to check by eye, and says how far their number can be trusted."""

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

from commands.progress import frame_progress
from pipeline.errors import ConfigError, SinkError
from pipeline.results.events import KINDS
from pipeline.sources import open_source
from pipeline.whole import write_whole
from stages.event_evidence import crop_of, place_of
from vision.drawing import draw_label, draw_trail, paste
from vision.lettering import Lettering
from vision.palette import OKABE_ITO, WHITE

TILE = (192, 192)
"""Width and height of a picture on the sheet."""
LINE_PX = 20
"""Height of a line of text below it; there are two."""
COLUMNS = 10
GROUND = (48, 44, 40)
Z = 1.96
"""Standard deviations either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Told:
    """An event as a record of a run holds it."""

    row: dict[str, Any]
    size: tuple[int, int]
    """Width and height of the frame."""


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The interval that holds a share with 95 % confidence (Wilson 1927; Brown, Cai and DasGupta 2001, section 3).

    Unlike hits ± 1.96 deviations it stays within 0..1, and does not shrink to a point where all were hits.

    >>> [round(end, 3) for end in wilson(98, 100)]
    [0.93, 0.994]
    >>> [round(end, 3) for end in wilson(10, 10)]
    [0.722, 1.0]
    """
    if trials == 0:
        return 0.0, 1.0
    share, extra = hits / trials, Z**2 / trials
    middle = (share + extra / 2) / (1 + extra)
    half = Z * math.sqrt(share * (1 - share) / trials + extra / (4 * trials)) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


def estimate(wrong: int, looked_at: int, told: int) -> str:
    """What marks on a sheet say of all that was told, in two lines."""
    right = looked_at - wrong
    if looked_at == told:
        return f"{right} of {told} are right: all were looked at, so this is no estimate"
    low, high = wilson(right, looked_at)
    least, most = max(right, math.floor(low * told)), min(told - wrong, math.ceil(high * told))
    return (
        f"{right} of {looked_at} are right: {right / looked_at:.1%}, with 95 % confidence {low:.1%} to {high:.1%}\n"
        f"of all {told} told, {least} to {most} are right"
    )


def read_events(path: Path, kinds: Sequence[str] = (), zone: str | None = None) -> list[Told]:
    """The events of a run's JSON Lines that count: those that happened, and the starts of those that last.

    Raises:
        ConfigError: it cannot be read, or is no such file.
    """
    told: list[Told] = []
    number = 0
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                number += 1
                record = json.loads(line)
                size = (int(record["width"]), int(record["height"]))
                told += [Told(row, size) for row in record.get("events", ()) if _counts(row, kinds, zone)]
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; name the .jsonl file of a run") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}:{number}: not a record of a run; name the .jsonl file that annotate wrote"
        ) from error
    return told


def _counts(row: dict[str, Any], kinds: Sequence[str], zone: str | None) -> bool:
    return (
        row["phase"] in ("start", "once")
        and (not kinds or row["kind"] in kinds)
        and (zone is None or row["zone"] == zone)
    )


def sample_of(told: list[Told], most: int, seed: int) -> list[Told]:
    """At most so many of them, drawn without favour, in their order; the same ones for the same seed."""
    if len(told) <= most:
        return told
    return [told[place] for place in sorted(random.Random(seed).sample(range(len(told)), most))]


def make_sheet(events: Sequence[Told], crops: Sequence[np.ndarray | None]) -> np.ndarray:
    """A tile for each event: number, picture with the way of the track, and what was told of it.

    Args:
        events: in the order in which they are numbered, from 1.
        crops: `(h, w, 3) uint8` BGR of each; None where there is none.

    Returns:
        `(H, W, 3) uint8` BGR.
    """
    columns = min(COLUMNS, len(events))
    width, height = TILE[0] + 4, TILE[1] + 2 * LINE_PX + 4
    sheet = np.full((math.ceil(len(events) / columns) * height, columns * width, 3), GROUND, np.uint8)
    letters = Lettering(LINE_PX - 2)
    for place, (event, crop) in enumerate(zip(events, crops, strict=True)):
        left, top = place % columns * width + 2, place // columns * height + 2
        if crop is None:
            _write(sheet, letters, "no picture", left, top + TILE[1] // 2)
        else:
            _put(sheet, crop, event, left, top)
        for line, text in enumerate(_said(event.row)):
            _write(sheet, letters, text, left, top + TILE[1] + line * LINE_PX)
        tile = letters.tile(str(place + 1), WHITE, (0, 0, 0))
        draw_label(sheet, [tile], (0, 0, 0), (left, top, left + tile.shape[1] + 6, top + tile.shape[0]), 3)
    return sheet


def _put(sheet: np.ndarray, crop: np.ndarray, event: Told, left: int, top: int) -> None:
    shown = crop.copy()
    box, cut_from_source = event.row["xyxy"], "source_xyxy" in event.row and event.row["evidence"] is None
    if box is not None and event.row["tail"] and not cut_from_source:  # its way is in pixels of another picture
        x0, y0, x1, _ = place_of((box[0], box[1], box[2], box[3]), event.size)
        scale = shown.shape[1] / max(1, x1 - x0)
        points = (np.array(event.row["tail"], np.float32)[:, 1:] - (x0, y0)) * scale
        draw_trail(shown, points, OKABE_ITO[3], 2)
    scale = min(TILE[0] / shown.shape[1], TILE[1] / shown.shape[0])
    size = max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale))
    tile = cv2.resize(shown, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    paste(sheet, tile, left + (TILE[0] - size[0]) // 2, top + (TILE[1] - size[1]) // 2)


def _said(row: dict[str, Any]) -> tuple[str, str]:
    value = row["value"]
    word = next((str(value[key]) for key in ("direction", "name", "text", "label") if key in value), "")
    first = " ".join(part for part in (row["kind"], row["zone"] or "", word) if part)
    score = "" if row["score"] is None else f" {row['score']:.2f}"
    track = "" if row["track_id"] is None else f" #{row['track_id']}"
    return first, f"{row['media_s']:.1f} s{track} {row['class_name'] or ''}{score}"


def _write(sheet: np.ndarray, letters: Lettering, text: str, left: int, top: int) -> None:
    tile = letters.tile(text, WHITE, GROUND)
    paste(sheet, tile[:, : TILE[0]], left, top)


def _crops(events: Sequence[Told], beside: Path, video: Path | None) -> list[np.ndarray | None]:
    """The picture of each event: its evidence, or cut out of the video."""
    crops = [_evidence(event.row["evidence"], beside) for event in events]
    wanted = [place for place, crop in enumerate(crops) if crop is None and events[place].row["xyxy"] is not None]
    if video is not None and wanted:
        for place, crop in _cut_out(video, {place: events[place] for place in wanted}):
            crops[place] = crop
    return crops


def _evidence(name: str | None, beside: Path) -> np.ndarray | None:
    for path in () if name is None else (Path(name), beside / name):
        if path.is_file():
            return cv2.imread(str(path))
    return None


def _cut_out(video: Path, events: dict[int, Told]) -> Iterator[tuple[int, np.ndarray | None]]:
    left = {event.row["frame"] for event in events.values()}
    source = open_source(video)
    try:
        with frame_progress("looking for the frames", max(left) + 1) as show:
            for frame in source:
                show(frame.index)
                for place, event in events.items():
                    if event.row["frame"] == frame.index:
                        yield place, crop_of(frame.image, tuple(event.row.get("source_xyxy", event.row["xyxy"])))
                if frame.index >= max(left):
                    return
    finally:
        source.close()


def _write_picture(path: Path, sheet: np.ndarray) -> None:
    try:
        written = cv2.imencode(path.suffix, sheet)[1].tobytes()
    except cv2.error as error:
        raise ConfigError(f"{path}: '{path.suffix}' is no picture format; name a .png or .jpg file") from error
    try:
        write_whole(path, written)
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror}; name another file with -o") from error


def _numbers(text: str, most: int) -> list[int]:
    """The numbers of tiles that are wrong; 'none' for none."""
    if text.strip().lower() == "none":
        return []
    try:
        numbers = sorted({int(part) for part in text.replace(",", " ").split()})
    except ValueError:
        raise ConfigError(f"--wrong {text}: expected numbers of tiles as 3,17,42, or none") from None
    outside = [number for number in numbers if not 1 <= number <= most]
    if outside:
        raise ConfigError(f"--wrong: there is no tile {outside[0]}; the sheet has 1 to {most}")
    return numbers


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The sheet. [default: NAME.audit.png beside DATA]"
)
@click.option("--type", "kinds", multiple=True, type=click.Choice(KINDS), help="Kind of event; several are taken.")
@click.option("--zone", help="Name of an area or line.")
@click.option("--video", type=click.Path(path_type=Path), help="Cut pictures out of it where no evidence was written.")
@click.option("--most", type=click.IntRange(1, 400), default=100, show_default=True, help="Events on the sheet.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws others where there are more.")
@click.option("--wrong", metavar="NUMBERS", help="Tiles that are wrong, as 3,17 or none: says how good all are.")
def audit(
    data: Path,
    output: Path | None,
    kinds: tuple[str, ...],
    zone: str | None,
    video: Path | None,
    most: int,
    seed: int,
    wrong: str | None,
) -> None:
    """Lay the events of a run out on one sheet, to check them by eye; then say which are wrong.

    \b
    python run.py events audit door.annotated.jsonl --type crossed --video door.mp4
    python run.py events audit door.annotated.jsonl --type crossed --wrong 3,17

    With --wrong the same events are drawn, and the share of all that are right is estimated. What was missed
    is on no sheet: for that, count a stretch of the video by eye.
    """
    told = read_events(data, kinds, zone)
    shown = sample_of(told, most, seed)
    if not shown:
        raise ConfigError(f"{data} has no such events; was there a stage `events`, and do --type and --zone fit?")
    if wrong is not None:
        click.echo(estimate(len(_numbers(wrong, len(shown))), len(shown), len(told)))
        return
    path = output or data.with_name(f"{data.stem}.audit.png")
    crops = _crops(shown, data.parent, video)
    _write_picture(path, make_sheet(shown, crops))
    bare = sum(crop is None for crop in crops)
    if bare:
        click.echo(f"{bare} have no picture: set stages.events.evidence to a folder, or name the video with --video")
    command = f"python run.py events audit {data}" + "".join(f" --type {kind}" for kind in kinds)
    command += (f" --zone {zone}" if zone else "") + (f" --most {most}" if most != 100 else "")
    command += f" --seed {seed}" if seed else ""
    click.echo(f"{path}: {len(shown)} of {len(told)} events; then: {command} --wrong NUMBERS (or none)")
