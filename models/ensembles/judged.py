"""How good an ensemble is beside its members, on the same pictures, with how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.ensembles.diversity import Diversity, diversity
from models.ensembles.rule import LEAST
from models.evaluation.interval import Z_95, wilson


@dataclass(frozen=True, slots=True)
class Score:
    """Of one classifier on N pictures."""

    name: str
    accuracy: float
    low: float
    """Lower end of Wilson's 95 % interval of the accuracy."""
    high: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more one classifier gets right than another of the same pictures."""

    share: float
    """Of the pictures; negative where it gets fewer right."""
    low: float
    """Of the 95 % interval."""
    high: float
    p: float
    """How likely so large a difference is where there is none (McNemar's exact test)."""

    def __str__(self) -> str:
        return f"{100 * self.share:+.2f} points ({100 * self.low:+.2f} to {100 * self.high:+.2f}, p {self.p:.2g})"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An ensemble and its members on one split."""

    split: str
    pictures: int
    ensemble: Score
    members: tuple[Score, ...]
    over_best: Difference
    """The ensemble less the member that is best on this split: the strictest comparison."""
    over_mean: float
    """The ensemble's accuracy less the members' mean."""
    diversity: Diversity

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "split": self.split,
            "pictures": self.pictures,
            "ensemble": _fields(self.ensemble),
            "members": [_fields(one) for one in self.members],
            "over_best": _fields(self.over_best),
            "over_mean": self.over_mean,
            "diversity": {"means": self.diversity.means(), **self.diversity.as_data()},
        }


def judge(
    split: str, names: Sequence[str], members: np.ndarray, ensemble: np.ndarray, classes: np.ndarray
) -> Judgement:
    """Hold an ensemble against its members.

    Args:
        split: What the pictures are called.
        names: Of the members.
        members: `(M, N, K)` probabilities.
        ensemble: `(N, K)` probabilities.
        classes: `(N,)`, what the pictures are; one at least.
    """
    right = members.argmax(2) == classes  # (M, N)
    ours = ensemble.argmax(1) == classes
    best = int(right.sum(axis=1).argmax())
    return Judgement(
        split,
        len(classes),
        score("ensemble", ensemble, classes),
        tuple(score(name, one, classes) for name, one in zip(names, members, strict=True)),
        difference(ours, right[best]),
        float(ours.mean() - right.mean()),
        diversity(right),
    )


def score(name: str, probabilities: np.ndarray, classes: np.ndarray) -> Score:
    """Of `(N, K)` probabilities of pictures that are `(N,)`."""
    right = int((probabilities.argmax(1) == classes).sum())
    low, high = wilson(right, len(classes))
    likely = np.maximum(probabilities[np.arange(len(classes)), classes].astype(np.float64), LEAST)
    return Score(name, right / len(classes), low, high, float(-np.log(likely).mean()))


def difference(ours: np.ndarray, theirs: np.ndarray) -> Difference:
    """Of two classifiers on the same pictures, from those that only one gets right.

    Agresti and Min, "Simple improved confidence intervals for comparing matched proportions" (2005): half a picture is
    added to each of the four counts, so that the interval is true where few differ.

    Args:
        ours: `(N,) bool`, what one gets right.
        theirs: `(N,) bool`, what the other does.
    """
    from scipy.stats import binomtest

    gained, lost = int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    count, more, less = len(ours) + 2, gained + 0.5, lost + 0.5
    middle = (more - less) / count
    reach = Z_95 * np.sqrt(max(more + less - (more - less) ** 2 / count, 0)) / count
    p = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    return Difference((gained - lost) / len(ours), float(middle - reach), float(middle + reach), float(p))


def _fields(of: Score | Difference) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__slots__}
