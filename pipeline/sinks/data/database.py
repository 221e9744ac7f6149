"""The SQLite database of events and objects: how it is laid out, made and opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.sinks.data.tables import EVENT_COLUMNS, OBJECT_COLUMNS

MARK = 0x536C7545
"""SQLite's application id of such a database: 'SluE'."""
VERSION = 1
"""Its user version; a change that older programs cannot read makes it one more."""


def _columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind.upper()}" for name, kind in columns.items())


SCHEMA = (
    "CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, source TEXT, began_s REAL, ended_s REAL)",
    f"CREATE TABLE IF NOT EXISTS events (run INTEGER REFERENCES runs, {_columns(EVENT_COLUMNS)})",
    f"CREATE TABLE IF NOT EXISTS objects (run INTEGER REFERENCES runs, {_columns(OBJECT_COLUMNS)})",
    "CREATE INDEX IF NOT EXISTS events_by_clock ON events (clock_s)",
    "CREATE INDEX IF NOT EXISTS events_by_media ON events (run, media_s)",
    "CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, clock_s)",
    "CREATE INDEX IF NOT EXISTS events_by_track ON events (run, track_id)",
    "CREATE INDEX IF NOT EXISTS objects_by_media ON objects (run, media_s)",
    "CREATE INDEX IF NOT EXISTS objects_by_track ON objects (run, track_id)",
)


def make_database(path: Path) -> sqlite3.Connection:
    """Open a database for writing, made where it is absent; others may read it meanwhile (WAL).

    Raises:
        ConfigError: it cannot be opened, is another program's, or of a later version.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"cannot write {path}: the folder {path.parent} does not exist; make it first")
    return _opened(path, f"file:{_quoted(path)}", writing=True)


def read_database(path: Path) -> sqlite3.Connection:
    """Open a database for reading, also while a run writes it; the last reader leaves no file of SQLite's beside it.

    Raises:
        ConfigError: there is none, or it is none of Sluice's.
    """
    if not path.is_file():
        raise ConfigError(f"no database {path}; `data.sqlite.path` or `--export sqlite={path}` makes one")
    mode = "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro"  # 'ro' cannot tidy up
    base = _opened(path, f"file:{_quoted(path)}?mode={mode}", writing=False)
    base.execute("PRAGMA query_only = 1")
    return base


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _opened(path: Path, uri: str, *, writing: bool) -> sqlite3.Connection:
    try:
        base = sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=2.0)
    except sqlite3.Error as error:
        raise ConfigError(f"cannot open {path}: {error}; name another file") from error
    try:
        mark = base.execute("PRAGMA application_id").fetchone()[0]
        version = base.execute("PRAGMA user_version").fetchone()[0]
        fresh = not base.execute("SELECT 1 FROM sqlite_master").fetchone()
        if mark != MARK and not (fresh and writing):
            raise sqlite3.DatabaseError("it is none of Sluice's databases")
        if version > VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}, and this Sluice knows {VERSION}")
        if writing:
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = NORMAL")
            with base:
                base.execute(f"PRAGMA application_id = {MARK}")
                base.execute(f"PRAGMA user_version = {VERSION}")
                for line in SCHEMA:
                    base.execute(line)
    except sqlite3.Error as error:
        base.close()
        raise ConfigError(f"cannot open {path}: {error}; name another file") from error
    return base
