"""One frame's time as a bar: what each part takes of the cores, and what is lost."""

from pathlib import Path

import cv2
import numpy as np

from commands.bench import Figures
from pipeline.errors import ConfigError
from vision.lettering import Lettering
from vision.palette import OKABE_ITO, WHITE, Bgr, ink_on

WIDTH, BAR, LINE, MARGIN = 1200, 72, 30, 40
"""Pixels."""
INK: Bgr = (40, 40, 40)
LOST: tuple[Bgr, ...] = ((120, 120, 120), (155, 155, 155), (190, 190, 190), (225, 225, 225))
"""Greys: what is not work on the frame."""


def draw_bar(figures: Figures) -> np.ndarray:
    """`(H, 1200, 3) uint8` BGR: the parts in colours, the rest in greys, with a legend that has the figures."""
    pieces = [(part.name, part.cpu_ms, OKABE_ITO[row % len(OKABE_ITO)]) for row, part in enumerate(figures.parts)]
    lost = list(figures.lost().items())[1:]
    pieces += [(name, max(0.0, ms), grey) for (name, ms), grey in zip(lost, LOST, strict=True)]
    whole = sum(ms for _, ms, _ in pieces)
    image = np.full((2 * MARGIN + 3 * LINE + BAR + LINE * len(pieces), WIDTH, 3), 255, np.uint8)
    text = Lettering(LINE)
    small = Lettering(LINE - 8)
    title = (
        f"{figures.fps:.1f} frames a second, {figures.share:.0%} of the {figures.bound_fps:.1f} that"
        f" {figures.cores} cores allow"
    )
    _write(image, text, title, MARGIN, MARGIN, INK, WHITE)
    under = f"{whole:.1f} ms of the cores for each frame of {'{}x{}'.format(*figures.size)}"
    _write(image, small, under, MARGIN, MARGIN + LINE, INK, WHITE)
    top, left = MARGIN + 2 * LINE + 10, float(MARGIN)
    for name, ms, colour in pieces:
        right = left + (WIDTH - 2 * MARGIN) * ms / whole
        cv2.rectangle(image, (round(left), top), (round(right) - 1, top + BAR), colour, cv2.FILLED)
        tile = small.tile(name, ink_on(colour), colour)
        if tile.shape[1] + 8 < right - left:
            _write(image, small, name, round(left) + 6, top + BAR // 2 - small.height_px // 2, ink_on(colour), colour)
        left = right
    for row, (name, ms, colour) in enumerate(pieces):
        y = top + BAR + 20 + row * LINE
        cv2.rectangle(image, (MARGIN, y + 4), (MARGIN + 20, y + LINE - 6), colour, cv2.FILLED)
        cv2.rectangle(image, (MARGIN, y + 4), (MARGIN + 20, y + LINE - 6), INK, 1)
        _write(image, small, f"{ms:6.2f} ms   {name}", MARGIN + 34, y + 2, INK, WHITE)
    return image


def check_format(path: Path) -> None:
    """Raises ConfigError where a picture cannot be written under such a name."""
    if not cv2.haveImageWriter(f"x{path.suffix}"):
        raise ConfigError(f"cannot write the picture {path}: no such image format; end its name in .png")


def bar_file(figures: Figures, path: Path) -> bytes:
    """The bar as an image file of the format that the name says."""
    return cv2.imencode(path.suffix, draw_bar(figures))[1].tobytes()


def _write(image: np.ndarray, letters: Lettering, text: str, left: int, top: int, ink: Bgr, ground: Bgr) -> None:
    tile = letters.tile(text, ink, ground)
    width = min(tile.shape[1], image.shape[1] - left)
    image[top : top + tile.shape[0], left : left + width] = tile[:, :width]
