"""What reading costs: ten crops a frame, by each reader and by `pytesseract` called for each crop, in turns.

python -m benchmarks.ocr [--data FOLDER] [--frames 12] [--json FILE]

Without --data the crops are drawn: words and numbers, slanted, blurred, noisy. With it they are lines of real pictures
(`img/NAME.jpg` with `box/NAME.csv`: eight numbers and the text on each line). Error rates are of letters, without
regard to case, since those truths are written in capitals.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from PIL import ImageFont

from commands.text_truth import find_truths
from pipeline.errors import PipelineError
from readers.choice import Choice, Kind, open_reader
from readers.reader import Reader
from vision.line_picture import plain_line
from vision.rectify import rectify

CROPS = 10
SIZE = (1280, 720)
WORDS = "EXIT Platform Gate Departures 12:30 Hauptstrasse Sale -20% Open Closed No entry B-TX 4071 Kitchen Total 38.50"


@dataclass(frozen=True)
class Page:
    """A frame with ten lines."""

    image: np.ndarray
    """`(H, W, 3) uint8` BGR."""
    quads: np.ndarray
    """`(10, 4, 2) float32`."""
    texts: tuple[str, ...]


Read = Callable[[Page], Sequence[str]]


def drawn_pages(count: int) -> list[Page]:
    """Ten slanted lines of two or three words each, in soft and noisy pictures."""
    random = np.random.default_rng(7)
    font = ImageFont.load_default(34)
    assert isinstance(font, ImageFont.FreeTypeFont)
    pages = []
    for _ in range(count):
        image = np.full((SIZE[1], SIZE[0], 3), 205, np.uint8)
        quads, texts = [], []
        for row in range(CROPS):
            text = " ".join(random.choice(WORDS.split(), random.integers(1, 4)).tolist())
            mask, _ = font.getmask2(text, mode="L", anchor="ls")
            grey = 205 - np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[::-1]).astype(np.float32) * 0.7
            tile = cv2.copyMakeBorder(grey, 8, 8, 10, 10, cv2.BORDER_CONSTANT, value=(205.0,))
            height, width = tile.shape
            corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
            lean = random.uniform(-0.05, 0.05) * width
            quad = corners + (60 + 20 * (row % 3), 15 + 70 * row) + np.array([[0, 0], [0, lean]])[[0, 1, 1, 0]]
            warp = cv2.getPerspectiveTransform(corners, quad.astype(np.float32))
            seen = cv2.warpPerspective(tile, warp, SIZE, borderMode=cv2.BORDER_CONSTANT, borderValue=(205.0,))
            image = np.minimum(image, seen[..., None].astype(np.uint8))
            quads.append(quad)
            texts.append(text)
        noisy = cv2.GaussianBlur(image, (0, 0), 0.8) + random.normal(0, 6, image.shape)
        pages.append(Page(np.clip(noisy, 0, 255).astype(np.uint8), np.array(quads, np.float32), tuple(texts)))
    return pages


def real_pages(folder: Path, count: int) -> list[Page]:
    """Ten lines of each picture, spread over it."""
    pages: list[Page] = []
    for truth in find_truths(folder):
        lines = [line for line in truth.lines if line.text and not line.ignore]
        image = cv2.imread(str(truth.image))
        if truth.layout == "boxes" and len(lines) >= CROPS and image is not None and len(pages) < count:
            kept = [lines[at] for at in np.linspace(0, len(lines) - 1, CROPS).astype(int).tolist()]
            quads = np.array([line.quad for line in kept], np.float32)
            pages.append(Page(image, quads, tuple(line.text or "" for line in kept)))
    return pages


def by_reader(reader: Reader) -> Read:
    """The way of the stage: straighten, prepare, read."""

    def read(page: Page) -> list[str]:
        crops = [rectify(page.image, quad, reader.taste.height_px) for quad in page.quads]
        if reader.taste.plain:
            crops = [plain_line(crop) for crop in crops]
        return [line.text for line in reader.read(crops)]

    return read


def by_call(page: Page) -> list[str]:
    """As most programs do: the upright box around each line, and `pytesseract.image_to_string` of it."""
    import pytesseract

    texts = []
    for quad in page.quads:
        left, top = np.maximum(0, np.floor(quad.min(axis=0)).astype(int))
        right, bottom = np.ceil(quad.max(axis=0)).astype(int)
        crop = cv2.cvtColor(page.image[top:bottom, left:right], cv2.COLOR_BGR2RGB)
        texts.append(pytesseract.image_to_string(crop, config="--psm 7").strip())
    return texts


def errors(read: str, truth: str) -> int:
    """Edit distance of two strings, without regard to case."""
    a, b = read.casefold(), truth.casefold()
    before = list(range(len(b) + 1))
    for row, letter in enumerate(a, 1):
        now = [row]
        for column, other in enumerate(b, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != other)))
        before = now
    return before[-1]


def ways() -> tuple[dict[str, Read], list[Reader]]:
    """Each way that is installed, and the readers that have to be closed."""
    found: dict[str, Read] = {}
    opened: list[Reader] = []
    kinds: tuple[Kind, ...] = ("tesserocr", "ppocr", "pytesseract")
    for kind in kinds:
        try:
            opened.append(open_reader(Choice(kind)))
        except PipelineError as error:
            click.echo(f"{kind}: left out: {error}")
            continue
        found[kind] = by_reader(opened[-1])
    if shutil.which("tesseract") and "pytesseract" in found:
        found["pytesseract for each crop"] = by_call
    return found, opened


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder with img/ and box/; drawn lines by default.")
@click.option("--frames", default=12, show_default=True, help="Frames of ten crops each.")
@click.option("--json", "into", type=click.Path(path_type=Path), help="Write the figures there as well.")
def main(data: Path | None, frames: int, into: Path | None) -> None:
    """Time every way on the same frames, one after the other on each frame, so that a busy machine is busy for all."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # for the program as for the library
    pages = drawn_pages(frames) if data is None else real_pages(data, frames)
    if not pages:
        raise click.ClickException(f"--data {data}: no picture with {CROPS} lines")
    found, opened = ways()
    spent = dict.fromkeys(found, 0.0)
    wrong = dict.fromkeys(found, 0)
    for name, read in found.items():
        read(pages[0])  # a first call is slower
        click.echo(f"{name} is ready")
    for page in pages:
        for name, read in found.items():
            begin = time.perf_counter()
            texts = read(page)
            spent[name] += time.perf_counter() - begin
            wrong[name] += sum(errors(text, truth) for text, truth in zip(texts, page.texts, strict=True))
    for reader in opened:
        reader.close()
    letters = sum(len(text) for page in pages for text in page.texts)
    base = spent.get("pytesseract for each crop", 0.0)
    rows = [
        {
            "way": name,
            "frame_ms": round(spent[name] / len(pages) * 1000, 1),
            "crop_ms": round(spent[name] / len(pages) / CROPS * 1000, 1),
            "times_faster": round(base / spent[name], 1) if base else None,
            "character_error_rate": round(wrong[name] / letters, 4),
        }
        for name in found
    ]
    click.echo(f"{'way':28}{'ms/frame':>10}{'ms/crop':>10}{'faster':>9}{'CER':>9}")
    for row in rows:
        faster = "" if row["times_faster"] is None else f"{row['times_faster']}x"
        click.echo(
            f"{row['way']:28}{row['frame_ms']:>10}{row['crop_ms']:>10}{faster:>9}{row['character_error_rate']:>9}"
        )
    if into is not None:
        into.write_text(json.dumps({"frames": len(pages), "crops": CROPS, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
