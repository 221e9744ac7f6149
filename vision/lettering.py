"""Text as small pictures on a ground of one colour: drawn once, kept, and pasted from then on.

A label is mostly text that was drawn before: `#3 person` and one of a hundred scores. Pasting a kept tile costs about
2 microseconds, drawing it 100 to 200.
"""

import unicodedata
from functools import lru_cache

import numpy as np
from PIL import ImageFont

from vision.palette import Bgr

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
MOST_TILES = 2048


class Lettering:
    """One font at one size.

    Args:
        height_px: Height of a line, with room above and below.
        font: TrueType file, or the name of a font of the system; None is the font that comes with Pillow (Aileron,
            CC0), which has the letters of ASCII and no others.

    Raises:
        OSError: there is no such font.
    """

    def __init__(self, height_px: int, font: str | None = None) -> None:
        self.height_px = height_px
        size = max(6, round(height_px * 0.72))
        self.ascii_only = font is None
        """Whether letters beyond ASCII are drawn without their accents, or as question marks."""
        self._font: Font = ImageFont.load_default(size) if font is None else ImageFont.truetype(font, size)
        self._tile = lru_cache(MOST_TILES)(self._draw)

    def tile(self, text: str, ink: Bgr, ground: Bgr) -> np.ndarray:
        """`text` in the colour `ink` on `ground`: `(height_px, W, 3) uint8` BGR, read-only; W is 0 for no text."""
        return self._tile(text, ink, ground)

    def _draw(self, text: str, ink: Bgr, ground: Bgr) -> np.ndarray:
        text = plain(text) if self.ascii_only else text
        width = round(self._font.getlength(text))
        alpha = np.zeros((self.height_px, width, 1), np.float32)
        if width and isinstance(self._font, ImageFont.FreeTypeFont):
            mask, (left, top) = self._font.getmask2(text, mode="L", anchor="ls")
            grey = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[::-1])
            baseline = round(self.height_px * 0.74)
            _paste_grey(alpha[..., 0], grey, left, baseline + top)
        tile = np.asarray(ground, np.float32) * (1 - alpha) + np.asarray(ink, np.float32) * alpha
        drawn = np.rint(tile).astype(np.uint8)
        drawn.setflags(write=False)
        return drawn


def _paste_grey(alpha: np.ndarray, grey: np.ndarray, left: int, top: int) -> None:
    """Put a mask at a place that may reach over the edge."""
    height, width = alpha.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + grey.shape[1]), min(height, top + grey.shape[0])
    if x1 > x0 and y1 > y0:
        alpha[y0:y1, x0:x1] = grey[y0 - top : y1 - top, x0 - left : x1 - left] / np.float32(255)


def plain(text: str) -> str:
    """The text in ASCII: accents off, and a question mark for what has no plain form.

    >>> plain("Zoë Müller"), plain("人 1")
    ('Zoe Muller', '? 1')
    """
    if text.isascii():
        return text
    spread = unicodedata.normalize("NFKD", text)
    return "".join(letter if letter.isascii() else "?" for letter in spread if not unicodedata.combining(letter))
