"""How differently several classifiers err: an ensemble can only mend what not all of its members get wrong.

Pairwise measures of Kuncheva and Whitaker, "Measures of Diversity in Classifier Ensembles and Their Relationship with
the Ensemble Accuracy" (2003), sections 2.1 to 2.4.
"""

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Diversity:
    """Matrices `(M, M) float64` of M classifiers, symmetric; the diagonal is each with itself."""

    disagreement: np.ndarray
    """Share of pictures that exactly one of two gets right; 0 to 1, more is more diverse."""
    q: np.ndarray
    """Yule's Q of being right, -1 to 1: 0 where they err independently; NaN where it says nothing."""
    double_fault: np.ndarray
    """Share of pictures that both get wrong; less is better."""
    correlation: np.ndarray
    """Of their errors (phi), -1 to 1; NaN where one of them makes none, or nothing else."""

    def means(self) -> dict[str, float | None]:
        """Of each measure over all pairs; None where no pair tells, or there is one classifier."""
        rows, columns = np.triu_indices(len(self.disagreement), 1)
        found: dict[str, float | None] = {}
        for name, matrix in asdict(self).items():
            pairs = matrix[rows, columns]
            pairs = pairs[np.isfinite(pairs)]
            found[name] = float(pairs.mean()) if len(pairs) else None
        return found

    def as_data(self) -> dict[str, list[list[float | None]]]:
        """For JSON: rows of each matrix, None for NaN."""
        return {
            name: [[float(value) if np.isfinite(value) else None for value in row] for row in matrix]
            for name, matrix in asdict(self).items()
        }


def diversity(right: np.ndarray) -> Diversity:
    """Compare every two classifiers by what they get right.

    Args:
        right: `(M, N) bool`, classifier by picture.

    Raises:
        ValueError: it has another shape, or no picture.

    >>> diversity(np.array([[1, 1, 0, 0], [1, 0, 1, 0]], bool)).means()
    {'disagreement': 0.5, 'q': 0.0, 'double_fault': 0.25, 'correlation': 0.0}
    """
    if right.ndim != 2 or not right.shape[1]:
        raise ValueError(f"expected (classifiers, pictures) with a picture at least, not {right.shape}")
    hits = right.astype(np.float64)
    misses, count = 1 - hits, right.shape[1]
    both, neither = hits @ hits.T, misses @ misses.T  # (M, M)
    first, second = hits @ misses.T, misses @ hits.T
    agreeing, differing = both * neither, first * second
    with np.errstate(invalid="ignore", divide="ignore"):
        q = (agreeing - differing) / (agreeing + differing)
        spread = np.sqrt((both + first) * (second + neither) * (both + second) * (first + neither))
        correlation = (agreeing - differing) / spread
    return Diversity((first + second) / count, q, neither / count, correlation)
