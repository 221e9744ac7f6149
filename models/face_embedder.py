"""Turns faces into numbers that can be compared: aligned, judged, embedded."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from models.backend import Device, Options, Runtime, open_backend
from models.cache import default_cache
from models.resolve import resolve
from models.spec import Embedding, ModelSpec
from pipeline.errors import ModelError
from vision.align import cut, fit, template_of
from vision.face_quality import Views, sharpness, yaw_and_pitch

PREPROCESSING = "chips 1"
"""Changes with anything that makes other numbers of the same picture; part of the fingerprint."""


class Chips(NamedTuple):
    """Faces cut out, a row each."""

    image: np.ndarray
    """`(N, side, side, 3) uint8` BGR, upright."""
    views: Views
    """How good each is."""


class FaceEmbedder:
    """Numbers of faces: the smaller the Euclidean distance of two, the more likely they are of one person."""

    def __init__(
        self,
        model: str = "face-dlib-resnet",
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
            ModelError: the model is missing, damaged, or embeds no faces.
        """
        self.spec = spec = resolve(model)
        if not isinstance(spec.output, Embedding):
            raise ModelError(
                f"model '{spec.name}' is for {spec.task}, not for face-embed; `python -m models list` shows which are"
            )
        self.length = spec.output.length
        self.unit = spec.output.same_below is None
        """Whether embeddings are brought to length 1: those that their makers compare by cosine."""
        above = spec.output.same_above or 0.363
        self.same_below = spec.output.same_below or float(np.sqrt(2 - 2 * above))
        """Euclidean distance below which two are of one person, as the model's makers say."""
        self.template = template_of(spec.output.template, spec.input.size[0])
        self.fingerprint = fingerprint_of(spec)
        self._backend = open_backend(spec, cache or default_cache(), runtime, threads, device, "full", options)
        self._many = self._backend.input.shape[0] is None
        levels = np.arange(256)[:, None]  # (256, 1)
        self._table = ((levels - spec.input.mean) * spec.input.scale * np.ones(3)).astype(np.float32)[None]

    def __call__(self, image: np.ndarray, points: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, Views]:
        """Embed every face of a picture.

        Args:
            image: `(H, W, 3) uint8` BGR.
            points: `(N, 6, 2) float32`, pixels of the picture; where they are not of one's own choosing, looked at
                again (`FaceFinder.refined`).
            score: `(N,) float32` of the detector.

        Returns:
            `(N, length) float32`, and how good each view is.
        """
        chips = self.chips(image, points, score)
        return self.embed(chips.image), chips.views

    def chips(self, image: np.ndarray, points: np.ndarray, score: np.ndarray) -> Chips:
        """Cut faces out and judge them, without embedding: 0.2 ms each. Arguments as for a call."""
        found = fit(points, self.template)
        side = self.template.side
        chips = np.zeros((len(points), side, side, 3), np.uint8)
        for row in np.flatnonzero(np.isfinite(found.error)):
            chips[row] = cut(image, found.matrix[row], side)
        scale = np.hypot(found.matrix[:, 0, 0], found.matrix[:, 1, 0])  # (N,) chip px by picture px
        size_px = np.nan_to_num(FACE_SHARE * side / np.maximum(scale, 1e-6), nan=0).astype(np.float32)
        fine = np.array([sharpness(chip) for chip in chips], np.float32)
        yaw, pitch = yaw_and_pitch(points)
        return Chips(chips, Views(size_px, fine, yaw, pitch, found.error, score.astype(np.float32)))

    def embed(self, chips: np.ndarray) -> np.ndarray:
        """Numbers of chips: `(N, length) float32` of `(N, side, side, 3) uint8` BGR; one batch where the file allows.

        Averaging with the mirrored chip, as is often done, was tried: twice the time, and no better on 265 photographs.
        """
        if not len(chips):
            return np.zeros((0, self.length), np.float32)
        batch = np.stack([self._fed(chip) for chip in chips])
        if self._many:
            vectors = self._backend.run(batch)[0]
        else:
            vectors = np.concatenate([self._backend.run(one[None])[0] for one in batch])
        if self.unit:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return np.asarray(vectors, np.float32)

    def close(self) -> None:
        """Let go of the network."""
        self._backend.close()

    def _fed(self, chip: np.ndarray) -> np.ndarray:
        spec = self.spec.input
        ordered = cv2.cvtColor(chip, cv2.COLOR_BGR2RGB) if spec.colour == "rgb" else np.ascontiguousarray(chip)
        fed = cv2.LUT(ordered, self._table)
        return fed if spec.layout == "nhwc" else fed.transpose(2, 0, 1)


FACE_SHARE = 0.6
"""Side of BlazeFace's box by that of dlib's chip."""


def fingerprint_of(spec: ModelSpec) -> str:
    """What embeddings can be compared: 16 hex digits of the weights and of everything that is done to a picture.

    The forms that a model is converted to compute the same, so its original's checksum stands for all of them.

    Raises:
        ModelError: a user's own model without a checksum in its spec.
    """
    weights = getattr(spec.original, "sha256", None) or next(
        (file.sha256 for file in spec.files.values() if file.sha256), None
    )
    if weights is None:
        raise ModelError(
            f"model '{spec.name}' has no checksum, and faces of two models cannot be compared: write sha256 in its spec"
        )
    output = spec.output.template if isinstance(spec.output, Embedding) else ""
    told = f"{weights} {output} {spec.input.model_dump_json()} {PREPROCESSING}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
