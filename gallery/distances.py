"""What a gallery says about itself: how far pictures of one person and of two are apart, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST = 3000
"""Pictures that are compared each with each; of a larger gallery, so many by chance, always the same ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Each picture of a gallery against each other."""

    names: tuple[str, ...]
    """Of each picture, `N`."""
    sources: tuple[str, ...]
    """File name of each."""
    matrix: np.ndarray
    """`(N, N) float32`, Euclidean; infinite from a picture to itself."""
    same: np.ndarray
    """`(N, N) bool`: of one person."""

    @property
    def genuine(self) -> np.ndarray:
        """`(K,) float32` distances of two pictures of one person."""
        return self._pairs(self.same)

    @property
    def impostor(self) -> np.ndarray:
        """`(K,) float32` distances of two pictures of two people."""
        return self._pairs(~self.same)

    def _pairs(self, which: np.ndarray) -> np.ndarray:
        rows, columns = np.triu_indices(len(self.names), 1)
        keep = which[rows, columns]
        return np.asarray(self.matrix[rows[keep], columns[keep]])


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two people and how near they come."""

    a: str
    b: str
    nearest: float
    """Of a picture of one to a picture of the other."""
    middle: float
    """Median over all their pictures: that of one person, it suggests a duplicate."""


@dataclass(frozen=True, slots=True)
class BadPhoto:
    """A picture that a gallery would be better without."""

    name: str
    source: str
    own: float
    """Distance to the nearest other picture of the person; infinite where there is none."""
    other: float
    """Distance to the nearest picture of anybody else."""
    other_name: str


def distances(rows: Sequence[tuple[str, str, np.ndarray]]) -> Distances:
    """Compare each with each.

    Args:
        rows: name, source and `(D,) float32` of each picture, as `Gallery.rows` gives them.
    """
    if len(rows) > MOST:
        chosen = np.sort(np.random.default_rng(0).permutation(len(rows))[:MOST])
        rows = [rows[row] for row in chosen]
    names, sources = tuple(row[0] for row in rows), tuple(row[1] for row in rows)
    vectors = np.array([row[2] for row in rows], np.float32) if rows else np.zeros((0, 1), np.float32)
    squares = np.einsum("nd,nd->n", vectors, vectors)
    matrix = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * vectors @ vectors.T, 0)).astype(np.float32)
    np.fill_diagonal(matrix, np.inf)
    person = np.unique(np.array(names, np.str_), return_inverse=True)[1] if names else np.zeros(0, np.intp)
    return Distances(names, sources, matrix, person[:, None] == person[None])


def near_pairs(found: Distances, below: float) -> list[NearPair]:
    """People who come nearer to each other than `below`, the nearest first: they are confused, or are one."""
    rows, columns = np.nonzero(np.triu(found.matrix < below, 1) & ~found.same)
    pairs = {tuple(sorted((found.names[a], found.names[b]))) for a, b in zip(rows, columns, strict=True)}
    told = []
    names = np.array(found.names, np.str_)
    for a, b in pairs:
        block = found.matrix[np.ix_(names == a, names == b)]
        told.append(NearPair(a, b, float(block.min()), float(np.median(block))))
    return sorted(told, key=lambda pair: pair.nearest)


def bad_photos(found: Distances, same_below: float) -> list[BadPhoto]:
    """Pictures that are nearer to somebody else than to their own person, or like no other of their person."""
    if not found.names:
        return []
    own = np.where(found.same, found.matrix, np.inf)
    other = np.where(found.same, np.inf, found.matrix)
    nearest_own, nearest_other, who = own.min(axis=1), other.min(axis=1), other.argmin(axis=1)
    alone = np.isinf(nearest_own)  # the only picture of somebody
    bad = np.flatnonzero(~alone & ((nearest_other < nearest_own) | (nearest_own > same_below)))
    photos = [
        BadPhoto(
            found.names[row],
            found.sources[row],
            float(nearest_own[row]),
            float(nearest_other[row]),
            found.names[who[row]] if np.isfinite(nearest_other[row]) else "",
        )
        for row in bad
    ]
    return sorted(photos, key=lambda photo: photo.other - photo.own)


def threshold_for(impostor: np.ndarray, far: float) -> float:
    """The largest threshold that takes at most a share `far` of pairs of two people for one.

    Args:
        impostor: `(K,) float32` distances of pictures of two people, at least one.
        far: in [0, 1).

    >>> round(threshold_for(np.float32([0.5, 0.6, 0.7, 0.8]), 0.25), 3)
    0.6
    """
    ordered = np.sort(impostor)
    allowed = int(far * len(ordered))
    return float(np.nextafter(ordered[allowed], np.float32(0))) if allowed < len(ordered) else float(ordered[-1])
