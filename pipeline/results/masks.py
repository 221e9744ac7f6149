"""Which class each pixel shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.types import frozen_array

Encode = Callable[[np.ndarray], str]
"""From a mask `(H, W) bool` to COCO's compressed runs."""


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """A map of classes over the whole frame."""

    key: ClassVar[str] = "masks"

    label: np.ndarray
    """`(H, W) uint8`, one for each pixel of the frame: index into `names`, 0 for the background."""
    names: tuple[str, ...]
    class_ids: tuple[int, ...]
    """The classes that are in it, in order, without the background."""
    encode: Encode

    def __post_init__(self) -> None:
        frozen_array("label", self.label, (None, None), np.uint8)

    def mask(self, name: str) -> np.ndarray:
        """`(H, W) bool`: where the class of that name is.

        Raises:
            LookupError: there is no such class.
        """
        if name not in self.names:
            raise LookupError(f"no class '{name}'; there are {', '.join(self.names)}")
        return np.asarray(self.label == self.names.index(name))

    def at(self, points: np.ndarray) -> np.ndarray:
        """The class under each point.

        Args:
            points: `(N, 2)` x, y in pixels of the frame; one on the edge or outside takes the nearest pixel.

        Returns:
            `(N,) uint8`, index into `names`.
        """
        height, width = self.label.shape
        x = np.clip(np.floor(points[:, 0]), 0, width - 1).astype(int)
        y = np.clip(np.floor(points[:, 1]), 0, height - 1).astype(int)
        return np.asarray(self.label[y, x])

    def rows(self) -> list[dict[str, object]]:
        """A row for each class: its area in pixels and as a share, and its mask as COCO's compressed runs."""
        height, width = self.label.shape
        rows: list[dict[str, object]] = []
        for class_id in self.class_ids:
            mask = self.label == class_id
            area = int(np.count_nonzero(mask))
            rows.append(
                {
                    "class_id": class_id,
                    "class_name": self.names[class_id],
                    "area_px": area,
                    "area": round(area / mask.size, 4),
                    "segmentation": {"size": [height, width], "counts": self.encode(mask)},
                }
            )
        return rows
