"""Boxes of faces that people drew: dlib's imglab files, COCO files, or tables."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError


@dataclass(frozen=True, eq=False)
class TrueBoxes:
    """The faces of one picture."""

    picture: Path
    xyxy: np.ndarray
    """`(N, 4) float32`, pixels."""
    ignored: np.ndarray
    """`(I, 4) float32`: faces that need not be found."""


def read_boxes(folder: Path) -> list[TrueBoxes]:
    """Every picture of a folder whose faces are known.

    Reads each `*.xml` (imglab), `*.json` (COCO) and `*.csv` (image, left, top, right, bottom) in it.

    Raises:
        ConfigError: there is no such file, or one has a mistake; the message has the file.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; give one with pictures and their boxes (.xml, .json or .csv)")
    found: dict[Path, tuple[list[list[float]], list[list[float]]]] = {}
    readers = {".xml": _imglab, ".json": _coco, ".csv": _table}
    files = sorted(path for path in folder.iterdir() if path.suffix in readers and "landmarks" not in path.name)
    for file in files:
        try:
            for name, box, ignore in readers[file.suffix](file):
                boxes = found.setdefault(folder / name, ([], []))
                if box is not None and box not in boxes[int(ignore)]:
                    boxes[int(ignore)].append(box)
        except (OSError, ElementTree.ParseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{file} is no list of boxes ({type(error).__name__}: {error}); mend it") from error
    told = [
        TrueBoxes(path, np.array(real, np.float32).reshape(-1, 4), np.array(ignored, np.float32).reshape(-1, 4))
        for path, (real, ignored) in found.items()
        if path.is_file()
    ]
    if not told:
        why = f"none of the {len(found)} pictures they name is there" if found else "no boxes in it"
        raise ConfigError(f"{folder}: {why}; put boxes beside the pictures: boxes.csv with image,left,top,right,bottom")
    return told


Row = tuple[str, list[float] | None, bool]


def _imglab(file: Path) -> list[Row]:
    rows: list[Row] = []
    for image in ElementTree.parse(file).getroot().iter("image"):
        name = image.attrib["file"]
        rows.append((name, None, False))
        for box in image.iter("box"):
            left, top, width, height = (float(box.attrib[key]) for key in ("left", "top", "width", "height"))
            rows.append((name, [left, top, left + width, top + height], box.attrib.get("ignore") == "1"))
    return rows


def _coco(file: Path) -> list[Row]:
    told = json.loads(file.read_text(encoding="utf-8"))
    names = {image["id"]: str(image["file_name"]) for image in told["images"]}
    rows: list[Row] = [(name, None, False) for name in names.values()]
    for one in told["annotations"]:
        left, top, width, height = map(float, one["bbox"])
        rows.append((names[one["image_id"]], [left, top, left + width, top + height], bool(one.get("iscrowd"))))
    return rows


def _table(file: Path) -> list[Row]:
    rows: list[Row] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.reader(lines)):
            if not row or (number == 0 and not row[1:2][0].replace(".", "").strip().isdecimal()):
                continue
            rows.append((row[0].strip(), [float(cell) for cell in row[1:5]], False))
    return rows
