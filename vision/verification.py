"""How well a distance tells whether two faces are of one person, by pairs whose truth is known.

The measures are those of Labeled Faces in the Wild (Huang et al. 2007) and of NIST's face tests: the share of true
pairs accepted against the share of false ones, accuracy by ten folds whose threshold never saw the fold, equal error
rate, and the share of true pairs accepted where one false pair in a thousand is.
"""

from dataclasses import dataclass

import numpy as np

T_95 = {2: 12.706, 5: 2.776, 10: 2.262, 20: 2.093}
"""Student's t for 95 % and so many folds."""


@dataclass(frozen=True, eq=False)
class Roc:
    """What each threshold accepts: a pair is accepted where its distance is at most the threshold."""

    threshold: np.ndarray
    """`(T,) float64`, ascending, from below the least distance on."""
    tar: np.ndarray
    """`(T,) float64`: share of the true pairs that are accepted."""
    far: np.ndarray
    """`(T,) float64`: share of the false pairs that are."""

    @property
    def auc(self) -> float:
        """Area under the curve: the chance that a true pair is nearer than a false one."""
        return float(np.trapezoid(self.tar, self.far))

    @property
    def eer(self) -> tuple[float, float]:
        """Equal error rate and its threshold: as many false pairs accepted as true ones refused."""
        miss = 1.0 - self.tar
        at = int(np.argmax(self.far >= miss))
        if at == 0:
            return float((self.far[0] + miss[0]) / 2), float(self.threshold[0])
        gap = miss[at - 1 : at + 1] - self.far[at - 1 : at + 1]  # from positive to not
        share = gap[0] / max(gap[0] - gap[1], 1e-12)
        rate = self.far[at - 1] + share * (self.far[at] - self.far[at - 1])
        return float(rate), float(self.threshold[at])

    def tar_at(self, far: float) -> tuple[float, float]:
        """The share of true pairs accepted by the largest threshold that accepts at most `far` of the false ones."""
        at = int(np.searchsorted(self.far, far, side="right")) - 1
        return float(self.tar[at]), float(self.threshold[at])


@dataclass(frozen=True)
class Accuracy:
    """Share of right answers, each fold by the threshold that was best on the others."""

    mean: float
    low: float
    """Lower end of the 95 % confidence interval, by Student's t over the folds."""
    high: float
    folds: int
    threshold: float
    """Mean of the folds' thresholds."""


def roc(distance: np.ndarray, same: np.ndarray) -> Roc:
    """The curve over every threshold that makes a difference.

    Args:
        distance: `(N,)`, smaller is more alike; infinite where there was nothing to compare.
        same: `(N,) bool`.

    Raises:
        ValueError: the pairs are all of one kind.

    >>> curve = roc(np.array([0.1, 0.2, 0.3, 0.4]), np.array([True, False, True, False]))
    >>> curve.auc, curve.tar_at(0.0)[0]
    (0.75, 0.5)
    """
    truths = int(same.sum())
    if not 0 < truths < len(same):
        raise ValueError(f"pairs: expected some of one person and some of two, received {truths} of {len(same)}")
    order = np.argsort(distance, kind="stable")
    sorted_distance, sorted_same = distance[order].astype(np.float64), same[order]
    finite = np.isfinite(sorted_distance)
    last = np.flatnonzero(np.append(np.diff(sorted_distance[finite]) > 0, True)) if finite.any() else np.zeros(0, int)
    tar, far = np.cumsum(sorted_same)[last] / truths, np.cumsum(~sorted_same)[last] / (len(same) - truths)
    threshold = sorted_distance[last]
    # below everything nothing is accepted; above everything all is, also what could not be compared
    least = threshold[0] - 1e-6 if len(threshold) else 0.0
    return Roc(
        np.concatenate([[least], threshold, [np.inf]]),
        np.concatenate([[0.0], tar, [1.0]]),
        np.concatenate([[0.0], far, [1.0]]),
    )


def best_threshold(distance: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """The threshold with the largest share of right answers, halfway to the next distance, and that share.

    >>> best_threshold(np.array([0.1, 0.3, 0.8]), np.array([True, True, False]))
    (0.55, 1.0)
    """
    curve = roc(distance, same)
    truths = same.sum()
    right = (curve.tar * truths + (1 - curve.far) * (len(same) - truths)) / len(same)
    at = int(right[:-1].argmax())
    here, after = curve.threshold[at], curve.threshold[at + 1]
    return float((here + after) / 2 if np.isfinite(after) else here), float(right[at])


def accuracy(distance: np.ndarray, same: np.ndarray, fold: np.ndarray) -> Accuracy:
    """Share of right answers, each fold judged by the threshold that is best on all others.

    Args:
        distance: `(N,)`.
        same: `(N,) bool`.
        fold: `(N,) int`, from 0; see `folds_of`.

    Raises:
        ValueError: fewer than two folds, or all pairs outside of a fold are of one kind.
    """
    count = int(fold.max(initial=-1)) + 1
    if count < 2:
        raise ValueError(f"fold: expected at least two, received {count}")
    rates, thresholds = [], []
    for number in range(count):
        held = fold == number
        threshold, _ = best_threshold(distance[~held], same[~held])
        rates.append(float(((distance[held] <= threshold) == same[held]).mean()))
        thresholds.append(threshold)
    mean = float(np.mean(rates))
    spread = T_95.get(count, 1.96) * float(np.std(rates, ddof=1)) / count**0.5
    return Accuracy(mean, max(0.0, mean - spread), min(1.0, mean + spread), count, float(np.mean(thresholds)))


def folds_of(same: np.ndarray, count: int = 10, seed: int = 0) -> np.ndarray:
    """A fold for each pair, with as many of both kinds in each as can be; always the same for the same pairs.

    Args:
        same: `(N,) bool`.
        count: of folds.
        seed: of the shuffle.

    Returns:
        `(N,) int32` in 0..count - 1.
    """
    fold = np.zeros(len(same), np.int32)
    random = np.random.default_rng(seed)
    for kind in (True, False):
        rows = random.permutation(np.flatnonzero(same == kind))
        fold[rows] = np.arange(len(rows)) % count
    return fold
