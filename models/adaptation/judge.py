"""What a change of a network brought, on the same pictures before and after."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.data.dataset import Split
from models.evaluation.interval import Z_95, wilson

AT_ONCE = 256


@dataclass(frozen=True)
class Change:
    """Figures of a network before and after."""

    pictures: int
    before: float
    """Share that is right."""
    after: float
    before_interval: tuple[float, float]
    """95 %, Wilson."""
    after_interval: tuple[float, float]
    before_loss: float
    """Mean cross-entropy."""
    after_loss: float
    mended: int
    """Pictures that were wrong and are right."""
    broken: int
    """Pictures that were right and are wrong."""

    @property
    def verdict(self) -> str:
        """'better', 'worse', or 'no difference that these pictures can show' (McNemar 1947, 95 %)."""
        changed = self.mended + self.broken
        if abs(self.mended - self.broken) <= Z_95 * changed**0.5:
            return "no difference that these pictures can show"
        return "better" if self.mended > self.broken else "worse"

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {**asdict(self), "verdict": self.verdict}


def probabilities(model: Any, images: np.ndarray) -> np.ndarray:
    """`(N, K) float64` of a `keras.Model` for `(N, H, W, C) uint8` pictures, N at least 1.

    All batches have one size, so that TensorFlow makes one graph.
    """
    parts = []
    for begin in range(0, len(images), AT_ONCE):
        some = images[begin : begin + AT_ONCE].astype(np.float32)
        whole = np.pad(some, [(0, AT_ONCE - len(some)), (0, 0), (0, 0), (0, 0)])
        parts.append(np.asarray(model.predict_on_batch(whole), np.float64)[: len(some)])
    return np.concatenate(parts)


def judge(before: np.ndarray, after: np.ndarray, classes: np.ndarray) -> Change:
    """Compare answers.

    Args:
        before, after: `(N, K)` probabilities, N at least 1.
        classes: `(N,) int64`.
    """
    rows = np.arange(len(classes))
    was, now = (answer.argmax(1) == classes for answer in (before, after))
    losses = [float(-np.log(np.maximum(answer[rows, classes], 1e-12)).mean()) for answer in (before, after)]
    return Change(
        len(classes),
        float(was.mean()),
        float(now.mean()),
        wilson(int(was.sum()), len(classes)),
        wilson(int(now.sum()), len(classes)),
        losses[0],
        losses[1],
        int((now & ~was).sum()),
        int((was & ~now).sum()),
    )


class Judge:
    """Remembers what a network says of a split.

    Args:
        model: A `keras.Model`.
        split: Pictures and their classes; None or empty: there is nothing to judge by.
    """

    def __init__(self, model: Any, split: Split | None) -> None:
        self._model = model
        self._split = split if split is not None and len(split) else None
        self._before = None if self._split is None else probabilities(model, self._split.images)

    def change(self) -> Change | None:
        """Since then; None where there is nothing to judge by."""
        if self._split is None or self._before is None:
            return None
        return judge(self._before, probabilities(self._model, self._split.images), self._split.classes)
