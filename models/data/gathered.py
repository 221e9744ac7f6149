"""What a source is before it is split: which pictures there are, what they show, and how to get them as an array."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.data.pictures import fitted
from models.data.prepare import Step

TRAIN, VALIDATION, TEST, UNDECIDED = 0, 1, 2, -1
"""Which split a picture belongs to; undecided where the source does not say."""
PARTS = {"train": TRAIN, "training": TRAIN, "validation": VALIDATION, "valid": VALIDATION, "val": VALIDATION,
         "dev": VALIDATION, "test": TEST, "testing": TEST}  # fmt: skip
"""What folders and columns call the splits."""


class Pictures(Protocol):
    """Pictures that can be had at any size."""

    def __len__(self) -> int: ...

    @property
    def own_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) that they have, or that suits them where they differ."""
        ...

    def sizes(self) -> list[tuple[int, int]]:
        """(width, height) of some of them before anything is scaled."""
        ...

    def identity(self) -> str:
        """Changes when a picture does."""
        ...

    def decode(self, row: int, size: tuple[int, int], channels: int, steps: Sequence[Step] = ()) -> np.ndarray:
        """`(H, W, channels) uint8`, RGB or grey, after OpenCV's steps.

        Raises:
            SourceError: it cannot be read.
        """
        ...

    def close(self) -> None:
        """Nothing more is read."""
        ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """A source, listed."""

    name: str
    labels: tuple[str, ...]
    pictures: Pictures
    classes: np.ndarray
    """`(N,) int64`, positions in `labels`."""
    parts: np.ndarray
    """`(N,) int8`: TRAIN, VALIDATION, TEST or UNDECIDED."""
    names: tuple[str, ...] = ()
    """Where each comes from, for a person."""
    official: bool = False
    """A public set whose test split nobody here can change."""
    skipped: tuple[tuple[str, str], ...] = ()
    """What was found and cannot be used, with the reason."""
    groups: np.ndarray | None = None
    """`(N,) int64`: what has one number stays in one split; None where each picture stands for itself."""

    def take(self, rows: np.ndarray) -> "Gathered":
        """Those of `rows`, `(M,)` positions."""
        return Gathered(
            self.name,
            self.labels,
            Held(self.pictures.images[rows]) if isinstance(self.pictures, Held) else Chosen(self.pictures, rows),
            self.classes[rows],
            self.parts[rows],
            tuple(self.names[row] for row in rows) if self.names else (),
            self.official,
            self.skipped,
            None if self.groups is None else self.groups[rows],
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the pictures, in an order of one's own."""

    pictures: Pictures
    rows: np.ndarray
    """`(M,)` positions."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def own_shape(self) -> tuple[int, int, int]:
        """See `Pictures`."""
        return self.pictures.own_shape

    def sizes(self) -> list[tuple[int, int]]:
        """See `Pictures`."""
        return self.pictures.sizes()

    def identity(self) -> str:
        """See `Pictures`."""
        return hashlib.sha256(self.pictures.identity().encode() + self.rows.tobytes()).hexdigest()

    def decode(self, row: int, size: tuple[int, int], channels: int, steps: Sequence[Step] = ()) -> np.ndarray:
        """See `Pictures`."""
        return self.pictures.decode(int(self.rows[row]), size, channels, steps)

    def close(self) -> None:
        """See `Pictures`."""
        self.pictures.close()


@dataclass(frozen=True, slots=True)
class Held:
    """Pictures that are in memory already."""

    images: np.ndarray
    """`(N, H, W, C) uint8`."""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def own_shape(self) -> tuple[int, int, int]:
        """See `Pictures`."""
        height, width, channels = self.images.shape[1:]
        return int(height), int(width), int(channels)

    def sizes(self) -> list[tuple[int, int]]:
        """See `Pictures`; they have one."""
        return [(self.own_shape[1], self.own_shape[0])]

    def identity(self) -> str:
        """See `Pictures`; of their pixels."""
        return hashlib.sha256(np.ascontiguousarray(self.images).data).hexdigest()

    def decode(self, row: int, size: tuple[int, int], channels: int, steps: Sequence[Step] = ()) -> np.ndarray:
        """See `Pictures`."""
        return fitted(self.images[row], size, channels, steps)

    def close(self) -> None:
        """See `Pictures`."""
