"""A gallery as a JSON file and back: for a copy that programs can read, or to join two galleries."""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import numpy as np

from gallery.store import POINTS, FacePicture, Gallery, Thumbnail
from pipeline.errors import ConfigError
from pipeline.sinks.staged import StagedText

FORMAT = "sluice-gallery-1"


def export(gallery: Gallery, path: Path) -> int:
    """Write everybody with embeddings and thumbnails, in clear, and say how many people.

    Raises:
        ConfigError: it cannot be written there.
    """
    people = []
    for person in gallery.people():
        pictures = []
        for picture, vectors in gallery.embedded(person.name):
            kept = picture.thumbnail
            pictures.append(
                {
                    "source": picture.source,
                    "sha256": picture.sha256,
                    "quality": picture.quality,
                    "is_not": picture.is_not,
                    "vectors": {print_: [round(float(x), 7) for x in row] for print_, row in vectors.items()},
                    "thumbnail": kept and base64.b64encode(kept.jpeg).decode(),
                    "keypoints": kept and kept.keypoints.tolist(),
                }
            )
        people.append({"name": person.name, "stranger": person.stranger, "pictures": pictures})
    told = {"format": FORMAT, "people": people, "twins": [list(pair) for pair in gallery.twins()]}
    file = StagedText(path)
    try:
        file.write(json.dumps(told, ensure_ascii=False, indent=1).encode())
        file.finish()
    finally:
        file.close()
    path.chmod(0o600)
    return len(people)


def import_file(gallery: Gallery, told: dict[str, Any], path: Path) -> tuple[int, int]:
    """Add everybody of an exported file: how many people, and how many new pictures.

    Raises:
        ConfigError: it is no such file; then nothing was added of the person it says so of, nor of those after.
    """
    new = 0
    for person in told["people"]:
        try:
            for is_not in (False, True):
                groups: dict[str, list[FacePicture]] = {}
                for picture in person["pictures"]:
                    if bool(picture["is_not"]) is is_not:
                        for fingerprint, vector in picture["vectors"].items():
                            groups.setdefault(fingerprint, []).append(_picture(picture, vector))
                for fingerprint, pictures in groups.items():
                    stranger = bool(person.get("stranger"))
                    new += gallery.enrol(
                        person["name"], pictures, fingerprint, is_not=is_not, stranger=stranger, why="imported"
                    )
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise ConfigError(f"{path} is damaged: {type(error).__name__} in a person's pictures; export again") from (
                error
            )
    for a, b in told.get("twins", []):
        gallery.set_twins(a, b, True)
    return len(told["people"]), new


def read_exported(path: Path) -> dict[str, Any]:
    """What `export` wrote.

    Raises:
        ConfigError: it is no such file.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; check the path") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(
            f"{path} is no exported gallery; give a folder of people, or what `faces export` wrote"
        ) from (error)
    if not isinstance(told, dict) or told.get("format") != FORMAT or not isinstance(told.get("people"), list):
        raise ConfigError(f"{path} is no exported gallery; give a folder of people, or what `faces export` wrote")
    return told


def _picture(row: dict[str, Any], vector: list[float]) -> FacePicture:
    kept = None
    if row.get("thumbnail"):
        points = np.array(row["keypoints"], np.float32).reshape(POINTS)
        kept = Thumbnail(base64.b64decode(row["thumbnail"], validate=True), points)
    numbers = np.array(vector, np.float32)
    return FacePicture(str(row["source"]), str(row["sha256"]), float(row["quality"]), numbers, kept)
