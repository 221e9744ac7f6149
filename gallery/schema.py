"""The tables of a gallery, version by version; a file of an earlier version is brought up to date when it is opened."""

import sqlite3
from pathlib import Path

from pipeline.errors import ConfigError

APPLICATION_ID = 0x534C4759
"""'SLGY', written into the file's header: tells a gallery from any other SQLite file."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE person (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        key TEXT NOT NULL UNIQUE,            -- the name as it is compared: case and accents' forms folded
        kind TEXT NOT NULL DEFAULT 'known' CHECK (kind IN ('known', 'stranger')),
        added TEXT NOT NULL                  -- ISO 8601, UTC
    );
    CREATE TABLE photo (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        is_not INTEGER NOT NULL DEFAULT 0,   -- 1: a face that looks like the person and is somebody else
        source TEXT NOT NULL,                -- name of the file, never its folder
        sha256 TEXT NOT NULL,                -- of the picture's pixels and the box
        quality REAL NOT NULL,
        thumbnail BLOB,                      -- JPEG, only where it was asked for
        keypoints BLOB,                      -- (6, 2) float32 in pixels of the thumbnail
        added TEXT NOT NULL,
        UNIQUE (person, sha256, is_not)
    );
    CREATE TABLE embedding (
        photo INTEGER NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,           -- of the network and of what is done before it
        vector BLOB NOT NULL,                -- (D,) float32, little endian
        PRIMARY KEY (photo, fingerprint)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE twins (
        a INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        b INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        PRIMARY KEY (a, b), CHECK (a < b)
    ) WITHOUT ROWID;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,                    -- ISO 8601, UTC
        what TEXT NOT NULL,                  -- enrolled, renamed, merged, named, ...
        person INTEGER REFERENCES person (id) ON DELETE CASCADE,
        detail TEXT NOT NULL,                -- JSON
        crop BLOB                            -- JPEG, only where it was asked for
    );
    CREATE INDEX audit_by_person ON audit (person);
    """,
)
"""What makes a file of version n one of version n + 1; never changed, only added to."""
VERSION = len(MIGRATIONS)


def make_current(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file, or bring those of an older one up to date, all or nothing.

    Raises:
        ConfigError: it is no gallery, or a newer Sluice wrote it.
        sqlite3.Error: it is damaged, or somebody else is writing it.
    """
    version = version_of(db, path)
    if version == VERSION:
        return
    steps = "\n".join(MIGRATIONS[version:])
    script = f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    try:
        db.executescript(f"{script} COMMIT;")
    except sqlite3.Error:
        if db.in_transaction:
            db.rollback()
        raise


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """The version a file was written in; 0: it is empty.

    Raises:
        ConfigError: it is no gallery, or a newer Sluice wrote it.
    """
    application, version = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and (tables or application):
        raise ConfigError(f"{path} is a database of another program, no gallery; name another file")
    if version > VERSION:
        raise ConfigError(
            f"gallery {path} is of version {version}, and this Sluice knows those up to {VERSION}; update Sluice"
        )
    return int(version)
