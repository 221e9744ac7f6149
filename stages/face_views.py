"""What was seen of one track's face: the views worth keeping, and the one vector they come to."""

from dataclasses import dataclass, field

import numpy as np

KEPT = 8
"""Views a track keeps, the best; pooled, they say as much as twice as many would."""
DOUBTS = 2
"""Views in a row that look like somebody else, and like each other, before the track is taken to have changed hands."""


@dataclass
class FaceViews:
    """Embeddings of one track."""

    vectors: list[np.ndarray] = field(default_factory=list)
    """`(D,) float32` each, best first."""
    qualities: list[float] = field(default_factory=list)
    doubts: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Views that look like somebody else."""

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def best(self) -> float:
        """Quality of the best view; 0 where there is none."""
        return self.qualities[0] if self.qualities else 0.0

    @property
    def pooled(self) -> np.ndarray:
        """The mean, weighted by quality: `(D,) float32`."""
        weight = np.array(self.qualities, np.float32) + 1e-3
        mean: np.ndarray = (weight / weight.sum()) @ np.stack(self.vectors)
        return mean

    def add(self, vector: np.ndarray, quality: float, same_below: float) -> bool:
        """Take another view in.

        A face far from all that were seen is put aside; when the next is like it, the track has another face now: two
        people crossed, and the tracker took one for the other. Everything older is forgotten then.

        Args:
            vector: `(D,) float32`.
            quality: In [0, 1].
            same_below: Distance below which two faces are of one person.

        Returns:
            Whether the track changed hands.
        """
        near = not self.vectors or min(float(np.linalg.norm(vector - one)) for one in self.vectors) < same_below
        if near:
            self.doubts.clear()
            self._keep(vector, quality)
            return False
        if self.doubts and float(np.linalg.norm(vector - self.doubts[-1][0])) >= same_below:
            self.doubts.clear()
        self.doubts.append((vector, quality))
        if len(self.doubts) < DOUBTS:
            return False
        fresh, self.doubts = self.doubts, []
        self.vectors, self.qualities = [], []
        for one, how_good in fresh:
            self._keep(one, how_good)
        return True

    def _keep(self, vector: np.ndarray, quality: float) -> None:
        place = next((at for at, other in enumerate(self.qualities) if quality > other), len(self.qualities))
        self.vectors.insert(place, vector)
        self.qualities.insert(place, quality)
        del self.vectors[KEPT:], self.qualities[KEPT:]
