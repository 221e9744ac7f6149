"""The three ways to carry a network over, each changing a model in place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.adaptation.adabn import adapt_norms, has_norms
from models.adaptation.config import AdaptConfig, Method
from models.adaptation.judge import probabilities
from models.adaptation.learning import learn
from models.adaptation.self_training import balanced, sure_ones
from models.data.dataset import Split
from models.training.config import AugmentConfig
from pipeline.errors import ModelError

Told = Callable[[str, int, int], None]
"""Called while it learns: what it is at, steps done, of how many."""


@dataclass(frozen=True)
class Task:
    """What a method works on."""

    model: Any
    """A `keras.Model`."""
    old: Split
    """Pictures that it was trained on; empty for AdaBN."""
    new: np.ndarray
    """`(N, H, W, C) uint8`."""
    config: AdaptConfig
    augment: AugmentConfig
    told: Told

    def learn(self, what: str, new: np.ndarray, guesses: np.ndarray | None, seed: int) -> None:
        """As `models.adaptation.learning.learn`, then new statistics for batch norm."""
        config = self.config
        learn(
            self.model,
            self.old,
            new,
            guesses,
            max(1, config.epochs * len(self.old) // config.batch),
            config.rate,
            config.batch,
            self.augment,
            seed,
            config.weight if guesses is None else 1.0,
            lambda step, of: self.told(what, step, of),
        )
        if has_norms(self.model):
            adapt_norms(self.model, self.new)


Round = dict[str, Any]
"""guesses, least_of_a_class, right."""


def by_norms(task: Task, classes: np.ndarray | None) -> list[Round]:
    """AdaBN."""
    adapt_norms(task.model, task.new)
    return []


def by_coral(task: Task, classes: np.ndarray | None) -> list[Round]:
    """Deep CORAL, then AdaBN where there is batch norm."""
    task.learn("coral", task.new, None, task.config.seed)
    return []


def by_guesses(task: Task, classes: np.ndarray | None) -> list[Round]:
    """Self-training: each round guesses anew, and learns from more guesses, classes shared as among the old pictures.

    Args:
        task: See there.
        classes: `(N,) int64` of the new pictures, only to say how many guesses were right; None: not known.

    Raises:
        ModelError: no guess is sure enough.
    """
    config, rounds = task.config, list[Round]()
    if has_norms(task.model):
        adapt_norms(task.model, task.new)
    kinds = task.model.output_shape[-1]
    shares = np.bincount(task.old.classes, minlength=kinds) / len(task.old)  # as among the old pictures
    for number in range(config.rounds):
        probability = balanced(probabilities(task.model, task.new), shares)
        most = np.ceil(len(task.new) * shares * (number + 1) / config.rounds).astype(np.int64)
        rows, guesses = sure_ones(probability, config.threshold, most)
        if not len(rows):
            raise ModelError(
                f"self-training: none of {len(task.new)} guesses is as sure as {config.threshold:g};"
                " set threshold lower, or take --method coral or adabn first"
            )
        each = np.bincount(guesses, minlength=kinds)
        right = None if classes is None else round(float((classes[rows] == guesses).mean()), 4)
        rounds.append({"guesses": len(rows), "least_of_a_class": int(each.min()), "right": right})
        what = f"round {number + 1} of {config.rounds}, {len(rows)} guesses"
        task.learn(what, task.new[rows], guesses, config.seed + 2 * number)
    return rounds


METHODS: dict[Method, Callable[[Task, np.ndarray | None], list[Round]]] = {
    "adabn": by_norms,
    "coral": by_coral,
    "self-training": by_guesses,
}
