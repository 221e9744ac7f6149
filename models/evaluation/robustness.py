"""How accuracy falls where pictures are corrupted (Hendrycks and Dietterich 2019)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.evaluation.corruptions import CORRUPTIONS, STRENGTHS, corrupt

MOST = 2000
"""Pictures that are corrupted: 75 times each takes half a minute for small ones."""
Ask = Callable[[np.ndarray], np.ndarray]
"""From `(N, H, W, C) uint8` to `(N, K)` probabilities."""


@dataclass(frozen=True, slots=True)
class Robustness:
    """Accuracy under each corruption at each strength."""

    pictures: int
    clean: float
    """Accuracy on the same pictures as they are."""
    accuracy: Mapping[str, tuple[float, ...]]
    """By corruption, from strength 1 to 5."""

    @property
    def mean(self) -> float:
        """Over all corruptions and strengths."""
        return float(np.mean(list(self.accuracy.values())))

    def by_strength(self) -> tuple[float, ...]:
        """Mean over the corruptions, from strength 1 to 5."""
        return tuple(float(one) for one in np.mean(list(self.accuracy.values()), axis=0))

    def by_group(self) -> dict[str, float]:
        """Mean over all strengths of noise, blur, weather and digital ones."""
        groups: dict[str, list[float]] = {}
        for name, values in self.accuracy.items():
            groups.setdefault(CORRUPTIONS[name].group, []).extend(values)
        return {group: float(np.mean(values)) for group, values in groups.items()}


def robustness(
    ask: Ask, images: np.ndarray, truth: np.ndarray, clean: float, told: Callable[[int], None] = lambda _: None
) -> Robustness:
    """Corrupt and ask again.

    Args:
        ask: The classifier.
        images: `(N, H, W, C) uint8`.
        truth: `(N,)` integers.
        clean: Accuracy on these.
        told: Gets the number of corruptions and strengths that are done, of 75.
    """
    found: dict[str, tuple[float, ...]] = {}
    for name in CORRUPTIONS:
        right = []
        for strength in STRENGTHS:
            right.append(float((ask(corrupt(images, name, strength)).argmax(axis=1) == truth).mean()))
            told(len(found) * len(STRENGTHS) + strength)
        found[name] = tuple(right)
    return Robustness(len(images), clean, found)
