"""Pictures of text with their truth, in the layouts that people have them in."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConfigError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
NOT_LEGIBLE = ("###", "*")
"""What stands for the text of a line that nobody can read (ICDAR)."""


@dataclass(frozen=True)
class TruthLine:
    """One line of text that is in a picture."""

    quad: np.ndarray
    """`(4, 2) float32`, pixels."""
    text: str | None
    """None where only its place is known."""
    ignore: bool = False
    """Not legible: neither finding nor missing it counts."""


@dataclass(frozen=True)
class Truth:
    """What is known of one picture."""

    image: Path
    layout: str
    """Where it comes from: 'boxes', 'places', 'words', 'page'."""
    lines: tuple[TruthLine, ...] = ()
    """Of 'boxes' (with texts) and 'places' (without)."""
    text: str = ""
    """Of 'words', where the picture is one line, and of 'page', where only the whole text is known."""


def find_truths(folder: Path) -> list[Truth]:
    """Every picture under `folder` whose truth lies beside it, in the order of their names.

    | layout | files |
    |---|---|
    | boxes | `img/NAME.jpg` with `box/NAME.csv`, or `NAME.jpg` with `NAME.csv`, `gt_NAME.txt` or `NAME.txt`: on each \
line eight numbers and the text, `x1,y1,x2,y2,x3,y3,x4,y4,text`; `###` for what nobody can read |
    | boxes | `*.txt`, `*.jsonl`: a JSON object a line, `file_name` and `annotations` of `box` (8 numbers) and `text` |
    | places, words | JSON of MMOCR: `metainfo.task_name` textdet, or textrecog |
    | words | `labels.txt`, or any `*label*.txt`: `NAME.jpg TEXT` on each line |
    | page | `NAME.tif` with `NAME.txt` or `NAME.gold.txt`: the text of the whole page |

    Raises:
        ConfigError: there is no such folder, nothing in it is known, or a file of truth is broken: the line says where.
    """
    if not folder.is_dir():
        raise ConfigError(f"--data {folder}: no such folder; name one with pictures and their truth")
    listed: dict[Path, Truth] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".jsonl", ".txt") and path.is_file():
            for truth in _from_list(path):
                listed.setdefault(truth.image, truth)
    pictures = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.resolve() not in listed)
    beside = [found for path in pictures if (found := _beside(path)) is not None]
    truths = sorted([*listed.values(), *beside], key=lambda truth: str(truth.image))
    if not truths:
        raise ConfigError(
            f"--data {folder}: no picture with its truth; put NAME.txt with the text, or NAME.csv with a line"
            " x1,y1,x2,y2,x3,y3,x4,y4,TEXT for each line of text, beside NAME.jpg"
        )
    return truths


def _beside(image: Path) -> Truth | None:
    """The truth in a file with the picture's name."""
    stem, folder = image.stem, image.parent
    for path in (folder.parent / "box" / f"{stem}.csv", folder / f"{stem}.csv", folder / f"gt_{stem}.txt"):
        if path.is_file():
            return Truth(image.resolve(), "boxes", _quad_lines(path))
    for path in (folder / f"{stem}.gold.txt", folder / f"{stem}.gt.txt", folder / f"{stem}.txt"):
        if path.is_file():
            if _is_quad(_read(path).lstrip().partition("\n")[0]):
                return Truth(image.resolve(), "boxes", _quad_lines(path))
            return Truth(image.resolve(), "page", text=_read(path))
    return None


def _from_list(path: Path) -> Iterator[Truth]:
    """The truths that one file has of many pictures; none where it is something else."""
    text = _read(path)
    if path.suffix == ".json":
        yield from _from_mmocr(path, _parsed(path, text))
        return
    if text.lstrip().startswith("{"):
        for number, row in enumerate(text.splitlines(), 1):
            if row.strip():
                yield from _from_receipt(path, number, _parsed(path, row, number))
        return
    if "label" in path.stem.lower():
        for row in text.splitlines():
            name, _, word = row.strip().partition(" ")
            image = _picture(path, name)
            if word and image is not None:
                yield Truth(image, "words", text=word)


def _from_mmocr(path: Path, content: Any) -> Iterator[Truth]:
    if not isinstance(content, dict) or "data_list" not in content:
        return
    task = content.get("metainfo", {}).get("task_name")
    for number, entry in enumerate(content["data_list"]):
        lines: tuple[TruthLine, ...] = ()
        try:
            image = _picture(path, entry["img_path"])
            if task == "textrecog":
                text = str(entry["instances"][0]["text"])
            else:
                text, lines = "", tuple(_mmocr_line(one) for one in entry["instances"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ConfigError(f"{path}: data_list[{number}]: {error!r}; it has to be as MMOCR writes it") from error
        if image is None:
            raise ConfigError(f"{path}: data_list[{number}]: no picture {entry['img_path']} beside it or in imgs/")
        has_text = any(line.text is not None for line in lines)
        yield Truth(image, "words" if task == "textrecog" else "boxes" if has_text else "places", lines, text)


def _mmocr_line(one: dict[str, Any]) -> TruthLine:
    corners = np.array(one["polygon"], np.float32).reshape(-1, 2)
    return TruthLine(_four(corners), one.get("text"), bool(one.get("ignore", False)))


def _from_receipt(path: Path, number: int, row: Any) -> Iterator[Truth]:
    if not isinstance(row, dict) or "annotations" not in row:
        return
    try:
        name = str(row["file_name"])
        lines = tuple(
            TruthLine(np.array(one["box"], np.float32).reshape(4, 2), str(one["text"])) for one in row["annotations"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}:{number}: {error!r}; a row has file_name, and annotations of box and text"
        ) from error
    image = _picture(path, name) or _picture(path, Path(name).name)
    if image is not None:
        yield Truth(image, "boxes", lines)


def _quad_lines(path: Path) -> tuple[TruthLine, ...]:
    lines = []
    for number, row in enumerate(_read(path).splitlines(), 1):
        if not row.strip():
            continue
        if not _is_quad(row):
            raise ConfigError(f"{path}:{number}: expected x1,y1,x2,y2,x3,y3,x4,y4,TEXT, found {row[:60]!r}")
        *corners, text = row.strip().split(",", 8)
        quad = np.array(corners, np.float32).reshape(4, 2)
        text = next(csv.reader([text]))[0] if text.startswith('"') and text.endswith('"') else text
        lines.append(TruthLine(quad, text.strip(), text.strip() in NOT_LEGIBLE))
    return tuple(lines)


def _is_quad(row: str) -> bool:
    parts = row.strip().split(",", 8)
    return len(parts) == 9 and all(part.strip().removeprefix("-").replace(".", "", 1).isdigit() for part in parts[:8])


def _four(corners: np.ndarray) -> np.ndarray:
    """Four corners of a polygon: its own, or those of the smallest rectangle around it."""
    if len(corners) == 4:
        return corners
    import cv2

    box: np.ndarray = cv2.boxPoints(cv2.minAreaRect(corners)).astype(np.float32)
    return box


def _picture(beside: Path, name: str) -> Path | None:
    for path in (beside.parent / name, beside.parent / "imgs" / name):
        if path.is_file():
            return path.resolve()
    return None


def _parsed(path: Path, text: str, row: int | None = None) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{row or error.lineno}: not JSON: {error.msg}; mend or remove the file") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return path.read_text(encoding="latin-1")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
