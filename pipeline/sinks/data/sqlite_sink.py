"""Writes what happened into the database, a transaction a second, so that it can be asked while the run goes on."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from pathlib import Path

from pipeline.errors import SinkError
from pipeline.sinks.data.database import make_database
from pipeline.sinks.data.tables import EVENT_COLUMNS, OBJECT_COLUMNS, Row, event_row, object_table
from pipeline.sinks.data.tap import EventTap
from pipeline.types import Packet, SourceInfo

logger = logging.getLogger(__name__)

MOST_WAITING = 200_000
"""Rows held while the disk takes nothing; beyond, the run ends with what is the matter."""


def _insert(table: str, columns: dict[str, str]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * (len(columns) + 1))})"


class SqliteSink:
    """A run in the database: its row in `runs`, its events, and its objects where they are wanted.

    A database that is locked or a disk that is full is waited out: rows stay in memory, and are told of at the end of
    the run if they still do.

    Raises:
        ConfigError: the database cannot be opened.
    """

    name = "sqlite"

    def __init__(self, path: Path, info: SourceInfo, objects_from: str | None = None, every_s: float = 1.0) -> None:
        self._path, self._source, self._objects_from, self._every_s = path, info.name, objects_from, every_s
        self._base = make_database(path)
        self._tap = EventTap()
        self._events: list[Row] = []
        self._objects: list[Row] = []
        self._run: int | None = None
        self._began_s, self._written_s = time.time(), time.monotonic()
        self._told = False

    def write(self, packet: Packet) -> None:
        """Take what is new; about once a second it is written."""
        self._events += [event_row(event) for event in self._tap.events(packet)]
        if self._objects_from is not None:
            self._objects += object_table(packet, self._source, self._objects_from)
        now_s = time.monotonic()
        if now_s - self._written_s >= self._every_s:
            self._written_s = now_s
            error = self._flush()
            waiting = len(self._events) + len(self._objects)
            if error is not None and waiting > MOST_WAITING:
                raise SinkError(f"cannot write {self._path}: {error}; {waiting} rows wait for it") from error

    def finish(self) -> None:
        """Write what waits, and that the run came to its end.

        Raises:
            SinkError: the database still takes nothing.
        """
        error = self._flush(ended_s=time.time())
        if error is not None:
            waiting = len(self._events) + len(self._objects)
            raise SinkError(f"cannot write {self._path}: {error}; {waiting} rows are missing") from error

    def close(self) -> None:
        """Write what waits if it can be, and let go. May be called twice."""
        with contextlib.suppress(sqlite3.Error):
            if self._events or self._objects:
                self._flush()
        self._base.close()

    def _flush(self, ended_s: float | None = None) -> sqlite3.Error | None:
        """Everything that waits, in one transaction; what was wrong where it could not be."""
        try:
            with self._base:
                run = (
                    self._run
                    or self._base.execute(
                        "INSERT INTO runs (source, began_s) VALUES (?, ?)", (self._source, self._began_s)
                    ).lastrowid
                )
                for table, columns, rows in (
                    ("events", EVENT_COLUMNS, self._events),
                    ("objects", OBJECT_COLUMNS, self._objects),
                ):
                    self._base.executemany(_insert(table, columns), [(run, *row) for row in rows])
                if ended_s is not None:
                    self._base.execute("UPDATE runs SET ended_s = ? WHERE run = ?", (ended_s, run))
        except sqlite3.Error as error:
            if not self._told:
                self._told = True
                logger.warning("%s: %s; rows wait in memory until it can be written", self._path, error)
            return error
        self._run, self._events, self._objects, self._told = run, [], [], False
        return None
