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
        mask = cv2.inRange(found.label, np.array(class_id), np.array(class_id))  # (H, W) 0 or 255
        left, top, width, height = cv2.boundingRect(mask)
        if not width:
            continue  # so little of it that none is left on a picture smaller than the network's
        part, inside = (whole[top : top + height, left : left + width] for whole in (pen.image, mask))
        tinted = cv2.addWeighted(part, 1 - OPACITY, np.full_like(part, colour), OPACITY, 0)
        cv2.copyTo(tinted, inside, part)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(pen.image, outlines, -1, colour, pen.line_px)
        largest = max(outlines, key=cv2.contourArea)
        left, top, width, height = cv2.boundingRect(largest)
        share = cv2.countNonZero(mask) / mask.size
        # In the middle: at the top it would lie on the label of a box.
        pen.label(f"{found.names[class_id]} {share:.0%}", (left + width / 3, top + height / 2), colour)
