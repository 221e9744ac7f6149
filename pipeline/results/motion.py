"""Whether anything moves, where, and whether costly stages are worth asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.types import frozen_array


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What moves on one frame."""

    key: ClassVar[str] = "motion"

    active: bool
    """Ask the stages that wait for this one: something moves, moved a moment ago, or it is time for a look."""
    moving: bool
    """Something moves on this very frame."""
    share: float
    """Part of the picture that moves, in [0, 1]."""
    xyxy: np.ndarray
    """`(N, 4) float32` around what moves, the largest first, pixels of the frame."""

    def __post_init__(self) -> None:
        frozen_array("xyxy", self.xyxy, (None, 4), np.float32)

    def rows(self) -> dict[str, object]:
        """Plain values."""
        boxes = [[round(edge, 1) for edge in box] for box in self.xyxy.tolist()]
        return {"active": self.active, "moving": self.moving, "share": round(self.share, 5), "boxes": boxes}
