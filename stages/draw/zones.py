"""Draws areas, lines, what they counted, and the heat map."""

import cv2
import numpy as np

from pipeline.results.zones import Zones
from stages.draw.pen import Pen
from vision.heat import blend_heat
from vision.palette import BLACK, Bgr, colour_of

TINT = 0.18
"""How strongly the inside of an area is coloured."""
SOMEBODY = 0.34
"""The same while somebody is in it."""
FIRST_COLOUR = 3
"""Areas and lines begin with another colour than classes and tracks do."""


def draw_zones(pen: Pen, found: Zones) -> None:
    """The heat map below, then areas with how many are inside, then lines with an arrow and how many crossed."""
    if found.heat is not None:
        blend_heat(pen.image, found.heat)
    for place, corners in enumerate(found.polygons):
        _draw_area(pen, found, place, np.rint(corners).astype(np.int32))
    for place, ends in enumerate(found.ends):
        _draw_line(pen, found, place, ends)


def _draw_area(pen: Pen, found: Zones, place: int, corners: np.ndarray) -> None:
    colour, count = colour_of(FIRST_COLOUR + place), int(found.count[place])
    left, top = corners.min(0).clip(0)
    right, bottom = corners.max(0) + 1
    part = pen.image[top:bottom, left:right]
    tinted = part.copy()
    cv2.fillPoly(tinted, [corners - (left, top)], colour)
    share = SOMEBODY if count else TINT
    cv2.addWeighted(tinted, share, part, 1 - share, 0, dst=part)
    for ground, width in ((BLACK, pen.line_px + 2), (colour, pen.line_px)):
        cv2.polylines(pen.image, [corners], True, ground, width, cv2.LINE_AA)
    text = f"{found.areas[place]} {count}"
    if found.loitering[place]:
        text += f" ({int(found.loitering[place])} for long)"
    lowest = corners[np.argmax(corners[:, 1])]
    pen.label(text, (float(left), float(min(lowest[1], pen.image.shape[0]))), colour)


def _draw_line(pen: Pen, found: Zones, place: int, ends: np.ndarray) -> None:
    colour = colour_of(FIRST_COLOUR + len(found.areas) + place)
    begin, end = ends
    along = (end - begin) / max(float(np.hypot(*(end - begin))), 1e-9)
    middle = (begin + end) / 2
    tip = middle + np.array([-along[1], along[0]]) * (8 * pen.line_px + 8)  # towards its right: the first direction
    for ground, width in ((BLACK, pen.line_px + 2), (colour, pen.line_px)):
        cv2.line(pen.image, _pixel(begin), _pixel(end), ground, width, cv2.LINE_AA)
        cv2.arrowedLine(pen.image, _pixel(middle), _pixel(tip), ground, width, cv2.LINE_AA, tipLength=0.45)
    words = (f"{word} {count}" for word, count in zip(found.directions[place], found.crossed[place], strict=True))
    _write_on_line(pen, f"{found.lines[place]}: {'  '.join(words)}", begin, end, colour)


def _write_on_line(pen: Pen, text: str, begin: np.ndarray, end: np.ndarray, colour: Bgr) -> None:
    """At the line's upper end if it stands, near its left end if it lies; away from its arrow."""
    upper, lower = sorted((begin, end), key=lambda point: (point[1], point[0]))
    lies = abs(end[0] - begin[0]) > abs(end[1] - begin[1])
    first = (begin if begin[0] <= end[0] else end) if lies else upper
    other = (end if begin[0] <= end[0] else begin) if lies else lower
    spot = first + (other - first) * 0.08
    pen.label(text, (float(spot[0]) + pen.pad, float(spot[1]) - pen.pad), colour)


def _pixel(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
