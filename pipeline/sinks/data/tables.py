"""Events and objects as rows of plain columns: the same names in CSV, SQLite and Parquet."""

from __future__ import annotations

import orjson

from pipeline.results.events import Event
from pipeline.sinks.records import object_rows
from pipeline.types import Packet

Row = tuple[object, ...]

EVENT_COLUMNS: dict[str, str] = {
    "id": "text",
    "kind": "text",
    "phase": "text",
    "source": "text",
    "frame": "integer",
    "media_s": "real",
    "clock_s": "real",
    "stage": "text",
    "zone": "text",
    "track_id": "integer",
    "class_name": "text",
    "score": "real",
    "x_min": "real",
    "y_min": "real",
    "x_max": "real",
    "y_max": "real",
    "value": "text",
    "evidence": "text",
    "tail": "text",
}
"""Type of each column. `value` and `tail` are JSON; what is not known is empty."""

OBJECT_COLUMNS: dict[str, str] = {
    "source": "text",
    "frame": "integer",
    "media_s": "real",
    "track_id": "integer",
    "class_id": "integer",
    "class_name": "text",
    "score": "real",
    "x_min": "real",
    "y_min": "real",
    "x_max": "real",
    "y_max": "real",
}


def event_row(event: Event) -> Row:
    """The columns of an event, in the order of `EVENT_COLUMNS`."""
    row = event.row()
    row["value"] = _json(row["value"]) if row["value"] else None
    row["tail"] = _json(row["tail"]) if row["tail"] else None
    box = row.pop("xyxy") or (None,) * 4
    assert isinstance(box, list | tuple)
    row |= dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
    return tuple(row[column] for column in EVENT_COLUMNS)


def object_table(packet: Packet, source: str, objects_from: str | None) -> list[Row]:
    """A row for each object of a frame, in the order of `OBJECT_COLUMNS`."""
    frame, media_s = packet.frame.index, round(packet.frame.media_s, 3)
    return [
        (source, frame, media_s, row["track_id"], row["class_id"], row["class_name"], row["score"], *row["xyxy"])
        for row in object_rows(packet, objects_from)
    ]


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
