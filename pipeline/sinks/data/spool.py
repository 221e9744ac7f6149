"""What has still to be sent, on disk and in order: a receiver may be away for hours, and the program may be killed."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.locks import lock, unlock

logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS letters (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL
)
"""
COLUMNS = "seq, id, topic, body"
MARK = 0x536C7563
"""SQLite's application id of a spool, so that no other database is taken for one: 'Sluc'."""
AGAIN_S = 1.0
OVERHEAD_BYTES = 64
"""What a letter counts beside its body."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to send."""

    seq: int
    """Its place in the order."""
    id: str
    """Never used again, by no run: a receiver that gets it twice can tell."""
    topic: str
    body: bytes

    @property
    def size(self) -> int:
        """Bytes it counts."""
        return len(self.body) + len(self.topic) + OVERHEAD_BYTES


class Spool:
    """Letters from any thread in, the oldest out; what is in it outlives the process.

    A letter stays until `done` says that it has arrived. Beyond `most_bytes` the oldest that is not being sent is lost,
    and counted. Where the disk takes nothing (it is full, it went away) letters are held in memory, up to the same
    limit, and written as soon as it takes them.

    Args:
        path: of the spool, an SQLite file that only its owner can read; made where it is absent.
        most_bytes: of everything that waits.

    Raises:
        ConfigError: it cannot be made, it is no spool, or another run has it.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self.path = path
        self.lost = 0
        """Letters that the limit left no room for."""
        self._most = most_bytes
        self._mutex = threading.Lock()
        self._arrived = threading.Condition(self._mutex)
        self._held: deque[Letter] = deque()
        """Letters that are not on the disk yet; all of them come after those that are."""
        self._after = 0
        """Letters up to this one have arrived, whether the disk knows it yet or not."""
        self._in_hand = 0
        self._again_s = 0.0
        """Before this time a disk that took nothing is not tried again."""
        self._told = self._closed = False
        self._locked = _claimed(path)
        try:
            self._base = _opened(path)
            count, size, last = self._base.execute(
                "SELECT COUNT(*), COALESCE(SUM(LENGTH(body) + LENGTH(topic)), 0), COALESCE(MAX(seq), 0) FROM letters"
            ).fetchone()
        except (sqlite3.Error, OSError) as error:
            unlock(self._locked)
            raise ConfigError(f"cannot open the spool {path}: {error}; move it away, or name another folder") from error
        self._count: int = count
        self._bytes: int = size + count * OVERHEAD_BYTES
        self._next: int = last + 1

    def add(self, body: bytes, topic: str = "") -> None:
        """Put a letter at the end. Never waits for a receiver and never raises for a disk."""
        with self._mutex:
            letter = Letter(self._next, uuid.uuid4().hex, topic, body)
            if not self._make_room(letter.size):
                self._lose()
                return
            self._next += 1
            self._held.append(letter)
            self._count += 1
            self._bytes += letter.size
            self._write_held()
            self._arrived.notify()

    def oldest(self, timeout_s: float = 0.0) -> Letter | None:
        """The letter to send next, waiting for one; None where none came. It stays until `done`."""
        with self._mutex:
            if not self._count and not self._closed:
                self._arrived.wait(timeout_s)
            self._write_held()
            found = self._first()
            self._in_hand = found.seq if found else 0
            return found

    def done(self, letter: Letter) -> None:
        """It has arrived, or never will: take it out. Only ever the one that `oldest` gave."""
        with self._mutex:
            self._in_hand, self._after = 0, letter.seq
            if self._held and self._held[0].seq == letter.seq:
                self._held.popleft()
            else:
                self._delete("seq <= ?", letter.seq)
            self._count -= 1
            self._bytes -= letter.size

    def wake(self) -> None:
        """Let whoever waits in `oldest` go on."""
        with self._mutex:
            self._arrived.notify_all()

    def __len__(self) -> int:
        """Letters that wait."""
        with self._mutex:
            return self._count

    def close(self) -> None:
        """Let go; what waits is there for the next run. May be called twice."""
        with self._mutex:
            if self._closed:
                return
            self._write_held(last=True)
            if self._held:
                logger.warning("%s: the disk took nothing to the end: %d events are lost", self.path, len(self._held))
            self._closed = True
            self._arrived.notify_all()
            with contextlib.suppress(sqlite3.Error):
                self._base.close()
            unlock(self._locked)

    # --- all of these are called with the lock held -------------------------------------------------------------------

    def _first(self) -> Letter | None:
        found = self._select(f"SELECT {COLUMNS} FROM letters WHERE seq > ? ORDER BY seq LIMIT 1", self._after)
        return found or (self._held[0] if self._held else None)

    def _make_room(self, size: int) -> bool:
        """Whether there is room now; the oldest letters that are not being sent make it."""
        while self._count and self._bytes + size > self._most:
            least = max(self._after, self._in_hand)
            gone = self._select(f"SELECT {COLUMNS} FROM letters WHERE seq > ? ORDER BY seq LIMIT 1", least)
            if gone is not None:
                if not self._delete("seq = ?", gone.seq):
                    return False
            else:
                gone = next((letter for letter in self._held if letter.seq > least), None)
                if gone is None:
                    return True  # all but the one that is being sent are gone: a large one may stand beside it
                self._held.remove(gone)
            self._count -= 1
            self._bytes -= gone.size
            self._lose()
        return True

    def _lose(self) -> None:
        self.lost += 1
        if self.lost == 1:
            logger.warning("%s has reached its limit of %d bytes: the oldest events are lost", self.path, self._most)

    def _select(self, query: str, *given: object) -> Letter | None:
        try:
            row = self._base.execute(query, given).fetchone()
        except sqlite3.Error as error:
            self._tell(error)
            return None
        return Letter(*row) if row else None

    def _delete(self, which: str, seq: int) -> bool:
        try:
            with self._base:
                self._base.execute(f"DELETE FROM letters WHERE {which}", (seq,))
        except sqlite3.Error as error:
            self._tell(error)
            return False
        return True

    def _write_held(self, *, last: bool = False) -> None:
        if not self._held or self._closed or (time.monotonic() < self._again_s and not last):
            return
        try:
            with self._base:
                rows = [(letter.seq, letter.id, letter.topic, letter.body) for letter in self._held]
                self._base.executemany(f"INSERT INTO letters ({COLUMNS}) VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._tell(error)
            self._again_s = time.monotonic() + AGAIN_S
            return
        self._held.clear()
        self._told = False

    def _tell(self, error: sqlite3.Error) -> None:
        if not self._told:
            self._told = True
            logger.warning("%s: %s; events are held in memory until it can be written again", self.path, error)


def _claimed(path: Path) -> int | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return lock(path.with_name(f"{path.name}.lock"), wait=False)
    except BlockingIOError:
        raise ConfigError(f"another run sends from the spool {path}; end it, or name another spool folder") from None
    except OSError as error:
        raise ConfigError(f"cannot make the spool {path}: {error.strerror}; name another folder") from error


def _opened(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # events are nobody else's business
    base = sqlite3.connect(path, check_same_thread=False, timeout=1.0)
    try:
        mark = base.execute("PRAGMA application_id").fetchone()[0]
        if mark not in (0, MARK) or (not mark and base.execute("SELECT 1 FROM sqlite_master").fetchone()):
            raise sqlite3.DatabaseError("it is another program's database")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        with base:
            base.execute(f"PRAGMA application_id = {MARK}")
            base.execute(SCHEMA)
    except sqlite3.Error:
        base.close()
        raise
    return base
