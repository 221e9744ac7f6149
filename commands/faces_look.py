"""Looking at a still picture with all the time it takes: every face in it, and its numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from gallery.store import FacePicture, Thumbnail
from models.face_embedder import FaceEmbedder
from models.face_finder import FaceFinder, Square, tiles
from pipeline.types import frozen_array
from stages.identify import CAUTION
from vision.blazeface import FoundFaces
from vision.boxes import iou

MIN_SCORE, CLOSE_SCORE = 0.5, 0.7
"""Of a face at first, and of the same face looked at close up: walls and hands that look like faces from afar do not
stand the second look. Of 43 faces in group pictures the true ones score 0.72 and more there, the false below 0.67."""
TILED_PX = 400
"""Pictures with a longer side are also looked at in parts."""
THUMBNAIL_PX, AROUND = 224, 0.6
"""Longer side of a thumbnail at most, and how much is kept on each side of the face, in its sides."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenFaces:
    """The faces of one picture, largest first."""

    xyxy: np.ndarray
    """`(N, 4) float32`, pixels of the picture."""
    score: np.ndarray
    """`(N,) float32` of the detector."""
    points: np.ndarray
    """`(N, 6, 2) float32`."""
    vector: np.ndarray
    """`(N, D) float32`."""
    quality: np.ndarray
    """`(N,) float32` in [0, 1]."""
    flaw: tuple[str, ...]
    """What is worst about each, in words."""

    def __post_init__(self) -> None:
        frozen_array("vector", self.vector, (len(self.xyxy), None), np.float32)

    def __len__(self) -> int:
        return len(self.score)


class Looker:
    """Finds and embeds the faces of still pictures.

    Raises:
        ModelError: a model is missing.
    """

    def __init__(self, embedder: str = "face-dlib-resnet", finder: str = "face-blazeface-short", threads: int = 1):
        self._finder = FaceFinder(finder, threads=threads)
        self._embedder = FaceEmbedder(embedder, threads=threads)
        self.fingerprint = self._embedder.fingerprint
        self.same_below = self._embedder.same_below
        """Distance below which two faces are of one person, as the network's makers say."""
        self.max_distance = CAUTION * self.same_below
        """Largest distance of a face that is given a name, unless told otherwise."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._finder.close()
        self._embedder.close()

    def look(self, image: np.ndarray, min_score: float = MIN_SCORE) -> SeenFaces:
        """Every face of a picture.

        Args:
            image: `(H, W, 3) uint8` BGR.
            min_score: of the detector, in (0, 1).
        """
        height, width = image.shape[:2]
        found = find_faces(self._finder, image, min_score)
        areas = np.prod(found.xyxy[:, 2:] - found.xyxy[:, :2], axis=1)
        found = found.rows(np.argsort(-areas, kind="stable"))
        points = [self._finder.refined(image, box, known) for box, known in zip(found.xyxy, found.points, strict=True)]
        fine = np.array(points, np.float32).reshape(-1, 6, 2)
        vectors, views = self._embedder(image, fine, found.score)
        flaws = tuple(views.wrong(row) for row in range(len(found.score)))
        limits = np.array([width, height, width, height], np.float32)
        return SeenFaces(np.clip(found.xyxy, 0, limits), found.score, fine, vectors, views.quality, flaws)

    def embed(self, image: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The numbers of one face whose points are known: `(D,) float32` of `(6, 2) float32`."""
        vectors, _ = self._embedder(image, points[None], np.ones(1, np.float32))
        return np.asarray(vectors[0])


def find_faces(finder: FaceFinder, image: np.ndarray, min_score: float = MIN_SCORE) -> FoundFaces:
    """Every face of a still picture, best first: searched in parts, and each looked at twice.

    Args:
        finder: looks.
        image: `(H, W, 3) uint8` BGR.
        min_score: of the first look, in (0, 1); where it is below the usual, the second is as lenient.
    """
    height, width = image.shape[:2]
    found = finder(image, min_score=min_score, squares=squares_of((width, height)))
    close = CLOSE_SCORE * min(1.0, min_score / MIN_SCORE)
    keep: list[int] = []
    for row, (box, points) in enumerate(zip(found.xyxy, found.points, strict=True)):
        centre, side = (box[:2] + box[2:]) / 2, float(max(box[2:] - box[:2]))
        noses = np.hypot(*(found.points[keep, 2] - points[2]).T)
        if keep and noses.min() < 0.25 * side:
            continue  # a smaller or larger box of a face that is there already
        square = (float(centre[0]) - side, float(centre[1]) - side, 2 * side)
        again = finder(image, min_score=0.1, squares=[square], whole=False)
        same = iou(again.xyxy, box[None])[:, 0] > 0.3  # (K,)
        if again.score[same].max(initial=0.0) >= close:
            keep.append(row)
    return found.rows(np.array(keep, np.intp))


def squares_of(size: tuple[int, int]) -> list[Square]:
    """Where to look besides the whole picture: with a rim around it, for a face that fills it, and in parts of it."""
    width, height = size
    around = 1.5 * max(size)
    squares: list[Square] = [((width - around) / 2, (height - around) / 2, around)]
    if max(size) > TILED_PX:
        squares += [square for across in (2, 3) for square in tiles(size, across)]
    return squares


def picture_of(
    image: np.ndarray, seen: SeenFaces, row: int, source: Path | str, *, thumbnail: bool = False
) -> FacePicture:
    """One face of a picture as a gallery keeps it.

    Args:
        image: `(H, W, 3) uint8` BGR.
        seen: its faces.
        row: which.
        source: file that it comes from; only its name is kept.
        thumbnail: keep a small picture of the face.
    """
    kept = thumbnail_of(image, seen.xyxy[row], seen.points[row]) if thumbnail else None
    left, top, right, bottom = (int(edge) for edge in seen.xyxy[row])
    pixels = np.ascontiguousarray(image[top : bottom + 1, left : right + 1])
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return FacePicture(Path(source).name, digest, float(seen.quality[row]), seen.vector[row].copy(), kept)


def thumbnail_of(image: np.ndarray, xyxy: np.ndarray, points: np.ndarray) -> Thumbnail:
    """A small picture of one face, with room around it, and its points there."""
    height, width = image.shape[:2]
    margin = AROUND * float(max(xyxy[2:] - xyxy[:2]))
    left, top = (max(0, int(edge - margin)) for edge in xyxy[:2])
    right, bottom = min(width, int(xyxy[2] + margin) + 1), min(height, int(xyxy[3] + margin) + 1)
    crop = image[top:bottom, left:right]
    scale = min(1.0, THUMBNAIL_PX / max(crop.shape[:2]))
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else crop
    real = np.array([small.shape[1] / crop.shape[1], small.shape[0] / crop.shape[0]], np.float32)
    jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    return Thumbnail(jpeg, ((points - np.array([left, top], np.float32)) * real).astype(np.float32))
