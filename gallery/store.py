"""The people of a gallery and their pictures: adding, renaming, joining, and taking away for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Self

import numpy as np

from gallery.file import GalleryFile
from gallery.names import checked_name, key_of
from pipeline.errors import ConfigError
from pipeline.types import frozen_array

POINTS = (6, 2)
"""Shape of a face's keypoints."""


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """The picture of one face, kept so that another network can be asked about it."""

    jpeg: bytes
    keypoints: np.ndarray
    """`(6, 2) float32`, pixels of the thumbnail."""

    def __post_init__(self) -> None:
        frozen_array("keypoints", self.keypoints, POINTS, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FacePicture:
    """One face to be remembered."""

    source: str
    """Name of the file; its folder is left out."""
    sha256: str
    """Of the pixels that were looked at: the same face is not kept twice."""
    quality: float
    """In [0, 1]."""
    vector: np.ndarray
    """`(D,) float32`."""
    thumbnail: Thumbnail | None = None

    def __post_init__(self) -> None:
        frozen_array("vector", self.vector, (None,), np.float32)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a gallery."""

    name: str
    added: str
    """ISO 8601, UTC."""
    pictures: int
    not_pictures: int
    """Faces that were said not to be this person."""
    thumbnails: int
    fingerprints: tuple[str, ...]
    """The networks that the pictures were embedded with."""
    stranger: bool = False
    """Seen often and never given a name."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredPicture:
    """A picture of somebody in a gallery."""

    id: int
    source: str
    added: str
    quality: float
    is_not: bool
    thumbnail: Thumbnail | None
    fingerprints: tuple[str, ...]
    sha256: str = ""


class Gallery:
    """A gallery while it is open, to be changed; `Known` is what faces are compared with."""

    def __init__(self, file: GalleryFile) -> None:
        self.file = file

    @classmethod
    def open(cls, path: Path, passphrase: str | None = None, *, create: bool = False, write: bool = True) -> Self:
        """Open a gallery; see `GalleryFile` for what may go wrong."""
        return cls(GalleryFile(path, passphrase, create=create, write=write))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def people(self) -> list[Person]:
        """Everybody, in alphabetical order, people before strangers."""
        with self.file.told():
            rows = self.file.db.execute(
                "SELECT p.name, p.added, sum(h.is_not = 0), sum(h.is_not = 1), sum(h.thumbnail IS NOT NULL), p.kind,"
                " (SELECT group_concat(DISTINCT e.fingerprint) FROM embedding e JOIN photo o ON o.id = e.photo"
                "  WHERE o.person = p.id)"
                " FROM person p LEFT JOIN photo h ON h.person = p.id GROUP BY p.id ORDER BY p.kind, p.key"
            ).fetchall()
        return [
            Person(
                name,
                added,
                real or 0,
                other or 0,
                kept or 0,
                tuple(prints.split(",")) if prints else (),
                kind == "stranger",
            )
            for name, added, real, other, kept, kind, prints in rows
        ]

    def person(self, name: str) -> Person:
        """One of them.

        Raises:
            ConfigError: there is nobody of that name; the message has the nearest.
        """
        key = key_of(name)
        for person in self.people():
            if key_of(person.name) == key:
                return person
        raise self._nobody(name)

    def pictures(self, name: str) -> list[StoredPicture]:
        """What is kept of one person, oldest first."""
        who = self._id(name)
        with self.file.told():
            rows = self.file.db.execute(
                "SELECT h.id, h.source, h.added, h.quality, h.is_not, h.thumbnail, h.keypoints,"
                " (SELECT group_concat(fingerprint) FROM embedding e WHERE e.photo = h.id), h.sha256"
                " FROM photo h WHERE h.person = ? ORDER BY h.id",
                (who,),
            ).fetchall()
        return [
            StoredPicture(
                row,
                source,
                added,
                quality,
                bool(is_not),
                _thumbnail(jpeg, points),
                tuple(prints.split(",")) if prints else (),
                sha256,
            )
            for row, source, added, quality, is_not, jpeg, points, prints, sha256 in rows
        ]

    def embedded(self, name: str) -> list[tuple[StoredPicture, dict[str, np.ndarray]]]:
        """The pictures of one person, each with its `(D,) float32` by the network's fingerprint."""
        told = []
        for picture in self.pictures(name):
            with self.file.told():
                rows = self.file.db.execute(
                    "SELECT fingerprint, vector FROM embedding WHERE photo = ? ORDER BY 1", (picture.id,)
                ).fetchall()
            told.append((picture, {key: np.frombuffer(vector, "<f4").astype(np.float32) for key, vector in rows}))
        return told

    def enrol(
        self,
        name: str,
        pictures: Sequence[FacePicture],
        fingerprint: str,
        *,
        is_not: bool = False,
        stranger: bool = False,
        why: str = "enrolled",
    ) -> int:
        """Remember pictures of a person, new or known; those that are there already are passed over.

        Args:
            name: of the person.
            pictures: one or more faces.
            fingerprint: of the network that made their vectors.
            is_not: they look like the person and are somebody else.
            stranger: the person has no name yet, and `name` is an invented one.
            why: for the audit log.

        Returns:
            How many were new.

        Raises:
            ConfigError: the name cannot be one, or the file cannot be written.
        """
        shown, added = checked_name(name), 0
        with self.file.change() as db:
            row = db.execute("SELECT id FROM person WHERE key = ?", (key_of(shown),)).fetchone()
            if row is None and is_not:
                raise self._nobody(name)
            if row is None:
                kind = "stranger" if stranger else "known"
                who = db.execute(
                    "INSERT INTO person (name, key, kind, added) VALUES (?, ?, ?, ?)",
                    (shown, key_of(shown), kind, _now()),
                ).lastrowid
            else:
                who = row[0]
            for picture in pictures:
                kept = picture.thumbnail
                made = db.execute(
                    "INSERT INTO photo (person, is_not, source, sha256, quality, thumbnail, keypoints, added)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (
                        who,
                        int(is_not),
                        picture.source,
                        picture.sha256,
                        round(picture.quality, 4),
                        kept and kept.jpeg,
                        kept and kept.keypoints.astype("<f4").tobytes(),
                        _now(),
                    ),
                )
                added += made.rowcount
                photo = db.execute(
                    "SELECT id FROM photo WHERE person = ? AND sha256 = ? AND is_not = ?",
                    (who, picture.sha256, int(is_not)),
                ).fetchone()[0]
                _embed(db, photo, fingerprint, picture.vector)
            if added:
                log(db, "not this person" if is_not else why, who, {"pictures": [p.source for p in pictures]})
        return added

    def rename(self, old: str, new: str) -> None:
        """Give a person another name; a stranger with a name is one no longer.

        Raises:
            ConfigError: nobody is called so, somebody else has the new name, or it cannot be one.
        """
        who, shown = self._id(old), checked_name(new)
        with self.file.change() as db:
            taken = db.execute("SELECT id, name FROM person WHERE key = ?", (key_of(shown),)).fetchone()
            if taken and taken[0] != who:
                raise ConfigError(
                    f"there is a '{taken[1]}' in gallery {self.file.path} already; to join the two: faces merge"
                )
            was = db.execute("SELECT name FROM person WHERE id = ?", (who,)).fetchone()[0]
            db.execute("UPDATE person SET name = ?, key = ?, kind = 'known' WHERE id = ?", (shown, key_of(shown), who))
            log(db, "renamed", who, {"from": was})

    def merge(self, into: str, others: Iterable[str]) -> None:
        """Make several people one, under the name of the first.

        Raises:
            ConfigError: one of them is not there, or is the first.
        """
        who, rest = self._id(into), {name: self._id(name) for name in others}
        if who in rest.values():
            raise ConfigError(f"'{into}' cannot be merged into itself; name two people")
        with self.file.change() as db:
            for name, other in rest.items():
                db.execute("UPDATE OR IGNORE photo SET person = ? WHERE person = ?", (who, other))
                db.execute("UPDATE audit SET person = ? WHERE person = ?", (who, other))
                db.execute("DELETE FROM person WHERE id = ?", (other,))
                log(db, "merged", who, {"with": name})
            db.execute(  # what was said not to be one of them may be another of them
                "DELETE FROM photo WHERE person = ? AND is_not = 1 AND sha256 IN"
                " (SELECT sha256 FROM photo WHERE person = ? AND is_not = 0)",
                (who, who),
            )
        self.file.squeeze()

    def remove(self, names: Sequence[str]) -> None:
        """Forget people: their name, pictures, embeddings and history are in the file no longer.

        Raises:
            ConfigError: one of them is not there; then nobody is removed.
        """
        ids = [self._id(name) for name in names]
        with self.file.change() as db:
            db.executemany("DELETE FROM person WHERE id = ?", [(who,) for who in ids])
            log(db, "removed", None, {"people": len(set(ids))})
        self.file.squeeze()

    def remove_picture(self, name: str, picture: int) -> None:
        """Forget one picture of a person; the last one goes only with the person.

        Raises:
            ConfigError: the person has no such picture, or no other.
        """
        who = self._id(name)
        with self.file.change() as db:
            rows = db.execute("SELECT id, is_not FROM photo WHERE person = ?", (who,)).fetchall()
            if picture not in dict(rows):
                raise ConfigError(f"'{name}' has no picture {picture}; `faces show` lists them")
            if not dict(rows)[picture] and sum(not is_not for _, is_not in rows) == 1:
                raise ConfigError(f"picture {picture} is the only one of '{name}'; remove the person instead")
            db.execute("DELETE FROM photo WHERE id = ?", (picture,))
            log(db, "picture removed", who, {"picture": picture})
        self.file.squeeze()

    def set_twins(self, a: str, b: str, twins: bool) -> None:
        """Say that two people look alike, so that both may be seen at once under one name, or no longer.

        Raises:
            ConfigError: one of them is not there, or they are one.
        """
        first, second = sorted((self._id(a), self._id(b)))
        if first == second:
            raise ConfigError(f"'{a}' cannot be a twin of themself; name two people")
        with self.file.change() as db:
            db.execute("DELETE FROM twins WHERE a = ? AND b = ?", (first, second))
            if twins:
                db.execute("INSERT INTO twins VALUES (?, ?)", (first, second))
            log(db, "twins" if twins else "no twins", first, {"other": second})

    def twins(self) -> list[tuple[str, str]]:
        """Pairs of names."""
        with self.file.told():
            return self.file.db.execute(
                "SELECT a.name, b.name FROM twins t JOIN person a ON a.id = t.a JOIN person b ON b.id = t.b"
                " ORDER BY a.key, b.key"
            ).fetchall()

    def rows(self, fingerprint: str) -> list[tuple[str, str, np.ndarray]]:
        """Every embedding by one network: name, source and `(D,) float32`, the pictures of a person together."""
        with self.file.told():
            found = self.file.db.execute(
                "SELECT p.name, h.source, e.vector FROM embedding e JOIN photo h ON h.id = e.photo"
                " JOIN person p ON p.id = h.person WHERE e.fingerprint = ? AND h.is_not = 0 ORDER BY p.key, h.id",
                (fingerprint,),
            ).fetchall()
        return [(name, source, np.frombuffer(vector, "<f4").astype(np.float32)) for name, source, vector in found]

    def fingerprints(self) -> list[str]:
        """The networks that there are embeddings by, those with most first."""
        with self.file.told():
            found = self.file.db.execute("SELECT fingerprint FROM embedding GROUP BY 1 ORDER BY count(*) DESC, 1")
            return [row[0] for row in found]

    def without(self, fingerprint: str) -> list[tuple[str, StoredPicture]]:
        """Every picture that a network was not asked about yet, with the person's name."""
        return [
            (person.name, picture)
            for person in self.people()
            for picture in self.pictures(person.name)
            if fingerprint not in picture.fingerprints
        ]

    def add_vectors(self, vectors: dict[int, np.ndarray], fingerprint: str) -> None:
        """Add what another network makes of stored pictures.

        Args:
            vectors: `(D,) float32` by the picture's id.
            fingerprint: of that network.
        """
        with self.file.change() as db:
            for photo, vector in vectors.items():
                _embed(db, photo, fingerprint, vector)
            log(db, "embedded again", None, {"pictures": len(vectors), "network": fingerprint})

    def forget_network(self, fingerprint: str) -> None:
        """Drop the embeddings of a network that is not used any more."""
        with self.file.change() as db:
            db.execute("DELETE FROM embedding WHERE fingerprint = ?", (fingerprint,))
        self.file.squeeze()

    def _id(self, name: str) -> int:
        with self.file.told():
            row = self.file.db.execute("SELECT id FROM person WHERE key = ?", (key_of(name),)).fetchone()
        if row is None:
            raise self._nobody(name)
        return int(row[0])

    def _nobody(self, name: str) -> ConfigError:
        names = [row[0] for row in self.file.db.execute("SELECT name FROM person ORDER BY key LIMIT 10000")]
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "`faces list` shows who is"
        return ConfigError(f"there is no '{name[:40]}' in gallery {self.file.path}; {hint}")


def log(
    db: sqlite3.Connection, what: str, person: int | None, detail: dict[str, object], crop: bytes | None = None
) -> None:
    """Add a line to the audit log, within a change."""
    db.execute(
        "INSERT INTO audit (at, what, person, detail, crop) VALUES (?, ?, ?, ?, ?)",
        (_now(), what, person, json.dumps(detail, ensure_ascii=False), crop),
    )


def _embed(db: sqlite3.Connection, photo: int, fingerprint: str, vector: np.ndarray) -> None:
    db.execute(
        "INSERT OR REPLACE INTO embedding (photo, fingerprint, vector) VALUES (?, ?, ?)",
        (photo, fingerprint, vector.astype("<f4").tobytes()),
    )


def _thumbnail(jpeg: bytes | None, keypoints: bytes | None) -> Thumbnail | None:
    if jpeg is None or keypoints is None:
        return None
    return Thumbnail(jpeg, np.frombuffer(keypoints, "<f4").reshape(POINTS).astype(np.float32))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
