"""What a drawer of results gets: the picture, and how thick and how large to draw on it."""

from dataclasses import dataclass

import numpy as np

from vision.drawing import draw_label
from vision.lettering import Lettering
from vision.palette import Bgr, ink_on


@dataclass(frozen=True)
class Pen:
    """One picture that is being drawn on."""

    image: np.ndarray
    """`(H, W, 3) uint8` BGR, writable: drawn on in place."""
    line_px: int
    """Width of a line."""
    pad: int
    """Free columns at both ends of a label."""
    lettering: Lettering

    def label(self, text: str, xy: tuple[float, float], ground: Bgr) -> None:
        """Write `text` on a ground of one colour.

        Args:
            text: one line.
            xy: lower left corner of the label in pixels: it stands on this point, or below where there is no room.
            ground: colour; the letters are black or white, whichever is read better.
        """
        tile = self.lettering.tile(text, ink_on(ground), ground)
        height, width = tile.shape[0], tile.shape[1] + 2 * self.pad
        left = min(max(0, round(xy[0])), max(0, self.image.shape[1] - width))
        bottom = round(xy[1])
        if bottom < height:
            bottom += height
        draw_label(self.image, [tile], ground, (left, bottom - height, left + width, bottom), self.pad)
