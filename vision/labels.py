"""Where labels go: inside the picture, beside their box, clear of each other and of other people's heads."""

import math
from collections.abc import Sequence

PLACES = ("above", "inside", "below", "above right", "right", "left", "below right")
"""In the order of preference."""
HEAD = 0.25
"""The top part of a box that another box's label should leave free: of a person it is the head."""


Rect = tuple[int, int, int, int]
"""left, top, right, bottom in whole pixels."""


def candidates(box: Rect, size: tuple[int, int], picture: tuple[int, int]) -> list[Rect]:
    """The places a label of a box could have, in the order of `PLACES`, all inside the picture.

    Args:
        box: In pixels.
        size: `(width, height)` of the label, pixels.
        picture: `(width, height)` of the picture, pixels.
    """
    left, top, right, bottom = box
    width, height = size
    corners = (
        (left, top - height),
        (left, top),
        (left, bottom),
        (right - width, top - height),
        (right, top),
        (left - width, top),
        (right - width, bottom),
    )
    most_x, most_y = max(0, picture[0] - width), max(0, picture[1] - height)
    inside = [(min(max(0, x), most_x), min(max(0, y), most_y)) for x, y in corners]
    return [(x, y, x + width, y + height) for x, y in inside]


def place_labels(
    boxes: Sequence[Rect],
    sizes: Sequence[tuple[int, int]],
    picture: tuple[int, int],
    before: Sequence[int] | None = None,
    taken: Sequence[Rect] = (),
) -> tuple[list[Rect], list[int]]:
    """A place for each label, one after another: the first candidate that hides nothing, else the one that hides least.

    Args:
        boxes: In pixels; may reach over the edge.
        sizes: `(width, height)` of each label, pixels.
        picture: `(width, height)` of the picture, pixels.
        before: For each box the place (index into `PLACES`) it had on the frame before, or -1; it is kept where it is
            free, so that labels do not jump.
        taken: Places, in pixels, that no label should cover, such as a status line.

    Returns:
        The places of the labels, inside the picture as far as they fit; and which of `PLACES` each is.
    """
    heads = [(left, top, right, top + round(HEAD * (bottom - top))) for left, top, right, bottom in boxes]
    labels = list(taken)
    kept: list[int] = []
    for row, (box, size) in enumerate(zip(boxes, sizes, strict=True)):
        options = candidates(box, size, picture)
        others = heads[:row] + heads[row + 1 :]
        first = before[row] if before is not None and before[row] >= 0 else 0
        best, least = first, math.inf
        for place in (first, *(place for place in range(len(PLACES)) if place != first)):
            hidden = 4 * _covered(options[place], labels) + _covered(options[place], others)
            if place == 1:
                hidden += 1  # over its own head only where there is no other room
            if hidden < least:
                best, least = place, hidden
            if least == 0:
                break
        labels.append(options[best])
        kept.append(best)
    return labels[len(taken) :], kept


def _covered(place: Rect, others: Sequence[Rect]) -> int:
    """Square pixels of `others` that a place covers. A loop over tuples: NumPy gains only from some hundred on."""
    left, top, right, bottom = place
    covered = 0
    for x0, y0, x1, y1 in others:
        if x0 < right and left < x1 and y0 < bottom and top < y1:
            covered += (min(right, x1) - max(left, x0)) * (min(bottom, y1) - max(top, y0))
    return covered
