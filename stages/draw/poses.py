"""Draws skeletons: a line between the joints that belong together, a dot on each."""

import cv2
import numpy as np

from pipeline.results.poses import Poses
from stages.draw.pen import Pen
from vision.palette import BLACK, WHITE, Bgr

LEFT: Bgr = (0, 159, 230)
RIGHT: Bgr = (233, 180, 86)
MIDDLE: Bgr = (66, 228, 240)
BONES = (
    ("nose", "left eye"),
    ("nose", "right eye"),
    ("left eye", "left ear"),
    ("right eye", "right ear"),
    ("left shoulder", "right shoulder"),
    ("left shoulder", "left elbow"),
    ("left elbow", "left wrist"),
    ("right shoulder", "right elbow"),
    ("right elbow", "right wrist"),
    ("left shoulder", "left hip"),
    ("right shoulder", "right hip"),
    ("left hip", "right hip"),
    ("left hip", "left knee"),
    ("left knee", "left ankle"),
    ("right hip", "right knee"),
    ("right knee", "right ankle"),
)
"""Which of COCO's points are joined."""
SHIFT = 3
"""Bits below the pixel that lines are drawn with: skeletons do not tremble by whole pixels."""


def draw_poses(pen: Pen, found: Poses) -> None:
    """Draw each person's skeleton, as far as its points are sure."""
    place = {name: index for index, name in enumerate(found.names)}
    for points, score in zip(found.points, found.score, strict=True):
        pixels = np.clip(np.rint(points * (1 << SHIFT)), -(1 << 17), 1 << 17).astype(int).tolist()
        sure = (score >= found.min_score).tolist()
        for under in (True, False):
            for one, other in BONES:
                if one in place and other in place and sure[place[one]] and sure[place[other]]:
                    colour = BLACK if under else _side(one, other)
                    width = pen.line_px + 3 if under else pen.line_px + 1
                    cv2.line(pen.image, pixels[place[one]], pixels[place[other]], colour, width, cv2.LINE_AA, SHIFT)
        for xy, seen in zip(pixels, sure, strict=True):
            if seen:
                cv2.circle(pen.image, xy, (pen.line_px + 2) << SHIFT, BLACK, cv2.FILLED, cv2.LINE_AA, SHIFT)
                cv2.circle(pen.image, xy, (pen.line_px + 1) << SHIFT, WHITE, cv2.FILLED, cv2.LINE_AA, SHIFT)


def _side(one: str, other: str) -> Bgr:
    sides = {name.partition(" ")[0] for name in (one, other)} - {"nose"}
    return LEFT if sides == {"left"} else RIGHT if sides == {"right"} else MIDDLE
