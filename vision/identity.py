"""How well tracks say who is where, beside others that are taken for right: recall, precision, IDF1.

IDF1 is that of Ristani et al. (ECCV 2016 workshops, section 3): ids of both are paired once for the whole recording,
so that as many boxes as can be are on frames where the pair overlaps; the harmonic mean of their shares on each side.
"""

from dataclasses import dataclass

import numpy as np

from vision.matching import assign, class_iou

OVERLAP = 0.5
"""Two boxes from here are of one thing."""
NO_IDS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Looked:
    """The tracks of one frame, a row each."""

    xyxy: np.ndarray
    """`(N, 4) float32`, pixels."""
    class_id: np.ndarray
    """`(N,)` integers."""
    id: np.ndarray
    """`(N,) int64`."""


@dataclass(frozen=True)
class Agreement:
    """How much of one is in the other; counts, so that those of several recordings add up."""

    right: int = 0
    """Boxes of what is taken for right."""
    given: int = 0
    """Boxes of the other."""
    found: int = 0
    """Boxes of both that overlap, each once."""
    same: int = 0
    """Boxes of both that overlap and whose ids are a pair."""

    @property
    def recall(self) -> float:
        """Share of what is right that was given; 1 where there is nothing to give."""
        return self.found / self.right if self.right else 1.0

    @property
    def precision(self) -> float:
        """Share of what was given that is right; 1 where nothing was given."""
        return self.found / self.given if self.given else 1.0

    @property
    def idf1(self) -> float:
        """How far ids agree, 0 to 1; 1 where neither has a box."""
        return 2 * self.same / (self.right + self.given) if self.right + self.given else 1.0

    def __add__(self, other: "Agreement") -> "Agreement":
        sums = (getattr(self, name) + getattr(other, name) for name in ("right", "given", "found", "same"))
        return Agreement(*sums)


def agreement(right: list[Looked], given: list[Looked]) -> Agreement:
    """Compare two accounts of one recording.

    Args:
        right: What is taken for right, a frame each.
        given: The other; the same frames in the same order.

    >>> box = Looked(np.float32([[0, 0, 9, 9]]), np.int32([0]), np.int64([1]))
    >>> agreement([box, box], [box, box]).idf1
    1.0
    """
    right_ids, given_ids = (np.unique(np.concatenate([NO_IDS, *(at.id for at in of)])) for of in (right, given))
    together = np.zeros((len(right_ids), len(given_ids)))  # frames on which each pair overlaps
    found = 0
    for real, said in zip(right, given, strict=True):
        alike = class_iou(real.xyxy, real.class_id, said.xyxy, said.class_id)  # (N, M)
        every = np.ones(len(real.id), np.bool_), np.ones(len(said.id), np.bool_)
        found += len(assign(alike, *every, above=np.nextafter(np.float32(OVERLAP), np.float32(0)))[0])
        rows, columns = np.nonzero(alike >= OVERLAP)
        places = np.searchsorted(right_ids, real.id[rows]), np.searchsorted(given_ids, said.id[columns])
        np.add.at(together, places, 1)
    pairs = assign(together, np.ones(len(right_ids), np.bool_), np.ones(len(given_ids), np.bool_), above=0)
    return Agreement(
        sum(len(at.id) for at in right), sum(len(at.id) for at in given), found, int(together[pairs].sum())
    )
