"""Some more training on old pictures and new ones side by side."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from models.adaptation.coral import coral_loss
from models.data.dataset import Split
from models.training.augment import augmentation
from models.training.config import AugmentConfig
from models.training.network import LOGITS
from pipeline.errors import ModelError

Told = Callable[[int, int], None]
"""Called after each step with its number from 1, and how many there are."""


def learn(
    model: Any,
    old: Split,
    new: np.ndarray,
    guesses: np.ndarray | None,
    steps: int,
    rate: float,
    batch: int,
    augment: AugmentConfig,
    seed: int,
    weight: float = 1.0,
    told: Told = lambda step, of: None,
) -> None:
    """Train a network for some steps; old and new pictures go through it apart, each normalised by its own batch.

    Args:
        model: From `models.training.network.build`, changed in place.
        old: Pictures with classes.
        new: `(N, H, W, C) uint8`.
        guesses: `(N,) int64`, their classes as far as known: learned from as if they were true; None: instead features
            are made to vary as those of the old ones do (CORAL).
        steps: How many.
        rate: Highest, of Adam; it falls as a cosine.
        batch: Old and new pictures a step, each.
        augment: How both are changed.
        seed: Of order and changes.
        weight: Of the part that new pictures have in the loss.
        told: See `Told`.

    Raises:
        ModelError: the loss became no number.
    """
    import keras
    import tensorflow as tf

    head = model.get_layer(LOGITS)
    both = keras.Model(model.input, [head.input, head.output])
    classes, shape = int(head.output.shape[-1]), model.input_shape[1:]
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    optimiser = keras.optimizers.Adam(rate)
    optimiser.build(both.trainable_variables)
    change = [augmentation(augment, shape, seed + part) for part in (0, 1)]
    known = guesses is not None

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def step(pixels: Any, of: Any, fresh: Any, guessed: Any) -> Any:
        pixels, of = change[0](pixels, tf.one_hot(of, classes))
        fresh, guessed = change[1](fresh, tf.one_hot(guessed, classes))
        with tf.GradientTape() as tape:
            features, logits = both(pixels, training=True)
            others, answers = both(fresh, training=True)
            part = loss(guessed, answers) if known else coral_loss(features, others)
            total = loss(of, logits) + weight * part
        variables = both.trainable_variables
        optimiser.apply(tape.gradient(total, variables), variables)
        return total

    rows, others = _rows(len(old), batch, seed), _rows(len(new), batch, seed + 1)
    for number in range(steps):
        optimiser.learning_rate = rate * 0.5 * (1 + math.cos(math.pi * number / steps))
        mine, theirs = next(rows), next(others)
        guessed = np.zeros(len(theirs), np.int64) if guesses is None else guesses[theirs]
        found = step(
            tf.constant(old.images[mine], tf.float32),
            tf.constant(old.classes[mine]),
            tf.constant(new[theirs], tf.float32),
            tf.constant(guessed),
        )
        if not math.isfinite(float(found)):
            raise ModelError(f"the loss became no number in step {number + 1}; set rate or weight lower")
        told(number + 1, steps)


def _rows(count: int, batch: int, seed: int) -> Iterator[np.ndarray]:
    """Positions, each once a round, for ever; batches are all of one size."""
    random, left = np.random.default_rng(seed), np.zeros(0, np.int64)
    while True:
        while len(left) < batch:
            left = np.concatenate([left, random.permutation(count)])
        yield left[:batch]
        left = left[batch:]
