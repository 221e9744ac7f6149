"""Covers a face so that nothing of it can be brought back."""

import cv2
import numpy as np

CELLS = 4
"""Colours across a cover. With 16 colours of 12 levels each, 57 bits say what there was; an embedding has thousands."""
STEP = 21
"""Grey levels between two levels of a cover's colours."""
ROOM = 1.42
"""Half axes of the ellipse by half sides of the box: it passes through the box's corners, all of which is covered."""
FAR = 1 << 14
"""Pixels; OpenCV's drawing overflows with coordinates beyond 16 bits."""


def colours_of(image: np.ndarray, xyxy: np.ndarray) -> np.ndarray:
    """The few colours of a part of a picture.

    To be taken once and used for as long as the cover is needed: a mosaic that is made anew on each frame of a video
    shows another average each time, and many of them together show the face.

    Args:
        image: `(H, W, 3) uint8` BGR.
        xyxy: `(4,) float32` pixels; may reach beyond the picture.

    Returns:
        `(CELLS, CELLS, 3) uint8`; grey where the box lies outside.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = np.clip(np.nan_to_num(xyxy), [0, 0, 0, 0], [width, height, width, height]).astype(int)
    if right <= left or bottom <= top:
        return np.full((CELLS, CELLS, 3), 128, np.uint8)
    small = cv2.resize(image[top:bottom, left:right], (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    mean = small.reshape(-1, 3).mean(axis=0)
    softened = small * 0.5 + mean * 0.5  # two dark cells above a light one are a face again to a detector
    return np.asarray(np.clip(np.round(softened / STEP) * STEP, 0, 255), np.uint8)


def cover(image: np.ndarray, xyxy: np.ndarray, colours: np.ndarray) -> None:
    """Paint an ellipse over a box and everything in it.

    Args:
        image: `(H, W, 3) uint8` BGR, drawn on in place.
        xyxy: `(4,) float32` pixels; may reach beyond the picture.
        colours: `(CELLS, CELLS, 3) uint8`, as `colours_of` gives them.
    """
    box = np.clip(np.nan_to_num(xyxy.astype(np.float64)), -FAR, FAR)
    centre, half = (box[:2] + box[2:]) / 2, np.maximum((box[2:] - box[:2]) / 2 * ROOM, 1) + 1
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(centre - half), 0, [width, height]).astype(int)
    right, bottom = np.clip(np.ceil(centre + half), 0, [width, height]).astype(int)
    if right <= left or bottom <= top:
        return
    # Colours in flat squares over the whole of the ellipse's box, then those inside of the ellipse.
    x = ((np.arange(left, right) + 0.5 - centre[0]) / half[0] + 1) / 2  # 0..1 across
    y = ((np.arange(top, bottom) + 0.5 - centre[1]) / half[1] + 1) / 2
    column = np.clip((x * CELLS).astype(int), 0, CELLS - 1)
    row = np.clip((y * CELLS).astype(int), 0, CELLS - 1)
    inside = ((2 * x - 1) ** 2)[None] + ((2 * y - 1) ** 2)[:, None] <= 1  # (h, w)
    part = image[top:bottom, left:right]
    part[inside] = colours[row[:, None], column[None]][inside]
