"""Pictures of faces on the disk: which there are, and reading one as it is meant to be looked at."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from pipeline.errors import SourceError
from pipeline.sources.images import is_image
from pipeline.sources.places import is_pattern, matches, require_file

LONGEST_PX = 4096
"""A picture with a longer side is scaled down: a face is told by some 60 px between the eyes."""


def read_picture(path: Path) -> np.ndarray:
    """A picture as `read_scaled` reads it, where its own size does not matter."""
    return read_scaled(path)[0]


def read_scaled(path: Path) -> tuple[np.ndarray, float]:
    """A picture of any kind as it is meant to be seen, and how many pixels of the file one of its pixels is.

    It is `(H, W, 3) uint8` BGR, turned as its EXIF says.

    Grey, 16-bit and transparent pictures become plain ones (over white); one longer than 4096 px is scaled down.

    Raises:
        SourceError: it is absent, empty, or no picture.
    """
    require_file(path)
    data = np.frombuffer(path.read_bytes(), np.uint8)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)  # turns it
        if image is not None and path.suffix.lower() in (".png", ".webp", ".tif", ".tiff"):
            image = _over_white(image, cv2.imdecode(data, cv2.IMREAD_UNCHANGED))
    except cv2.error as error:
        why = "it has too many pixels" if "pixels" in str(error).lower() else "it is damaged"
        raise SourceError(f"cannot read {path}: {why}; save it again, smaller") from error
    if image is None:
        raise SourceError(f"cannot read {path}: not an image, or damaged; give a JPEG or PNG")
    longest = max(image.shape[:2])
    if longest <= LONGEST_PX:
        return np.asarray(image), 1.0
    height, width = (max(1, round(side * LONGEST_PX / longest)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)), longest / LONGEST_PX


def pictures_in(folder: Path, *, below: bool = True) -> list[Path]:
    """Every picture of a folder, and of those in it unless not `below`, in order; hidden ones are left out.

    Raises:
        SourceError: it cannot be looked into.
    """
    try:
        found = sorted(path for path in folder.glob("**/*" if below else "*") if path.is_file() and is_image(path))
    except OSError as error:
        raise SourceError(f"cannot look into {folder}: {error.strerror}; check your right to read it") from error
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def spread(targets: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """The files that paths, folders and globs stand for, each with whether it was named itself.

    Raises:
        SourceError: there is nothing at one of them.
    """
    for target in targets:
        if target.is_dir():
            inside = pictures_in(target)
            if not inside:
                raise SourceError(f"no pictures in {target}; give a folder of JPEG or PNG files")
            yield from ((path, False) for path in inside)
        elif is_pattern(target):
            found = sorted(matches(target))
            if not found:
                raise SourceError(f"nothing matches {target}; check the pattern")
            yield from ((path, False) for path in found)
        else:
            require_file(target)
            yield target, True


def _over_white(image: np.ndarray, raw: np.ndarray | None) -> np.ndarray:
    """`image` over white where `raw` is transparent; as it is where the two are turned differently."""
    if raw is None or raw.ndim != 3 or raw.shape[2] != 4 or raw.shape[:2] != image.shape[:2]:
        return image
    most = np.iinfo(raw.dtype).max if raw.dtype.kind == "u" else 1.0
    alpha = raw[..., 3:].astype(np.float32) / most  # (H, W, 1)
    if alpha.min(initial=1.0) == 1.0:
        return image
    return np.asarray(image * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
