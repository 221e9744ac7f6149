"""What is drawn on a picture, a function each: in place, on `(H, W, 3) uint8` BGR; what reaches out of it is cut."""

from collections.abc import Sequence

import cv2
import numpy as np

from vision.palette import BLACK, Bgr

FAR_AWAY = 1 << 14
"""Pixels; OpenCV's drawing overflows with coordinates beyond 16 bits."""


def line_width(picture: tuple[int, int], scale: float = 1.0) -> int:
    """Width in pixels of a line that is seen as well on a small picture as on a large one.

    Args:
        picture: `(width, height)`, pixels.
        scale: Multiplies it.

    >>> [line_width(size) for size in ((320, 240), (1280, 720), (1920, 1080), (3840, 2160))]
    [1, 2, 3, 6]
    """
    return max(1, round(scale * min(picture) / 360))


def text_height(picture: tuple[int, int], scale: float = 1.0) -> int:
    """Height in pixels of a line of text that can be read.

    >>> [text_height(size) for size in ((320, 240), (1280, 720), (1920, 1080), (3840, 2160))]
    [14, 25, 37, 74]
    """
    return max(14, round(scale * min(picture) / 29))


def corners(xyxy: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Boxes as whole pixels that OpenCV can draw, a tuple each."""
    return [tuple(row) for row in np.clip(np.rint(xyxy), -FAR_AWAY, FAR_AWAY).astype(int).tolist()]


def draw_boxes(image: np.ndarray, xyxy: np.ndarray, colours: Sequence[Bgr], width_px: int) -> None:
    """Frames of one colour each, between two dark lines so that they show on any ground.

    Args:
        image: Drawn on.
        xyxy: `(N, 4) float32` pixels.
        colours: One for each box.
        width_px: Of the coloured line.
    """
    for (left, top, right, bottom), colour in zip(corners(xyxy), colours, strict=True):
        cv2.rectangle(image, (left, top), (right, bottom), BLACK, width_px + 2)
        cv2.rectangle(image, (left, top), (right, bottom), colour, width_px)


def draw_trail(image: np.ndarray, points: np.ndarray, colour: Bgr, width_px: int) -> None:
    """Where something went: a line that gets thinner towards the past.

    Args:
        image: Drawn on.
        points: `(K, 2) float32` x, y in pixels, the oldest first.
        colour: Of the line.
        width_px: At its newest end.
    """
    path = np.clip(np.rint(points), -FAR_AWAY, FAR_AWAY).astype(np.int32)[:, None]  # (K, 1, 2)
    thirds = (0, len(path) // 3, 2 * len(path) // 3, len(path))
    widths = (max(1, width_px // 3), max(1, 2 * width_px // 3), width_px)
    for begin, end, width in zip(thirds[:-1], thirds[1:], widths, strict=True):
        cv2.polylines(image, [path[max(0, begin - 1) : end]], False, colour, width, cv2.LINE_AA)


def paste(image: np.ndarray, tile: np.ndarray, left: int, top: int) -> None:
    """Put a small picture on a large one; what reaches over the edge is cut off.

    Args:
        image: Drawn on.
        tile: `(h, w, 3) uint8` BGR.
        left: Column of its left edge in `image`.
        top: Row of its upper edge.
    """
    height, width = image.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + tile.shape[1]), min(height, top + tile.shape[0])
    if x1 > x0 and y1 > y0:
        image[y0:y1, x0:x1] = tile[y0 - top : y1 - top, x0 - left : x1 - left]


def draw_label(
    image: np.ndarray, tiles: Sequence[np.ndarray], ground: Bgr, place: tuple[int, int, int, int], pad_px: int
) -> None:
    """Text tiles side by side on a ground of one colour.

    Args:
        image: Drawn on.
        tiles: `(h, w, 3) uint8` BGR each, on the same ground.
        ground: Colour around them.
        place: left, top, right, bottom in pixels.
        pad_px: Free columns at both ends.
    """
    left, top, right, bottom = place
    if right <= left or bottom <= top:
        return
    cv2.rectangle(image, (left, top), (right - 1, bottom - 1), ground, cv2.FILLED)
    left += pad_px
    for tile in tiles:
        paste(image, tile, left, top)
        left += tile.shape[1]
