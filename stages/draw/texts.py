"""Draws texts: the quadrilateral, and what it says above it."""

from dataclasses import replace

import cv2
import numpy as np

from pipeline.results.texts import Texts
from stages.draw.glyphs import lettering_for
from stages.draw.pen import Pen
from vision.palette import colour_of


def draw_texts(pen: Pen, found: Texts) -> None:
    """Each in the colour of its track; first all outlines, then the labels, so that no line crosses a label."""
    colours = [colour_of(max(0, number)) for number in found.id.tolist()]
    for quad, colour in zip(found.quad, colours, strict=True):
        corners = np.clip(np.rint(quad), -9999, 9999).astype(np.int32)
        cv2.polylines(pen.image, [corners], True, colour, pen.line_px, cv2.LINE_AA)
    for row, text in enumerate(found.text):
        left, top = found.quad[row].min(axis=0).tolist()
        fitting = lettering_for(text, pen.lettering)
        replace(pen, lettering=fitting).label(text, (left, max(0.0, top - pen.line_px)), colours[row])
