"""Pictures that lie in files, wherever those are: read when they are asked for, and boxes cut out of them."""

import contextlib
import errno
import hashlib
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from models.data.pictures import cropped, decode, fitted, header, quiet
from models.data.prepare import Step
from pipeline.errors import SourceError

Crop = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""
OWN_LONGEST = 256
"""Pixels up to which pictures that have one size keep it."""
MIXED_SIDE = 128
"""Longest side of the square that pictures of several sizes become, unless a size is set."""
PROBED, SHOWN = 64, 500
"""Pictures whose size is looked at, spread over all: to choose one, and to draw them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A picture's file."""

    name: str
    """As a person finds it."""
    stamp: str
    """Changes when the file does."""
    read: Callable[[], bytes]
    """Raises OSError or SourceError."""


class Files:
    """Pictures in files, or boxes in them; see `Pictures`.

    Args:
        files: One a picture.
        crops: One each; empty: whole pictures.
        close: Called when nothing more is read.
    """

    def __init__(
        self, files: Sequence[Found], crops: Sequence[Crop] = (), close: Callable[[], None] = lambda: None
    ) -> None:
        self._files, self._crops, self.close = files, crops, close
        self._shape: tuple[int, int, int] | None = None
        self._whole = lru_cache(maxsize=8)(_decoded)  # boxes of one picture follow each other

    def __len__(self) -> int:
        return len(self._files)

    @property
    def own_shape(self) -> tuple[int, int, int]:
        """Their own where they have one size of at most 256 pixels, else a square of at most 128."""
        if self._shape is None:
            self._shape = self._probe()
        return self._shape

    def identity(self) -> str:
        """See `Pictures`: of names, sizes, times and boxes."""
        digest = hashlib.sha256()
        for found in self._files:
            digest.update(f"{found.name}\0{found.stamp}\0".encode("utf-8", "surrogateescape"))
        digest.update(repr(self._crops).encode())
        return digest.hexdigest()

    def decode(self, row: int, size: tuple[int, int], channels: int, steps: Sequence[Step] = ()) -> np.ndarray:
        """See `Pictures`."""
        found = self._files[row]
        if not self._crops:
            return decode(_bytes(found), found.name, size, channels, steps)
        return fitted(cropped(self._whole(found), self._crops[row], found.name), size, channels, steps)

    def sizes(self) -> list[tuple[int, int]]:
        """See `Pictures`; of boxes all, of pictures those looked at."""
        return [(round(crop[2]), round(crop[3])) for crop in self._crops] or [look[:2] for look in self._looks(SHOWN)]

    def _probe(self) -> tuple[int, int, int]:
        looks = self._looks(PROBED)
        if not looks:
            return MIXED_SIDE, MIXED_SIDE, 3
        channels = 1 if all(look[2] == 1 for look in looks) else 3
        sides = {(round(crop[2]), round(crop[3])) for crop in self._crops} or {look[:2] for look in looks}
        if len(sides) == 1 and max(only := next(iter(sides))) <= OWN_LONGEST:
            return only[1], only[0], channels
        side = int(min(MIXED_SIDE, max(8, np.median([min(one) for one in sides]))))
        return side, side, channels

    def _looks(self, many: int) -> list[tuple[int, int, int]]:
        """(width, height, channels) of some, spread over all; without those that cannot be read."""
        looks = []
        with quiet():
            for row in np.unique(np.linspace(0, len(self) - 1, many).astype(int)).tolist():
                with contextlib.suppress(SourceError):  # they are counted when all are read
                    looks.append(header(_bytes(self._files[row]), self._files[row].name))
        return looks


def on_disk(place: Path, name: str) -> Found:
    """A file by its name for a person.

    Raises:
        OSError: it is not there, or is no file that can be read to its end.
        ValueError: the path has a zero in it.
    """
    about = place.stat()
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "it is no file")
    return Found(name, f"{about.st_size} {about.st_mtime_ns}", partial(_read, place))


def _read(place: Path) -> bytes:
    return place.read_bytes()


def _decoded(found: Found) -> np.ndarray:
    return decode(_bytes(found), found.name)


def _bytes(found: Found) -> bytes:
    try:
        return found.read()
    except OSError as error:
        raise SourceError(f"cannot read {found.name}: {error.strerror or error}; replace or remove it") from error
