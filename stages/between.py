"""Detections between two looks of a detector, for `every: auto` in a recording."""

from collections.abc import Callable

from pipeline.types import Detections
from vision import between


def detections_between(first: object, last: object) -> Callable[[float], Detections] | None:
    """What `pipeline.between.Between` asks of a stage that gives Detections and has no memory."""
    if not (isinstance(first, Detections) and isinstance(last, Detections)):
        return None
    joined = between.join(*(between.Boxes(found.xyxy, found.score, found.class_id) for found in (first, last)))
    if joined is None:
        return None

    def at(share: float) -> Detections:
        return Detections(*between.between(joined, share), first.names)

    return at
