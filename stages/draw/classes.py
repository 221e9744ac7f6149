"""Writes what a frame, a region or a track was said to be."""

import cv2

from pipeline.results.classes import UNKNOWN, Classes
from stages.draw.pen import Pen
from vision.drawing import corners
from vision.palette import Bgr, colour_of

GREY: Bgr = (128, 128, 128)


def draw_classes(pen: Pen, found: Classes) -> None:
    """A label below each track's box, and inside the lower edge of a region or the frame."""
    height, width = pen.image.shape[:2]
    for row, box in enumerate(corners(found.xyxy)):
        left, _, right, bottom = box
        name, track = found.label(row), int(found.track_id[row])
        colour = GREY if name == UNKNOWN else colour_of(max(0, track if track >= 0 else int(found.class_id[row, 0])))
        if track < 0 and (right - left < width or bottom - box[1] < height):
            cv2.rectangle(pen.image, box[:2], (right - 1, bottom - 1), colour, pen.line_px)
        short = name.partition(",")[0]
        below = min(height, bottom + pen.lettering.height_px) if track >= 0 else bottom - pen.line_px
        pen.label(f"{short} {found.score[row, 0]:.2f}", (left + (pen.line_px if track < 0 else 0), below), colour)
