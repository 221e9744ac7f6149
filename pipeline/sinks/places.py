"""Places in a record, given also in the source's pixels where a filter moved them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.types import ToSource

POINTS = ("quad", "points", "polygon", "keypoints")
"""Keys of rows that hold points: x and y, and whatever follows them."""


def add_source_places(record: dict[str, object], to_source: ToSource) -> None:
    """Add to each row of a record where it is in the source.

    A row with `xyxy` gets `source_quad`, its four corners there, and `source_xyxy`, the upright box around them. One
    with `quad`, `points`, `polygon` or `keypoints` gets the same points under `source_quad` and so on. A place that has
    none in the source, beyond the horizon of a perspective, is null.

    Args:
        record: Of a frame; its rows are added to in place.
        to_source: Of the frame.
    """
    for found in record.values():
        for row in found if isinstance(found, list) else [found]:
            if isinstance(row, dict):
                _add(row, to_source)


def _add(row: dict[str, Any], to_source: ToSource) -> None:
    box = row.get("xyxy")
    if box is not None:
        left, top, right, bottom = box
        corners = to_source(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64))
        row["source_quad"] = _plain(corners)
        row["source_xyxy"] = _plain(np.concatenate([corners.min(0), corners.max(0)])[None])[0]
    for key in POINTS:
        given = row.get(key)
        if isinstance(given, list | tuple) and given and all(isinstance(point, list | tuple) for point in given):
            moved = _plain(to_source(np.array([point[:2] for point in given], np.float64)))
            row[f"source_{key}"] = [
                None if there is None else [*there, *point[2:]] for there, point in zip(moved, given, strict=True)
            ]


def _plain(rows: np.ndarray) -> list[list[float] | None]:
    """Rows of numbers, rounded; None for one that is not finite."""
    return [
        (np.round(row, 3) + 0.0).tolist() if np.isfinite(row).all() else None for row in np.asarray(rows, np.float64)
    ]
