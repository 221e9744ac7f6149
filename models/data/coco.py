"""Boxes of a COCO file as pictures of their own, a class a category."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models.data.files import Crop, Files, Found, on_disk
from models.data.gathered import UNDECIDED, Gathered
from models.data.listing import number
from pipeline.errors import SourceError

LEAST_PX = 4
"""Shorter side of a box below which nothing can be seen in it."""


def gather_coco(path: Path) -> Gathered:
    """The boxes of `annotations`, less those of crowds and those of less than 4 pixels.

    Boxes of one picture stay in one split: they overlap, and share light and place. Pictures are
    looked for beside the file, in `images`, and where COCO's own layout has them.

    Raises:
        SourceError: it is no such file, or its pictures are not to be found.
    """
    images, categories, annotations = _parts(path)
    folder = _folder(path, [str(image["file_name"]) for image in images.values()])
    kinds, crops, files = [], list[Crop](), list[Found]()
    skipped: list[tuple[str, str]] = []
    stats: dict[Any, Found | None] = {}
    for one in sorted(annotations, key=lambda one: str(one["image_id"])):
        image = images.get(one["image_id"])
        name = f"{image['file_name'] if image else 'no picture'} box {one.get('id')}"
        if one.get("iscrowd"):
            continue
        left, top, width, height = one["bbox"]
        if image is None or one["category_id"] not in categories:
            skipped.append((name, "its image_id or category_id is not in the file"))
        elif min(width, height) < LEAST_PX:
            skipped.append((name, f"its box is {width:g} x {height:g} pixels"))
        else:
            key = one["image_id"]
            if key not in stats:
                stats[key] = _found(folder, str(image["file_name"]))
            if (file := stats[key]) is None:
                skipped.append((name, "its picture is absent"))
                continue
            files.append(file)
            crops.append((float(left), float(top), float(width), float(height)))
            kinds.append((categories[one["category_id"]], name))
    if not files:
        raise SourceError(f"{path}: no box of it can be used, of {len(annotations)}; is it an instances file?")
    labels, classes = number(kinds, path.parent, str(path))
    names = tuple(place for _, place in kinds)
    parts = np.full(len(files), UNDECIDED, np.int8)
    _, groups = np.unique([file.name for file in files], return_inverse=True)
    pictures = Files(files, crops)
    return Gathered(path.stem, labels, pictures, classes, parts, names, skipped=tuple(skipped), groups=groups)


def _parts(path: Path) -> tuple[dict[Any, dict[str, Any]], dict[Any, str], list[dict[str, Any]]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        images = {image["id"]: image for image in found["images"] if image["file_name"]}
        categories = {one["id"]: str(one["name"]) for one in found["categories"]}
        annotations = [one for one in found["annotations"] if len(one["bbox"]) == 4 and one["image_id"] is not None]
        if not all(isinstance(side, int | float) for one in annotations for side in one["bbox"]):
            raise ValueError("a bbox is left, top, width, height in numbers")
        return images, categories, [one for one in annotations if "category_id" in one]
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise SourceError(
            f"cannot read {path}: {' '.join(str(why).split())[:120]}; expected images, annotations, categories"
        ) from error


def _folder(path: Path, names: list[str]) -> Path:
    """Where the pictures are."""
    path, stem = path.resolve(), path.stem.rpartition("_")[2]  # instances_val2017
    places = [
        path.parent,
        path.parent / "images",
        path.parent / stem,
        path.parents[1] / stem,
        path.parents[1] / "images",
    ]
    for place in places:
        if any((place / name).is_file() for name in names[:20]):
            return place
    raise SourceError(f"{path}: no picture such as {names[0] if names else '?'} beside it, in images or in {stem}")


def _found(place: Path, name: str) -> Found | None:
    try:
        return on_disk(place / name, name)
    except (OSError, ValueError):
        return None
