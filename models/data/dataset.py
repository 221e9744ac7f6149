"""What a network is trained and judged on: pictures, their classes, and how they were split."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from models.data.prepare import parse

Colour = Literal["rgb", "grey"]
Amount = Annotated[int, Field(ge=1)] | Annotated[float, Field(ge=0, lt=1)]
"""A whole number of pictures, or a share of them."""
Side = Annotated[int, Field(ge=4, le=4096)]


class DataConfig(BaseModel):
    """Which pictures, at which size, and how they are split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[
        str,
        Field(description="digits, mnist, fashion-mnist, cifar10, cifar100, or a folder, .tar, .csv or COCO .json"),
    ] = "digits"
    data_dir: Annotated[Path | None, Field(description="where the files of a named set already lie")] = None
    size: Annotated[
        tuple[Side, Side] | None, Field(description="(width, height) in pixels; by default the set's own")
    ] = None
    colour: Annotated[Colour | None, Field(description="rgb or grey; by default the set's own")] = None
    validation: Annotated[Amount, Field(description="of the training pictures, kept back to choose by")] = 0.1
    test: Annotated[Amount, Field(description="kept back to judge by, where the set has no test split")] = 0.15
    seed: Annotated[int, Field(ge=0, description="of the splits")] = 0
    limit: Annotated[int | None, Field(ge=2, description="so many pictures of each class only")] = None
    prepare: Annotated[tuple[str, ...], Field(description="OpenCV steps before the network, such as clahe")] = ()
    duplicates: Annotated[
        Literal["refuse", "drop", "allow"], Field(description="what to do with pictures that are in two splits")
    ] = "refuse"

    @field_validator("prepare")
    @classmethod
    def _steps_are_known(cls, prepare: tuple[str, ...]) -> tuple[str, ...]:
        parse(prepare)
        return prepare


@dataclass(frozen=True, slots=True)
class Split:
    """Pictures and what they are."""

    images: np.ndarray
    """`(N, H, W, C) uint8`, 0 to 255, RGB where C is 3, grey where it is 1; may be a memory map."""
    classes: np.ndarray
    """`(N,) int64`, positions in the set's labels."""
    names: tuple[str, ...] = ()
    """Where each comes from, for a person; empty where they have no files."""

    def __len__(self) -> int:
        return len(self.classes)

    def take(self, rows: np.ndarray) -> "Split":
        """Those of `rows`, `(M,)` positions or a mask."""
        positions = np.flatnonzero(rows) if rows.dtype == bool else rows
        names = tuple(self.names[row] for row in positions) if self.names else ()
        return Split(self.images[rows], self.classes[rows], names)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A set, split: nothing in one split is in another."""

    name: str
    labels: tuple[str, ...]
    """Name of each class, in order."""
    train: Split
    validation: Split
    """Choices are made on this one."""
    test: Split
    """Looked at once, when everything is chosen; may be empty."""
    fingerprint: str
    """SHA-256 of pictures, classes, labels and splits."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Files that could not be read, each with the reason."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every picture."""
        height, width, channels = self.train.images.shape[1:]
        return int(height), int(width), int(channels)
