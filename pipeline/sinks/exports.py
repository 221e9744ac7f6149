"""What was found, in the formats that other tools read: supervision's CSV, MOTChallenge and COCO results."""

from __future__ import annotations

import csv
import difflib
import io
from pathlib import Path
from typing import ClassVar

import orjson

from pipeline.errors import ConfigError
from pipeline.sinks.data.sqlite_sink import SqliteSink
from pipeline.sinks.data.table_files import CsvTable, ParquetTable, Rows
from pipeline.sinks.records import ObjectRow, object_rows
from pipeline.sinks.staged import StagedText
from pipeline.stage import Sink
from pipeline.types import Packet, SourceInfo


class _RowExport:
    """Opens the file, and hands each packet's objects to `lines`; a subclass says what they look like."""

    name: ClassVar[str]
    score_places: ClassVar[int] = 3
    head: ClassVar[bytes] = b""
    tail: ClassVar[bytes] = b""

    def __init__(self, path: Path, info: SourceInfo, objects_from: str | None) -> None:
        """Opens the file; see `JsonLinesSink` for the arguments.

        Raises:
            ConfigError: the target cannot be written, or there is no stage to export from.
        """
        if objects_from is None:
            raise ConfigError(f"cannot export {path}: no stage gives Tracks or Detections; add one to the pipeline")
        self.path = path
        self._source = info.name
        self._objects_from = objects_from
        self._text = StagedText(path, info.path)
        self._text.head(self.head)

    def lines(self, packet: Packet, rows: list[ObjectRow]) -> bytes:
        """The bytes for one frame's objects; never called without rows."""
        raise NotImplementedError

    def write(self, packet: Packet) -> None:
        """Append the frame's objects."""
        rows = object_rows(packet, self._objects_from, self.score_places)
        if rows:
            self._text.write(self.lines(packet, rows))

    def finish(self) -> None:
        """Give the file its final name."""
        self._text.finish(self.tail)

    def close(self) -> None:
        """Let go; without `finish`, what was written stays as the temporary file."""
        self._text.close()


class CsvExport(_RowExport):
    """A row an object: supervision's columns (`CSVSink`) first, under its names, then ours."""

    name = "csv"
    columns = (
        "x_min", "y_min", "x_max", "y_max", "class_id", "confidence", "tracker_id",
        "class_name", "frame_id", "time_s", "source_id",
    )  # fmt: skip
    head = (",".join(columns) + "\n").encode()

    def lines(self, packet: Packet, rows: list[ObjectRow]) -> bytes:
        """`tracker_id` is empty for an object that was not followed; `frame_id` counts from 0."""
        text = io.StringIO()
        frame, time_s = packet.frame.index, round(packet.frame.media_s, 3)
        csv.writer(text, lineterminator="\n").writerows(
            (
                *row["xyxy"],
                row["class_id"],
                row["score"],
                row["track_id"],
                row["class_name"],
                frame,
                time_s,
                self._source,
            )
            for row in rows
        )
        return text.getvalue().encode()


class MotExport(_RowExport):
    """MOTChallenge result lines: `frame,id,bb_left,bb_top,bb_width,bb_height,conf,-1,-1,-1`.

    Frames count from 1, as the challenge has them. Boxes are pixels from 0, as the known trackers write them; an object
    that was not followed has id -1, as in the challenge's detection files.
    """

    name = "mot"

    def lines(self, packet: Packet, rows: list[ObjectRow]) -> bytes:
        """A line an object."""
        out = []
        for row in rows:
            left, top, width, height = _xywh(row["xyxy"])
            track_id = -1 if row["track_id"] is None else row["track_id"]
            out.append(f"{packet.frame.index + 1},{track_id},{left},{top},{width},{height},{row['score']},-1,-1,-1\n")
        return "".join(out).encode()


class CocoExport(_RowExport):
    """COCO results: `[{"image_id", "category_id", "bbox": [x, y, width, height], "score"}, ...]`, a line an object.

    `image_id` is the frame's index from 0. `category_id` is the network's class id as it is: COCO's own ids have gaps,
    and only the ground truth says which numbering it uses. Scores have 5 decimals: average precision sorts by them.
    """

    name = "coco"
    score_places = 5
    head = b"["
    tail = b"\n]\n"

    def lines(self, packet: Packet, rows: list[ObjectRow]) -> bytes:
        """Objects, each after the comma that the one before needs."""
        out = [
            orjson.dumps(
                {
                    "image_id": packet.frame.index,
                    "category_id": row["class_id"],
                    "bbox": _xywh(row["xyxy"]),
                    "score": row["score"],
                }
            )
            for row in rows
        ]
        return (b",\n" if self._text.records else b"\n") + b",\n".join(out)


def _xywh(xyxy: list[float]) -> list[float]:
    left, top, right, bottom = xyxy
    return [left, top, round(right - left, 3), round(bottom - top, 3)]


EXPORTS: dict[str, type[_RowExport]] = {kind.name: kind for kind in (CsvExport, MotExport, CocoExport)}

KINDS = (*EXPORTS, "events", "parquet", "sqlite")
"""What `--export KIND=FILE` knows: the formats above, events as CSV, objects as Parquet, both as a database."""


def open_export(kind: str, path: Path, info: SourceInfo, objects_from: str | None) -> Sink:
    """The sink of one of `KINDS`; see `JsonLinesSink` for the arguments.

    Raises:
        ConfigError: the target cannot be written, or there is no stage to export from.
    """
    if kind == "events":
        return CsvTable(path, Rows("events", info, objects_from), info)
    if kind == "parquet":
        return ParquetTable(path, Rows("objects", info, objects_from), info)
    if kind == "sqlite":
        return SqliteSink(path, info, objects_from)
    return EXPORTS[kind](path, info, objects_from)


def parse_export(text: str) -> tuple[str, Path]:
    """Split `--export KIND=FILE`.

    >>> parse_export("mot=out/result.txt")[0]
    'mot'

    Raises:
        ConfigError: no such kind, or no file.
    """
    kind, equals, file = text.partition("=")
    kinds = ", ".join(KINDS)
    if kind not in KINDS:
        near = difflib.get_close_matches(kind.lower(), KINDS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}={file or 'FILE'}?" if near else ""
        raise ConfigError(f"--export {text}: '{kind}' is no kind of export; there are {kinds}{hint}")
    if not equals or not file:
        raise ConfigError(f"--export {text}: the file is missing; write {kind}=FILE")
    return kind, Path(file)
