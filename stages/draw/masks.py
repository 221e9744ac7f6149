"""Draws a map of classes: a tint for each, an outline around it, and its name in its largest part."""

import cv2
import numpy as np

from pipeline.results.masks import Masks
from stages.draw.pen import Pen
from vision.palette import colour_of

OPACITY = 0.4


def draw_masks(pen: Pen, found: Masks) -> None:
    """Draw every class that is in the map."""
    if found.label.shape != pen.image.shape[:2]:
        return  # it was found on a picture of another size
    for class_id in found.class_ids:
        colour = colour_of(class_id)
        mask = np.asarray(found.label == class_id, np.uint8)
        tint = np.full_like(pen.image, colour)
        cv2.copyTo(cv2.addWeighted(pen.image, 1 - OPACITY, tint, OPACITY, 0), mask, pen.image)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(pen.image, outlines, -1, colour, pen.line_px, cv2.LINE_AA)
        largest = max(outlines, key=cv2.contourArea)
        left, top, width, height = cv2.boundingRect(largest)
        share = float(mask.mean())
        # In the middle: at the top it would lie on the label of a box.
        pen.label(f"{found.names[class_id]} {share:.0%}", (left + width / 3, top + height / 2), colour)
