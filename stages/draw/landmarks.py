"""Draws landmarks: lines between points, and points where there are few."""

import cv2
import numpy as np

from pipeline.results.landmarks import Landmarks
from stages.draw.pen import Pen
from vision.palette import BLACK, colour_of

HIDDEN = 0.5
"""A point that is seen less surely is not drawn, nor a line to it."""
MANY = 100
"""With more points than this, a face, they are not drawn one by one."""


def draw_landmarks(pen: Pen, found: Landmarks) -> None:
    """Each in a colour of its own, with its label at the topmost point."""
    for row, label in enumerate(found.label):
        colour = colour_of(row)
        points = np.rint(found.points[row, :, :2]).astype(np.int32)
        seen = found.visibility[row] >= HIDDEN
        many = len(points) > MANY
        for ground, width in ((BLACK, pen.line_px + 2), (colour, pen.line_px)):
            if many and ground is BLACK:
                continue
            for begin, end in found.edges:
                if seen[begin] and seen[end]:
                    cv2.line(pen.image, points[begin].tolist(), points[end].tolist(), ground, width, cv2.LINE_AA)
        if not many:
            for x, y in points[seen].tolist():
                cv2.circle(pen.image, (x, y), pen.line_px + 2, BLACK, -1, cv2.LINE_AA)
                cv2.circle(pen.image, (x, y), pen.line_px + 1, colour, -1, cv2.LINE_AA)
        if label and seen.any():
            x, y = points[seen][points[seen][:, 1].argmin()].tolist()
            pen.label(f"{label} {found.score[row]:.2f}", (float(x), float(y) - 2 * pen.line_px), colour)
