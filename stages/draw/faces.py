"""Draws faces: a box and the points; and, once they were looked at, whose they are."""

import cv2

from pipeline.results.faces import Faces, Identities
from stages.draw.pen import Pen
from vision.drawing import draw_boxes
from vision.palette import Bgr, colour_of

NOBODY: Bgr = (150, 150, 150)
"""Of a face without a name, and one that is not followed."""


def draw_faces(pen: Pen, found: Faces) -> None:
    """A thin box and a dot at each point."""
    draw_boxes(pen.image, found.xyxy, [colour_of(number) if number else NOBODY for number in found.track_id], 1)
    radius = max(1, pen.line_px)
    for row, number in enumerate(found.track_id.tolist()):
        side = float(found.xyxy[row, 2] - found.xyxy[row, 0])
        if side < 24 * radius:
            continue  # the dots would hide the face
        for x, y in found.points[row].tolist():
            if x == x:  # not NaN
                place = min(max(round(x), -9999), 9999), min(max(round(y), -9999), 9999)
                cv2.circle(pen.image, place, radius, colour_of(number) if number else NOBODY, -1, cv2.LINE_AA)


def draw_identities(pen: Pen, found: Identities) -> None:
    """A box and a name; a number where somebody is not known."""
    for row, name in enumerate(found.name):
        number, stranger = int(found.faces.track_id[row]), int(found.unknown[row])
        colour = colour_of(number) if name is not None else NOBODY
        box = found.faces.xyxy[row : row + 1]
        draw_boxes(pen.image, box, [colour], pen.line_px)
        text = name if name is not None else f"unknown {stranger}" if stranger else ""
        if text:
            pen.label(text, (float(box[0, 0]), float(box[0, 1])), colour)
