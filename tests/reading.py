"""Pictures of lines, and readers that go wrong on purpose."""

import os
import signal
from collections.abc import Sequence
from functools import partial
from threading import Event

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from readers.guard import Open
from readers.reader import Line, Reader, Taste

HANG, RAISE, CRASH = 1, 2, 3
"""Values of a picture's first pixel at which the fake goes wrong."""


def line_picture(text: str, height_px: int = 56, ink: int = 0, ground: int = 255) -> np.ndarray:
    """`(height_px, W) uint8` grey: one line in the font that comes with Pillow, capitals 0.6 of the height."""
    font = ImageFont.load_default(round(height_px * 0.8))
    width = round(font.getlength(text)) + height_px
    image = Image.new("L", (width, height_px), ground)
    ImageDraw.Draw(image).text((height_px / 2, height_px * 0.5), text, ink, font, anchor="lm")
    return np.asarray(image)


def page(*lines: tuple[str, tuple[int, int]], size: tuple[int, int] = (640, 360), height_px: int = 40) -> np.ndarray:
    """`(H, W, 3) uint8` BGR, light: each line with its upper left corner at a place."""
    image = np.full((size[1], size[0], 3), 235, np.uint8)
    for text, (x, y) in lines:
        tile = line_picture(text, height_px, 20, 235)
        image[y : y + tile.shape[0], x : x + tile.shape[1]] = tile[..., None]
    return image


class BadReader:
    """Says the brightness of a picture's first pixel; hangs, raises or crashes on some."""

    def __init__(self, gate: Event | None = None) -> None:
        self.name = "bad reader"
        self.taste = Taste(20, plain=True)
        self._gate = gate

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        return [self._read(int(line[0, 0])) for line in lines]

    def _read(self, value: int) -> Line:
        if value == HANG:
            (self._gate or Event()).wait()
        if value == RAISE:
            raise RuntimeError("broken picture")
        if value == CRASH:
            os.kill(os.getpid(), signal.SIGSEGV)
        text = str(value)
        return Line(text, (1.0,) * len(text))

    def close(self) -> None:
        """Nothing is open."""


def bad_reader(gate: Event | None = None) -> Open:
    return partial(BadReader, gate)


def no_reader() -> Reader:
    """Stands for one that cannot be opened."""
    raise LookupError("no such language")
