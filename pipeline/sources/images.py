"""A folder, a glob or a single image as a source, each picture the next frame."""

import re
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from pipeline.errors import SourceError
from pipeline.sources.colour import over_white
from pipeline.sources.places import is_pattern, matches
from pipeline.sources.sizing import fit
from pipeline.sources.timing import note
from pipeline.types import Colour, Damage, Frame, SourceInfo

_PLAIN = frozenset(
    [".bmp", ".dib", ".exr", ".hdr", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".pnm", ".ppm", ".ras"]
)
_SEE_THROUGH = frozenset([".avif", ".png", ".tif", ".tiff", ".webp"])
_RGB = Colour(matrix=6, primaries=1, transfer=13)


def is_image(path: Path) -> bool:
    """True for a still picture by its name; a GIF is a recording."""
    return path.suffix.lower() in _PLAIN | _SEE_THROUGH


def natural(path: Path) -> list[tuple[int, str]]:
    """A sort key that counts: 'shot9' before 'shot10'.

    >>> sorted([Path("b10.png"), Path("b9.png"), Path("a.png")], key=natural)[1].name
    'b9.png'
    """
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def list_images(path: Path) -> list[Path]:
    """The images of a folder (not of those in it) or of a pattern, in natural order.

    Raises:
        SourceError: there is none, or the folder may not be read.
    """
    try:
        found = matches(path) if is_pattern(path) else [entry for entry in path.iterdir() if entry.is_file()]
    except (OSError, ValueError, NotImplementedError) as error:
        raise SourceError(f"cannot look into {path}: {error}; check the path and your right to read it") from error
    images = sorted((entry for entry in found if is_image(entry) and not entry.name.startswith(".")), key=natural)
    if not images:
        what = "nothing matches" if is_pattern(path) and not found else "no images in"
        mend = f"; to read a recording name the file, such as {found[0]}" if found else ""
        raise SourceError(f"{what} {path}{mend or '; give a folder or pattern of images such as shots/*.png'}")
    return images


class ImageSource:
    """Images one after another at a set rate; one that cannot be read leaves a gap in time and is counted.

    Args:
        name: For messages and data.
        paths: In the order to show them.
        fps: Images a second.
        limit: Frames to stop after, or None.

    Raises:
        SourceError: not one of the images can be read.
    """

    def __init__(self, name: str, paths: Sequence[Path], fps: float, limit: int | None = None) -> None:
        self.damage = Damage()
        self._paths, self._limit = paths, limit
        self._closed = False
        rate = Fraction(fps).limit_denominator(1001)
        self._length = 1 / rate
        first = next((image for path in paths if (image := _load(path)) is not None), None)
        if first is None:
            raise SourceError(f"cannot read {paths[0]}: not an image, or damaged; replace it")
        self.info = SourceInfo(
            name=name,
            width=first.shape[1],
            height=first.shape[0],
            fps=float(rate),
            time_base=self._length,
            path=paths[0] if len(paths) == 1 else None,
            frames_hint=len(paths),
            duration_s=float(len(paths) * self._length),
            colour=_RGB,
            reader="images",
            codec=paths[0].suffix.lower().lstrip("."),
        )

    def __iter__(self) -> Iterator[Frame]:
        """The images as frames, indices from 0 without gaps, times from the place in the list."""
        index = 0
        for place, path in enumerate(self._paths):
            if self._closed or index == self._limit:
                return
            image = _load(path)
            if image is None:
                self.damage.corrupt_packets += 1
                self.damage.missing_s += float(self._length)
                note(self.damage, f"{path.name} could not be read and was passed over")
                continue
            if (image.shape[1], image.shape[0]) != (self.info.width, self.info.height):
                self.damage.resized_frames += 1
                image = fit(image, (self.info.width, self.info.height))
                if self.damage.resized_frames == 1:
                    note(self.damage, f"from {path.name} on there are images of another size: scaled to the first")
            seconds = float(place * self._length)
            yield Frame(image, index, seconds, time.monotonic(), self.info.name, float(self._length))
            index += 1

    def close(self) -> None:
        """Stop after the image that is being read; may be called twice."""
        self._closed = True


def _load(path: Path) -> np.ndarray | None:
    """`(H, W, 3) uint8` BGR, turned as its EXIF says, over white; None where it cannot be read."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)  # imread takes no name outside the code page on Windows
    except OSError:
        return None
    if not data.size:
        return None
    try:
        if path.suffix.lower() in _SEE_THROUGH:
            image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
            if image is not None and image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 4:
                return over_white(image)
        return cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
