"""Who is known, as arrays: a snapshot of a gallery for one network, to compare faces with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gallery.file import GalleryFile
from pipeline.errors import ConfigError
from pipeline.types import frozen_array

NOBODY = -1
"""In `Match.person`: nobody is enrolled, or everybody was ruled out."""
Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Who each face is nearest to; whether that is near enough is for the caller to say."""

    person: np.ndarray
    """`(M,) int32`, index into `Known.names`; -1: nobody."""
    distance: np.ndarray
    """`(M,) float32`, Euclidean, to the nearest picture of that person; infinite where there is nobody."""
    second: np.ndarray
    """`(M,) float32`, to the nearest picture of anybody else; infinite where there is nobody else."""

    def __post_init__(self) -> None:
        rows = len(self.person)
        frozen_array("person", self.person, (rows,), np.int32)
        frozen_array("distance", self.distance, (rows,), np.float32)
        frozen_array("second", self.second, (rows,), np.float32)

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The people of a gallery and their embeddings by one network. Immutable: a changed gallery is opened anew."""

    fingerprint: str
    """Of the network and of what is done before it."""
    names: tuple[str, ...]
    """Everybody with an embedding, in alphabetical order."""
    vectors: np.ndarray
    """`(N, D) float32`, rows of a person together."""
    person: np.ndarray
    """`(N,) int32`, index into `names`, ascending."""
    not_vectors: np.ndarray
    """`(K, D) float32`: faces that look like somebody and are not."""
    not_person: np.ndarray
    """`(K,) int32`, who they are not, ascending."""
    twins: frozenset[frozenset[str]] = frozenset()
    """Pairs of names that two tracks may look like at once."""
    stamp: Stamp = ()
    """What `stamp_of` said when it was opened: another answer later means that the gallery changed."""
    _starts: np.ndarray = field(init=False)
    _squares: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rows, width = self.vectors.shape
        frozen_array("vectors", self.vectors, (rows, width), np.float32)
        frozen_array("person", self.person, (rows,), np.int32)
        frozen_array("not_vectors", self.not_vectors, (len(self.not_vectors), width), np.float32)
        frozen_array("not_person", self.not_person, (len(self.not_vectors),), np.int32)
        starts = np.searchsorted(self.person, np.arange(len(self.names)))
        if rows and not (np.all(np.diff(self.person) >= 0) and np.array_equal(np.unique(self.person), self._everyone)):
            raise ValueError("person: expected ascending, with a row for each name")
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_squares", np.einsum("nd,nd->n", self.vectors, self.vectors))

    @property
    def _everyone(self) -> np.ndarray:
        return np.arange(len(self.names), dtype=np.int32)

    @classmethod
    def none(cls, fingerprint: str, length: int = 0) -> Known:
        """Nobody is known."""
        empty, ids = np.zeros((0, length), np.float32), np.zeros(0, np.int32)
        return cls(fingerprint, (), empty, ids, empty.copy(), ids.copy())

    @classmethod
    def open(cls, path: Path, fingerprint: str, passphrase: str | None = None, *, strangers: bool = False) -> Known:
        """The people of a gallery file, as one network sees them.

        Args:
            path: the gallery.
            fingerprint: of the network that faces will be compared with.
            passphrase: where it is sealed.
            strangers: also those who were seen often and never given a name.

        Raises:
            ConfigError: it cannot be opened, or everybody in it was enrolled with another network.
        """
        stamp = stamp_of(path)
        with GalleryFile(path, passphrase, write=False) as file, file.told():
            rows = file.db.execute(
                "SELECT p.name, h.is_not, e.vector FROM embedding e JOIN photo h ON h.id = e.photo"
                " JOIN person p ON p.id = h.person WHERE e.fingerprint = ? AND (p.kind = 'known' OR ?)"
                " ORDER BY p.key, h.id",
                (fingerprint, strangers),
            ).fetchall()
            others = file.db.execute(
                "SELECT count(DISTINCT fingerprint) FROM embedding WHERE fingerprint != ?", (fingerprint,)
            ).fetchone()[0]
            pairs = file.db.execute(
                "SELECT a.name, b.name FROM twins t JOIN person a ON a.id = t.a JOIN person b ON b.id = t.b"
            ).fetchall()
        if others and not rows:
            raise ConfigError(
                f"the faces of gallery {path} were enrolled with another network than {fingerprint}, and distances"
                " of two networks mean nothing: enrol them again, or, where thumbnails were kept, say:"
                f" python run.py faces reembed --gallery {path}"
            )
        positive = [(name, "", np.frombuffer(vector, "<f4")) for name, is_not, vector in rows if not is_not]
        negative = [(name, np.frombuffer(vector, "<f4")) for name, is_not, vector in rows if is_not]
        return cls.of_rows(positive, fingerprint, negative, frozenset(map(frozenset, pairs)), stamp)

    @classmethod
    def of_rows(
        cls,
        rows: Sequence[tuple[str, str, np.ndarray]],
        fingerprint: str,
        negative: Sequence[tuple[str, np.ndarray]] = (),
        twins: frozenset[frozenset[str]] = frozenset(),
        stamp: Stamp = (),
    ) -> Known:
        """From rows of name, source and `(D,) float32`, those of a person together; see `Gallery.rows`."""
        names = tuple(dict.fromkeys(name for name, _, _ in rows))
        if not names:
            return dataclasses.replace(cls.none(fingerprint), stamp=stamp)
        index = {name: place for place, name in enumerate(names)}
        against = [(name, vector) for name, vector in negative if name in index]
        width = len(rows[0][2])
        return cls(
            fingerprint,
            names,
            np.array([vector for _, _, vector in rows], np.float32),
            np.array([index[name] for name, _, _ in rows], np.int32),
            np.array([vector for _, vector in against], np.float32).reshape(-1, width),
            np.array([index[name] for name, _ in against], np.int32),
            twins,
            stamp,
        )

    def distances(self, embeddings: np.ndarray) -> np.ndarray:
        """How far each face is from each person: from the nearest of the person's pictures.

        Args:
            embeddings: `(M, D) float32`.

        Returns:
            `(M, P) float32`, Euclidean, P names. Infinite where a face is nearer to one that was said not to be that
            person than to any that is.
        """
        if not self.names:
            return np.zeros((len(embeddings), 0), np.float32)
        squared = self._squares - 2.0 * (embeddings @ self.vectors.T)  # (M, N), less the face's own square
        nearest = np.minimum.reduceat(squared, self._starts, axis=1)  # (M, P)
        if len(self.not_person):
            against = np.einsum("kd,kd->k", self.not_vectors, self.not_vectors)
            against = against - 2.0 * (embeddings @ self.not_vectors.T)  # (M, K)
            who, starts = np.unique(self.not_person, return_index=True)
            nearest_not = np.minimum.reduceat(against, starts, axis=1)  # (M, people with negatives)
            nearest[:, who] = np.where(nearest_not < nearest[:, who], np.inf, nearest[:, who])
        own = np.einsum("md,md->m", embeddings, embeddings)
        far: np.ndarray = np.sqrt(np.maximum(nearest + own[:, None], 0.0)).astype(np.float32)
        return far

    def match(self, embeddings: np.ndarray) -> Match:
        """Who each face is nearest to, by exact search.

        Args:
            embeddings: `(M, D) float32`, made by the network of `fingerprint`.

        Raises:
            ValueError: they are of another length.
        """
        rows = len(embeddings)
        if not self.names:
            far = np.full(rows, np.inf, np.float32)
            return Match(np.full(rows, NOBODY, np.int32), far, far.copy())
        if embeddings.ndim != 2 or embeddings.shape[1] != self.vectors.shape[1]:
            raise ValueError(f"embeddings: expected (M, {self.vectors.shape[1]}), received {embeddings.shape}")
        far = self.distances(embeddings)  # (M, P)
        best = far.argmin(axis=1).astype(np.int32) if rows else np.zeros(0, np.int32)
        at = np.arange(rows)
        distance = far[at, best]
        far[at, best] = np.inf
        second = far.min(axis=1) if rows else np.zeros(0, np.float32)
        best[np.isinf(distance)] = NOBODY
        return Match(best, distance, second)

    def are_twins(self, a: str, b: str) -> bool:
        """Whether the gallery says that two people look alike."""
        return frozenset((a, b)) in self.twins


def stamp_of(path: Path) -> Stamp:
    """Changes whenever the gallery does; cheap enough to ask each second. Empty where there is none."""
    marks: list[int] = []
    for name in (path, path.with_name(f"{path.name}-wal")):
        try:
            status = name.stat()
        except OSError:
            continue
        if status.st_size:
            marks += [status.st_mtime_ns, status.st_size]
    return tuple(marks)
