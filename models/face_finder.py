"""Finds faces in a picture: letterboxed, in the whole and in parts of it, by BlazeFace or YuNet."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from models.backend import Device, Options, Runtime, open_backend
from models.cache import default_cache
from models.resolve import resolve
from models.spec import BlazeFace, InputSpec, ModelSpec, YuNet
from models.yunet import YuNetDetector
from pipeline.errors import ModelError
from vision import blazeface
from vision.blazeface import FoundFaces

Square = tuple[float, float, float]
"""Left, top and side of a part of the picture, pixels; it may reach beyond."""


class Detector(Protocol):
    """A network that looks at one square."""

    side: int
    """Of what it looks at, pixels."""

    def __call__(self, square: np.ndarray, min_score: float) -> FoundFaces:
        """Faces of `(side, side, 3) uint8` BGR, in its pixels, before blending."""
        ...

    def close(self) -> None:
        """Let go of the network."""
        ...


class FaceFinder:
    """Faces of a picture, in its own pixels.

    The whole picture is one square, its longer side as long as the square's; `squares` adds others, for faces that are
    small in the whole. What two squares see of one face is blended as what one square sees twice.
    """

    def __init__(
        self,
        model: str = "face-blazeface-short",
        cache: Path | None = None,
        runtime: Runtime = "auto",
        threads: int = 1,
        device: Device = "auto",
        options: Options | None = None,
    ) -> None:
        """Open the network.

        Args:
            model: Name on the shelf, or path of a spec or of weights with a spec.
            cache: Where pulled models lie; the user's cache folder by default.
            runtime: What runs it.
            threads: Of one inference.
            device: Where it runs.
            options: The runtime's own settings.

        Raises:
            ModelError: the model is missing, damaged, or finds no faces.
        """
        self.spec = resolve(model)
        self._detector = _open(self.spec, cache or default_cache(), runtime, threads, device, options)

    def __call__(
        self,
        image: np.ndarray,
        min_score: float = 0.5,
        max_iou: float = 0.3,
        squares: Sequence[Square] = (),
        whole: bool = True,
    ) -> FoundFaces:
        """The faces of a picture, best first.

        Args:
            image: `(H, W, 3) uint8` BGR.
            min_score: Score that a face needs, in (0, 1).
            max_iou: Overlap from which two are one face.
            squares: Parts that are looked at by themselves.
            whole: Look at the whole picture too.
        """
        height, width = image.shape[:2]
        around = max(width, height)
        looks = [((width - around) / 2, (height - around) / 2, float(around))] if whole else []
        found = [self._in_square(image, square, min_score) for square in (*looks, *squares)]
        if not found:
            return FoundFaces.none()
        joined = FoundFaces(*(np.concatenate(column) for column in zip(*found, strict=True)))
        return blazeface.blend(joined, max_iou)

    def refined(self, image: np.ndarray, face: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The points of one face looked at again, by itself, for the time of one look.

        With the short range, the error goes from 15 % of the eyes' distance (full range, whole picture) to 4.

        Args:
            image: `(H, W, 3) uint8` BGR.
            face: `(4,) float32` its box.
            points: `(6, 2) float32` what is known of its points; given back where it is not found again.

        Returns:
            `(6, 2) float32` pixels of the picture.
        """
        centre, side = (face[:2] + face[2:]) / 2, float(max(face[2:] - face[:2])) * REFINED_SIDE
        again = self._in_square(image, (centre[0] - side / 2, centre[1] - side / 2, side), 0.5)
        if not len(again.score):
            return points
        again = blazeface.blend(again, 0.3)
        away = np.hypot(*((again.xyxy[:, :2] + again.xyxy[:, 2:]) / 2 - centre).T)  # (K,)
        nearest = int(away.argmin())
        return again.points[nearest] if away[nearest] < side / 4 else points

    def close(self) -> None:
        """Let go of the network."""
        self._detector.close()

    def _in_square(self, image: np.ndarray, square: Square, min_score: float) -> FoundFaces:
        left, top, around = square
        side = self._detector.side
        found = self._detector(cut_square(image, square, side), min_score)
        inner = _inside(found.xyxy, side, square, (image.shape[1], image.shape[0]))
        found = found.rows(inner)
        scale, corner = np.float32(around / side), np.array([left, top], np.float32)
        return FoundFaces(
            found.xyxy * scale + np.concatenate([corner, corner]), found.score, found.points * scale + corner
        )


REFINED_SIDE = 2.0
"""Side of the square that a face is looked at again in, in sides of its box."""


def cut_square(image: np.ndarray, square: Square, side: int) -> np.ndarray:
    """A part of a picture, scaled; black where it reaches beyond: `(side, side, 3) uint8`.

    Halved while it is more than twice as large (0.4 ms at 720p), then bilinear: averaging over the area costs 3 ms.
    """
    left, top, around = square
    height, width = image.shape[:2]
    x0, y0 = max(0, int(left)), max(0, int(top))
    x1, y1 = min(width, int(np.ceil(left + around))), min(height, int(np.ceil(top + around)))
    if x1 <= x0 or y1 <= y0:
        return np.zeros((side, side, 3), np.uint8)
    part = image[y0:y1, x0:x1]
    scale = side / around
    while scale < 0.5 and min(part.shape[:2]) > 1:
        part = cv2.resize(part, (part.shape[1] // 2, part.shape[0] // 2), interpolation=cv2.INTER_AREA)
        scale *= 2
    step_x, step_y = (x1 - x0) / part.shape[1], (y1 - y0) / part.shape[0]
    sx, sy = step_x * side / around, step_y * side / around
    # From the part's pixels to the square's, with middles of pixels at a half.
    tx = (x0 - left) * side / around + sx / 2 - 0.5
    ty = (y0 - top) * side / around + sy / 2 - 0.5
    matrix = np.array([[sx, 0, tx], [0, sy, ty]], np.float32)
    return np.asarray(cv2.warpAffine(part, matrix, (side, side), flags=cv2.INTER_LINEAR))


def tiles(size: tuple[int, int], across: int, overlap: float = 0.25) -> list[Square]:
    """Squares that cover a picture.

    Args:
        size: `(width, height)` of the picture.
        across: How many along its longer side; below 2: none.
        overlap: Of two neighbours, share of a side: a face of that size is whole in one of them.
    """
    if across < 2:
        return []
    width, height = size
    side = max(width, height) / (across - (across - 1) * overlap)
    places = []
    for length in (width, height):
        count = max(1, int(np.ceil((length - side * overlap) / (side * (1 - overlap)) - 1e-6)))
        places.append(np.linspace(0, max(0.0, length - side), count).tolist())
    return [(x, y, side) for y in places[1] for x in places[0]]


def _inside(xyxy: np.ndarray, side: int, square: Square, size: tuple[int, int]) -> np.ndarray:
    """Which faces are not cut off by an edge of the square that is no edge of the picture: `(K,) bool`."""
    left, top, around = square
    keep = np.ones(len(xyxy), np.bool_)
    if left > 1:
        keep &= xyxy[:, 0] > 0
    if top > 1:
        keep &= xyxy[:, 1] > 0
    if left + around < size[0] - 1:
        keep &= xyxy[:, 2] < side
    if top + around < size[1] - 1:
        keep &= xyxy[:, 3] < side
    return keep


def _open(
    spec: ModelSpec, cache: Path, runtime: Runtime, threads: int, device: Device, options: Options | None
) -> Detector:
    if isinstance(spec.output, BlazeFace):
        return BlazeFaceDetector(spec, spec.output, cache, runtime, threads, device, options)
    if isinstance(spec.output, YuNet):
        return YuNetDetector(spec, cache)
    raise ModelError(
        f"model '{spec.name}' gives {spec.output.form}, and faces are found with blazeface or yunet;"
        " `python -m models list` shows which are"
    )


class BlazeFaceDetector:
    """BlazeFace of either range."""

    def __init__(
        self,
        spec: ModelSpec,
        output: BlazeFace,
        cache: Path,
        runtime: Runtime = "auto",
        threads: int = 1,
        device: Device = "auto",
        options: Options | None = None,
    ) -> None:
        """Raises ModelError where file and spec do not fit."""
        self.side = spec.input.size[0]
        self._backend = open_backend(spec, cache, runtime, threads, device, "full", options)
        shapes = [tensor.shape for tensor in self._backend.outputs]
        if sorted(shape[-1] or 0 for shape in shapes) != [1, 16] or output.anchors not in blazeface.GRIDS:
            raise ModelError(
                f"model '{spec.name}' gives {shapes}; BlazeFace gives (1, P, 16) and (1, P, 1), P 896 or 2304:"
                " mend 'output' in its spec"
            )
        self._boxes = [shape[-1] for shape in shapes].index(16)
        self._centres = blazeface.centres(output.anchors)
        self._table = _levels(spec.input)

    def __call__(self, square: np.ndarray, min_score: float) -> FoundFaces:
        """See `Detector`."""
        batch = cv2.LUT(cv2.cvtColor(square, cv2.COLOR_BGR2RGB), self._table)[None]  # (1, side, side, 3)
        outputs = self._backend.run(batch)
        regressors, logits = outputs[self._boxes][0], outputs[1 - self._boxes][0, :, 0]
        return blazeface.decode(regressors, logits, self._centres, self.side, min_score)

    def close(self) -> None:
        """Let go of the network."""
        self._backend.close()


def _levels(spec: InputSpec) -> np.ndarray:
    """What each of 256 grey levels becomes: `(1, 256, 3) float32`."""
    levels = np.arange(256)[:, None]  # (256, 1)
    table: np.ndarray = ((levels - spec.mean) * spec.scale * np.ones(3)).astype(np.float32)[None]
    return table
