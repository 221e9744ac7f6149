"""What was found in a packet's frame, as plain rows: the one place where results become data."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from pipeline.sinks.places import add_source_places
from pipeline.stage import Told
from pipeline.types import Detections, Packet, Tracks

SCHEMA = 1


class ObjectRow(TypedDict):
    """One object in one frame; the order of the keys is the order in the data."""

    track_id: int | None
    """None where the objects were found and not followed."""
    class_id: int
    class_name: str
    score: float
    xyxy: list[float]


def rounded(array: np.ndarray, places: int = 3) -> list:
    """Numbers as they should be printed: 0.91, not the 0.9100000262 that float32 holds, and never -0.0.

    >>> rounded(np.float32([0.91, -0.0001]))
    [0.91, 0.0]
    """
    clean: list = (np.round(array.astype(np.float64), places) + 0.0).tolist()
    return clean


def object_rows(packet: Packet, objects_from: str | None, score_places: int = 3) -> list[ObjectRow]:
    """What stage `objects_from` said of this frame, a row each.

    Args:
        packet: the packet; a stage that was not asked on this frame found nothing.
        objects_from: name of the stage that gives Tracks or Detections, or None for no objects at all.
        score_places: decimals of the score.

    Raises:
        LookupError: the stage gives something else; the wiring check makes this a bug.
    """
    if objects_from is None:
        return []
    found = packet.find(objects_from, object)
    if found is None:
        return []
    if isinstance(found, Tracks):
        boxes, ids = found.boxes, found.id.tolist()
    elif isinstance(found, Detections):
        boxes, ids = found, [None] * len(found)
    else:
        raise LookupError(f"stage '{objects_from}' gave {type(found).__name__}, expected Tracks or Detections")
    return [
        {
            "track_id": track_id,
            "class_id": class_id,
            "class_name": boxes.names[class_id] if 0 <= class_id < len(boxes.names) else str(class_id),
            "score": score,
            "xyxy": xyxy,
        }
        for track_id, class_id, score, xyxy in zip(
            ids, boxes.class_id.tolist(), rounded(boxes.score, score_places), rounded(boxes.xyxy), strict=True
        )
    ]


def frame_record(packet: Packet, source: str, objects_from: str | None) -> dict[str, object]:
    """The record of one frame, also of one with nothing in it. No timings: two runs can be compared byte for byte.

    `width` and `height` are those of the frame that the boxes are pixels of. Each result that has rows of its own
    stands under its key: absent where the stage was not asked, empty where it found nothing; `found_on` has the index
    of the frame for those found on an earlier one. A result with the attribute `instead_of` has the rows of that stage,
    completed: they are not written twice. Behind a filter that moves pixels, places are also given in the source's:
    `source_xyxy` and so on.
    """
    frame = packet.frame
    width, height = frame.size
    record: dict[str, object] = {
        "schema": SCHEMA,
        "source": source,
        "frame": frame.index,
        "time_s": round(frame.media_s, 3),
        "width": width,
        "height": height,
        "objects": object_rows(packet, objects_from),
    }
    found_on: dict[str, int] = {}
    completed = {getattr(result, "instead_of", None) for result in packet.results.values()}
    for stage, result in packet.results.items():
        if isinstance(result, Told) and stage not in completed:
            _tell(record, result)
            if stage in packet.found_on:
                found_on[result.key] = packet.found_on[stage].index
    if found_on:
        record["found_on"] = found_on
    if frame.to_source is not None:
        add_source_places(record, frame.to_source)
    return record


def _tell(record: dict[str, object], result: Told) -> None:
    """Put the rows of a result into the record; lists of two stages under one key are joined."""
    rows, before = result.rows(), record.get(result.key)
    record[result.key] = [*before, *rows] if isinstance(before, list) and isinstance(rows, list) else rows
