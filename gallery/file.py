"""A gallery's file: plain SQLite with a write-ahead log, or sealed under a passphrase and worked on in memory."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from gallery.schema import VERSION, make_current, version_of
from gallery.sealed import Key, is_sealed, new_key, unseal
from pipeline.errors import ConfigError
from pipeline.locks import lock, unlock

WAIT_S = 3.0
"""How long to wait for another program that is writing the gallery."""
_SQLITE = b"SQLite format 3\x00"


class GalleryFile:
    """The database of a gallery while it is open; one thread's.

    Args:
        path: the file.
        passphrase: of a sealed gallery, or for a new one that shall be sealed.
        create: make it where it is not there.
        write: False: nothing is changed, and an older version is brought up to date in memory only.
        wait_s: how long to wait for another program that is writing it.

    Raises:
        ConfigError: absent, damaged, locked, of another program or a newer version, or the passphrase is wrong.
    """

    def __init__(
        self,
        path: Path,
        passphrase: str | None = None,
        *,
        create: bool = False,
        write: bool = True,
        wait_s: float = WAIT_S,
    ) -> None:
        self.path, self.write = path, write
        self._key: Key | None = None
        self._lock: int | None = None
        self._wait_s = wait_s
        head = self._head(create)
        with self.told():
            if is_sealed(head):
                if passphrase is None:
                    raise ConfigError(f"gallery {path} is sealed; give its passphrase, such as --passphrase-file FILE")
                self.db = self._open_sealed(passphrase)
            elif head and passphrase is not None:
                raise ConfigError(f"gallery {path} is not sealed; leave the passphrase out, or seal it: faces seal")
            elif passphrase is not None:
                self.db = self._new_sealed(passphrase)
            else:
                self.db = self._open_plain(head)

    @property
    def sealed(self) -> bool:
        """Whether it is under a passphrase."""
        return self._key is not None

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A change that is on the disk as a whole afterwards, or not at all.

        Raises:
            ConfigError: another program is writing it, the disk is full, the file is damaged; close the gallery then.
        """
        if not self.write:
            raise ValueError("this gallery was opened to be read")
        with self.told():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.rollback()
                raise
            self._save()

    def squeeze(self) -> None:
        """Write the file anew without what was removed, and empty the log: nothing of it can be found afterwards."""
        with self.told():
            self.db.execute("VACUUM")
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._save()

    def seal(self, passphrase: str | None) -> None:
        """Put it under a passphrase or another one; None: in clear again. The file is replaced as a whole."""
        self.squeeze()
        key = None if passphrase is None else new_key(passphrase)
        if self._key is None:
            with self.told():
                if self.db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                    raise sqlite3.OperationalError("database is locked")
        data = self.db.serialize()
        with self.told():
            _replace(self.path, data if key is None else key.seal(data))
        self.close()
        again = GalleryFile(self.path, passphrase, wait_s=self._wait_s)
        self.db, self._key, self._lock = again.db, again._key, again._lock

    def close(self) -> None:
        """Let go; may be called twice."""
        with contextlib.suppress(sqlite3.Error):
            self.db.close()
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._lock_path.unlink()
            unlock(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    def _head(self, create: bool) -> bytes:
        """The first bytes of the file; none where it is to be made."""
        try:
            with self.path.open("rb") as file:
                head = file.read(16)
        except FileNotFoundError:
            if not create:
                raise ConfigError(
                    f"no gallery at {self.path}; make one: python run.py faces enrol NAME PHOTO --gallery {self.path}"
                ) from None
            if not self.path.parent.is_dir():
                raise ConfigError(f"cannot make gallery {self.path}: no folder {self.path.parent}; make it") from None
            return b""
        except OSError as error:
            raise ConfigError(f"cannot open gallery {self.path}: {error.strerror}; name a file") from error
        if head and head != _SQLITE and not is_sealed(head):
            raise ConfigError(f"{self.path} is no gallery, or it is damaged; name another file, or put a copy back")
        return head

    def _open_plain(self, head: bytes) -> sqlite3.Connection:
        if not self.write:
            return self._open_to_read()
        if not head:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))  # faces are their owner's alone
        db = sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None)
        try:
            if head:
                _examine(db)
            _settle(db)
            make_current(db, self.path)
            db.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            db.close()
            raise
        return db

    def _open_to_read(self) -> sqlite3.Connection:
        address = self.path.absolute().as_uri()
        # a log needs a file beside it even to read, which only who may write removes afterwards; where none can be
        # made, nobody writes either
        how = "mode=rw" if os.access(self.path, os.W_OK) else "mode=ro"
        how = how if os.access(self.path.parent, os.W_OK) else "immutable=1"
        db = sqlite3.connect(f"{address}?{how}", uri=True, timeout=self._wait_s, isolation_level=None)
        try:
            db.execute("PRAGMA query_only = ON")
            _examine(db)
            if version_of(db, self.path) == VERSION:
                return db
            copy = sqlite3.connect(":memory:", isolation_level=None)
            db.backup(copy)
            make_current(copy, self.path)
        except BaseException:
            db.close()
            raise
        db.close()
        return copy

    def _open_sealed(self, passphrase: str) -> sqlite3.Connection:
        if self.write:
            self._lock = self._locked()
        try:
            key, data = unseal(self.path.read_bytes(), passphrase, self.path)
            db = sqlite3.connect(":memory:", isolation_level=None)
            try:
                db.deserialize(data)
                _settle(db)
                make_current(db, self.path)
            except BaseException:
                db.close()
                raise
        except BaseException:
            unlock(self._lock)
            raise
        self._key = key
        return db

    def _new_sealed(self, passphrase: str) -> sqlite3.Connection:
        key = new_key(passphrase)
        self._lock = self._locked()
        self._key = key
        db = sqlite3.connect(":memory:", isolation_level=None)
        _settle(db)
        make_current(db, self.path)
        return db

    def _locked(self) -> int | None:
        until_s = time.monotonic() + self._wait_s
        while True:
            try:
                return lock(self._lock_path, wait=False)
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise sqlite3.OperationalError("database is locked") from None
                time.sleep(0.02)

    def _save(self) -> None:
        """Seal what is in memory onto the disk, where it is a sealed one."""
        if self._key is not None:
            _replace(self.path, self._key.seal(self.db.serialize()))

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """What SQLite and the system say, as a line for a person."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            why = str(error)
            if "locked" in why or "busy" in why:
                raise ConfigError(f"gallery {self.path} is in use by another program; try again when it is done") from (
                    error
                )
            if isinstance(error, sqlite3.OperationalError) and ("readonly" in why or "unable to open" in why):
                raise ConfigError(f"cannot write gallery {self.path}: {why}; check your rights there") from error
            if "full" in why:
                raise ConfigError(f"cannot write gallery {self.path}: the disk is full; nothing changed") from error
            raise ConfigError(f"gallery {self.path} is damaged ({why}); put a copy of it in its place") from error
        except OSError as error:
            raise ConfigError(f"cannot write gallery {self.path}: {error.strerror}; nothing changed") from error


def _settle(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")


def _examine(db: sqlite3.Connection) -> None:
    said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError(str(said).splitlines()[-1][:80])


def _replace(path: Path, data: bytes) -> None:
    """Write a file beside `path` for its owner alone, and put it in its place when it is whole on the disk."""
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
