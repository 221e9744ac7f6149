"""Who was named when, and why: kept in the gallery, so that it goes with the people it is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.file import GalleryFile
from gallery.names import key_of
from gallery.store import log


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """That a face was given a name, or lost it."""

    name: str | None
    """None: somebody who is not known."""
    source: str
    """Where it was seen: the name of a recording or a camera, or of a picture."""
    track: int | None = None
    media_s: float | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    """The nearest people and their distances, nearest first."""
    crop: bytes | None = None
    """JPEG of the face, only where it was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One line of the log."""

    at: str
    """ISO 8601, UTC."""
    what: str
    name: str | None
    detail: dict[str, object]
    crop: bytes | None

    def rows(self) -> dict[str, object]:
        """As plain values, without the picture."""
        return {"at": self.at, "what": self.what, "name": self.name, **self.detail, "crop": self.crop is not None}


def write_namings(path: Path, namings: Sequence[Naming], passphrase: str | None = None) -> None:
    """Add namings to the log of a gallery; call it with several at once, for a sealed one is written as a whole.

    Raises:
        ConfigError: the gallery cannot be opened or written.
    """
    if not namings:
        return
    with GalleryFile(path, passphrase) as file, file.change() as db:
        ids: dict[str, int] = dict(db.execute("SELECT key, id FROM person").fetchall())
        for naming in namings:
            # people by number: who is removed is gone from the candidates of others too
            near = [[ids[key_of(name)], round(far, 4)] for name, far in naming.candidates if key_of(name) in ids]
            told: dict[str, object] = {
                "source": naming.source,
                "track": naming.track,
                "media_s": naming.media_s,
                "candidates": near,
            }
            detail = {key: value for key, value in told.items() if value is not None}
            who = None if naming.name is None else ids.get(key_of(naming.name))
            log(db, "unknown" if who is None else "named", who, detail, naming.crop)


def read_log(file: GalleryFile, name: str | None = None, limit: int = 100) -> list[Entry]:
    """The newest lines of the log, newest first.

    Args:
        file: of an open gallery.
        name: of the person it shall be about; None: everything.
        limit: how many at most.
    """
    with file.told():
        names: dict[int, str] = dict(file.db.execute("SELECT id, name FROM person").fetchall())
        where = "" if name is None else "WHERE person = (SELECT id FROM person WHERE key = ?)"
        rows = file.db.execute(
            f"SELECT at, what, person, detail, crop FROM audit {where} ORDER BY id DESC LIMIT ?",
            (limit,) if name is None else (key_of(name), limit),
        ).fetchall()
    return [
        Entry(at, what, names.get(who), _named(json.loads(detail), names), crop) for at, what, who, detail, crop in rows
    ]


def _named(detail: dict[str, object], names: dict[int, str]) -> dict[str, object]:
    found = dict(detail)
    if isinstance(near := found.get("candidates"), list):
        found["candidates"] = [[names[who], far] for who, far in near if who in names]
    if isinstance(other := found.get("other"), int):
        found["other"] = names.get(other, "somebody who was removed")
    return found
