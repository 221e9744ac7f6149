"""Proof that a model is fed and answers here as it did where it was packed: a picture, its batch, its outputs.

Colour order, scale and size are where exported models go wrong, so the proof begins with the BGR picture.
"""

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np

from models.backend import Backend
from models.feed import Feed
from models.spec import ModelSpec
from pipeline.errors import ModelError

APART = 0.02
"""Largest difference of a batch or an output, root mean square, as a share of its own.

Between ONNX Runtime and LiteRT it is 2e-6; where every pixel is a grey level off, 0.014; where red and blue change
places, 0.29.
"""
COLOURFUL = 0.1
"""How far the batch of a picture must move when its red and blue change places, or it proves nothing."""
PICTURE = Path(__file__).parents[1] / "docs" / "demo.jpg"
"""Six frames of real recordings, in two rows of three."""


def golden_picture() -> np.ndarray:
    """A frame of a street that comes with Sluice: `(270, 480, 3) uint8` BGR.

    Raises:
        ModelError: it is gone.
    """
    picture = cv2.imread(str(PICTURE))
    if picture is None:
        raise ModelError(f"cannot read {PICTURE}, which comes with Sluice; get it again, or name a picture of your own")
    return np.ascontiguousarray(picture[: picture.shape[0] // 2, : picture.shape[1] // 3])


def make_golden(spec: ModelSpec, backend: Backend, picture: np.ndarray) -> bytes:
    """What the model is fed and answers for a picture, as the bytes of an .npz file.

    Args:
        spec: What it wants.
        backend: The model, open.
        picture: `(H, W, 3) uint8` BGR.

    Raises:
        ModelError: the picture has so little colour that it proves nothing about the order of the channels.
    """
    feed = Feed(spec.input)
    swapped = feed(np.ascontiguousarray(picture[..., ::-1])).copy()
    batch = feed(picture)
    if apart(swapped, batch) < COLOURFUL:
        raise ModelError(
            f"model '{spec.name}': the picture is too grey to prove the order of its colours; name a colourful one"
        )
    packed = io.BytesIO()
    answers = {f"output_{place}": output for place, output in enumerate(backend.run(batch))}
    np.savez_compressed(packed, allow_pickle=False, batch=batch, **answers)
    return packed.getvalue()


def check_golden(spec: ModelSpec, backend: Backend, picture: np.ndarray, golden: bytes) -> None:
    """Raise ModelError unless the model is fed and answers as it did where `golden` was made."""
    try:
        with np.load(io.BytesIO(golden), allow_pickle=False) as kept:
            wants_batch = kept["batch"]
            wants = [kept[f"output_{place}"] for place in range(len(kept.files) - 1)]
    except (zipfile.BadZipFile, ValueError, KeyError, OSError) as error:
        raise ModelError(f"model '{spec.name}': its golden test cannot be read; pack the bundle again") from error
    far = apart(Feed(spec.input)(picture), wants_batch)
    if not far <= APART:
        raise ModelError(
            f"model '{spec.name}' is fed otherwise than where it was packed ({_share(far)} apart, {APART:.0%} at most):"
            " size, colour order, mean or scale in its spec were changed; pack the bundle again"
        )
    try:
        answers = backend.run(wants_batch)
    except ValueError as error:
        raise ModelError(f"{error}; pack the bundle again") from error
    if len(answers) != len(wants):
        raise ModelError(
            f"model '{spec.name}' gives {len(answers)} outputs, not {len(wants)} as where it was packed;"
            " pack the bundle again"
        )
    for tensor, answer, want in zip(backend.outputs, answers, wants, strict=True):
        far = apart(answer, want)
        if not far <= APART:
            raise ModelError(
                f"model '{spec.name}' answers otherwise than where it was packed: '{tensor.name}' is"
                f" {_share(far)} apart, {APART:.0%} at most, in {backend.runtime}; update the runtime"
            )


def apart(got: np.ndarray, wants: np.ndarray) -> float:
    """Root mean square of the difference, as a share of that of `wants`; infinite where the shapes differ.

    >>> apart(np.array([3.0, 4.5]), np.array([3.0, 4.0]))
    0.1
    """
    if got.shape != wants.shape:
        return float("inf")
    size = float(np.sqrt(np.mean(np.square(wants, dtype=np.float64)))) if wants.size else 0.0
    off = np.subtract(got, wants, dtype=np.float64)
    far = float(np.sqrt(np.mean(np.square(off)))) if off.size else 0.0
    return far / max(size, 1e-6)


def _share(far: float) -> str:
    return f"{far:.0%}" if np.isfinite(far) else "nothing alike"
