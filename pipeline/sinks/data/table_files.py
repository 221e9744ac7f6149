"""Tables in files of their own, written beside their target and given its name when all rows came."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, SinkError
from pipeline.sinks.data.config import Of
from pipeline.sinks.data.tables import EVENT_COLUMNS, OBJECT_COLUMNS, Row, event_row, object_table
from pipeline.sinks.data.tap import EventTap
from pipeline.sinks.staged import Claim, StagedText, publish
from pipeline.types import Packet, SourceInfo

GROUP_ROWS = 20_000
"""Rows that a Parquet file is written in: what waits in memory."""


class Rows:
    """Takes the rows of one table out of packets.

    Raises:
        ConfigError: objects are wanted, and no stage finds any.
    """

    def __init__(self, of: Of, info: SourceInfo, objects_from: str | None) -> None:
        if of == "objects" and objects_from is None:
            raise ConfigError("there are no objects to write: no stage gives Tracks or Detections; add one")
        self.columns = EVENT_COLUMNS if of == "events" else OBJECT_COLUMNS
        self._of, self._source, self._objects_from = of, info.name, objects_from
        self._tap = EventTap()

    def of(self, packet: Packet) -> list[Row]:
        """What is new in a packet."""
        if self._of == "events":
            return [event_row(event) for event in self._tap.events(packet)]
        return object_table(packet, self._source, self._objects_from)


class CsvTable:
    """A line for each row, after one with the names; what is not known is empty.

    Raises:
        ConfigError: the target cannot be written.
    """

    name = "csv table"

    def __init__(self, path: Path, rows: Rows, info: SourceInfo) -> None:
        self._rows = rows
        self._text = StagedText(path, info.path)
        self._text.head((",".join(rows.columns) + "\n").encode())

    def write(self, packet: Packet) -> None:
        """Append the packet's rows."""
        rows = self._rows.of(packet)
        if rows:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            self._text.write(text.getvalue().encode())

    def finish(self) -> None:
        """Give the file its final name."""
        self._text.finish()

    def close(self) -> None:
        """Let go; without `finish`, what was written stays as the temporary file."""
        self._text.close()


class ParquetTable:
    """A Parquet file with Zstandard inside.

    Raises:
        ConfigError: `pyarrow` is missing, or the target cannot be written.
    """

    name = "parquet"

    def __init__(self, path: Path, rows: Rows, info: SourceInfo) -> None:
        try:
            arrow = importlib.import_module("pyarrow")
            parquet = importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise ConfigError(
                f"cannot write {path}: Parquet needs the package pyarrow; pip install -r requirements-data.txt"
            ) from error
        kinds = {"text": arrow.string(), "integer": arrow.int64(), "real": arrow.float64()}
        self._arrow: Any = arrow
        self._schema = arrow.schema([(column, kinds[kind]) for column, kind in rows.columns.items()])
        self._rows, self._path = rows, path
        self._claim = Claim(path, info.path)
        self._writer: Any = parquet.ParquetWriter(self._claim.part, self._schema, compression="zstd")
        self._waiting: list[Row] = []
        self._published = False

    def write(self, packet: Packet) -> None:
        """Take the packet's rows."""
        self._waiting += self._rows.of(packet)
        if len(self._waiting) >= GROUP_ROWS:
            self._flush()

    def finish(self) -> None:
        """Write what waits and give the file its final name."""
        try:
            self._flush()
            self._writer.close()
            publish(self._claim.part, self._path)
        except OSError as error:
            raise self._failed(error) from error
        self._published = True

    def close(self) -> None:
        """Let go; a Parquet file without its end cannot be read, so nothing stays without `finish`."""
        with contextlib.suppress(OSError):
            self._writer.close()
        if not self._published:
            with contextlib.suppress(OSError):
                self._claim.part.unlink(missing_ok=True)
        self._claim.release()

    def _flush(self) -> None:
        columns = list(zip(*self._waiting, strict=True)) or [()] * len(self._schema)
        arrays = [
            self._arrow.array(list(column), field.type) for column, field in zip(columns, self._schema, strict=True)
        ]
        self._waiting = []
        try:
            self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> SinkError:
        return SinkError(f"cannot write {self._path}: {error.strerror or error}; make room, or name another file")
