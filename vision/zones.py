"""Areas, lines and a map of the ground: where points are, and what the way between two of them passes.

Everything is done for all points and all areas or lines at once. The sides of a line: whoever stands at its first point
and looks to its second has the negative side on the left, the positive one on the right, as it is seen in the picture.
"""

import cv2
import numpy as np

ANCHORS = {
    "bottom": (0.5, 1.0),
    "centre": (0.5, 0.5),
    "top": (0.5, 0.0),
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
}
"""Points of a box by name: shares of its width and height."""


def anchors(xyxy: np.ndarray, anchor: str) -> np.ndarray:
    """The point of each box that counts.

    Args:
        xyxy: `(T, 4) float32`, pixels.
        anchor: one of `ANCHORS`.

    Returns:
        `(T, 2) float64` x, y, pixels.

    >>> anchors(np.float32([[0, 0, 4, 2]]), "bottom")
    array([[2., 2.]])
    """
    boxes = xyxy.astype(np.float64)
    points: np.ndarray = boxes[:, :2] + (boxes[:, 2:] - boxes[:, :2]) * ANCHORS[anchor]
    return points


def edges_of(polygons: list[np.ndarray]) -> np.ndarray:
    """The edges of polygons of different lengths as one array; the shorter ones have edges of no length at their end.

    Args:
        polygons: `(V, 2)` each.

    Returns:
        `(Z, most V, 2, 2) float64`: from x, y to x, y.
    """
    most = max((len(polygon) for polygon in polygons), default=0)
    filled = [np.concatenate([polygon, np.repeat(polygon[-1:], most - len(polygon), 0)]) for polygon in polygons]
    begin = np.array(filled, np.float64).reshape(len(polygons), most, 2)
    return np.stack([begin, np.roll(begin, -1, 1)], 2)


def rays(edges: np.ndarray) -> np.ndarray:
    """What `inside` needs of the edges of polygons, worked out once.

    Args:
        edges: `(Z, V, 2, 2) float64`, as `edges_of` makes them.

    Returns:
        `(4, V, 1, Z) float64`: y of both ends, and slope and offset of x over y.
    """
    x1, y1, x2, y2 = np.moveaxis(edges.reshape(*edges.shape[:2], 4), (2, 1), (0, 1))  # (V, Z) each
    height = y2 - y1
    slope = np.divide(x2 - x1, height, out=np.zeros_like(height), where=height != 0)
    return np.ascontiguousarray(np.stack([y1, y2, slope, x1 - slope * y1])[:, :, None])


def inside(points: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Which points are in which polygons: a ray to the right passes an odd number of edges.

    Args:
        points: `(T, 2) float64`.
        table: `(4, V, 1, Z) float64`, the `rays` of the polygons.

    Returns:
        `(T, Z) bool`.

    >>> square = rays(edges_of([np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])]))
    >>> inside(np.array([[1.0, 1.0], [3.0, 1.0]]), square).ravel()
    array([ True, False])
    """
    y1, y2, slope, offset = table
    x, y = points[:, :1], points[:, 1:]  # (T, 1)
    passes = (y1 > y) != (y2 > y)  # (V, T, Z)
    passes &= slope * y + offset > x
    odd: np.ndarray = np.logical_xor.reduce(passes, axis=0)  # (T, Z)
    return odd


def edge_distance(points: np.ndarray, edges: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How far each point is from the nearest edge of its own polygon.

    Args:
        points: `(K, 2) float64`.
        edges: `(K, V, 2, 2) float64`, of one polygon for each point.
        counts: `(K, V) bool`, edges that are looked at.

    Returns:
        `(K,) float64`; infinite where no edge counts.
    """
    begin, along = edges[:, :, 0], edges[:, :, 1] - edges[:, :, 0]  # (K, V, 2)
    to = points[:, None] - begin  # (K, V, 2)
    length = (along**2).sum(2)  # (K, V)
    share = np.divide((to * along).sum(2), length, out=np.zeros_like(length), where=length > 0).clip(0, 1)
    far = np.hypot(*np.moveaxis(to - along * share[..., None], 2, 0))  # (K, V)
    nearest: np.ndarray = np.where(counts & (length > 0), far, np.inf).min(1, initial=np.inf)
    return nearest


def side_distance(points: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """How far each point is from each line, endless both ways: negative on its left, positive on its right.

    Args:
        points: `(T, 2) float64`.
        lines: `(L, 2, 2) float64`, two points each.

    Returns:
        `(T, L) float64`, in the unit of the points.

    >>> side_distance(np.array([[1.0, 3.0]]), np.array([[[0.0, 0.0], [2.0, 0.0]]]))
    array([[3.]])
    """
    along = lines[:, 1] - lines[:, 0]  # (L, 2)
    along = along / np.hypot(along[:, 0], along[:, 1])[:, None]
    to = points[:, None] - lines[:, 0]  # (T, L, 2)
    distance: np.ndarray = along[:, 0] * to[..., 1] - along[:, 1] * to[..., 0]
    return distance


def passes(
    before: np.ndarray, now: np.ndarray, lines: np.ndarray, far_before: np.ndarray, far_now: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which straight ways go through which lines between their two ends, however long the way.

    Args:
        before: `(T, 2) float64`, where the ways begin.
        now: `(T, 2) float64`, where they end.
        lines: `(L, 2, 2) float64`.
        far_before: `(T, L) float64`, `side_distance` of `before`.
        far_now: `(T, L) float64`, `side_distance` of `now`.

    Returns:
        `(T, L) bool`, and `(T, L) float64` the share of the way up to there. A point on the line is on its right.
    """
    changes = (far_before < 0) != (far_now < 0)  # (T, L)
    span = far_before - far_now
    share = np.divide(far_before, span, out=np.zeros_like(span), where=changes)
    if not changes.any():
        return changes, share
    along = lines[:, 1] - lines[:, 0]  # (L, 2)
    at = before[:, None] + share[..., None] * (now - before)[:, None]  # (T, L, 2)
    place = ((at - lines[:, 0]) * along).sum(2) / (along**2).sum(1)  # (T, L), 0..1 between the ends
    return changes & (place >= 0) & (place <= 1), share


def polygon_fault(polygon: np.ndarray) -> str | None:
    """What is wrong with a polygon, in words; None where nothing is.

    Args:
        polygon: `(V, 2) float64`, in any unit.
    """
    if len(polygon) < 3:
        return f"a polygon of {len(polygon)} point{'' if len(polygon) == 1 else 's'} has no inside; give 3 or more"
    begin, end = polygon, np.roll(polygon, -1, 0)
    if not np.hypot(*(end - begin).T).all():
        return "two corners in a row are the same; leave one out"
    for first in range(len(polygon)):
        for other in range(first + 2, len(polygon)):
            if (first, other) != (0, len(polygon) - 1) and _cross(begin[first], end[first], begin[other], end[other]):
                return f"edges {first + 1} and {other + 1} cross; give the corners in the order of a walk around it"
    if polygon_area(polygon) < 1e-9 * (1 + np.abs(polygon).max() ** 2):
        return "it has no area; its corners lie on one line"
    return None


def polygon_area(polygon: np.ndarray) -> float:
    """Of a polygon `(V, 2)`, in the square of its unit; never negative.

    >>> polygon_area(np.array([[0, 0], [2, 0], [2, 2], [0, 2]]))
    4.0
    """
    x, y = polygon.astype(np.float64).T
    return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> bool:
    """Whether the segments a-b and c-d have a point in common."""

    def turn(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    def on(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> bool:
        return turn(p, q, r) == 0 and bool((np.minimum(p, q) <= r).all() and (r <= np.maximum(p, q)).all())

    apart = turn(a, b, c) * turn(a, b, d), turn(c, d, a) * turn(c, d, b)
    return (apart[0] < 0 and apart[1] < 0) or on(a, b, c) or on(a, b, d) or on(c, d, a) or on(c, d, b)


def ground_map(picture: np.ndarray, metres: np.ndarray) -> np.ndarray:
    """The homography from the picture to the ground (Hartley and Zisserman, Multiple View Geometry, chapter 4).

    Args:
        picture: `(K, 2) float64`, at least four points, pixels.
        metres: `(K, 2) float64`, where they are on the ground.

    Returns:
        `(3, 3) float64`.

    Raises:
        ValueError: they do not settle it: three of four on one line, in the picture or on the ground.
    """
    if len(picture) < 4 or len(picture) != len(metres):
        raise ValueError(f"expected 4 or more points and as many in metres, received {len(picture)} and {len(metres)}")
    for points in (picture, metres):
        if len(points) == 4 and _three_on_a_line(points):
            raise ValueError("three of the four points lie on one line, so they settle no map of the ground; move one")
    found, _ = cv2.findHomography(picture, metres)
    if found is None or not np.isfinite(found).all() or np.linalg.cond(found) > 1e12:
        raise ValueError("the points settle no map of the ground; take four that span an area, no three on one line")
    return np.asarray(found, np.float64)


def _three_on_a_line(points: np.ndarray) -> bool:
    scale = max(float(np.ptp(points, axis=0).max()), 1e-12) ** 2
    return any(polygon_area(np.delete(points, left_out, 0)) < 1e-6 * scale for left_out in range(4))


def on_ground(points: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Points of the picture on the ground: `(..., 2)` pixels to `(..., 2)` metres; not finite beyond the horizon."""
    flat = points @ ground[:, :2].T + ground[:, 2]  # (..., 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        metres: np.ndarray = flat[..., :2] / flat[..., 2:]
    return metres
