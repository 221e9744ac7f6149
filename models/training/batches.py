"""Batches of one epoch: which pictures come together, in which order and changed how follows from seed and epoch."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.data.dataset import Split
from models.training.config import TrainConfig

_AHEAD = 2


def steps_of(split: Split, batch: int) -> int:
    """Batches of an epoch: whole ones, or one smaller one where that is all there is."""
    return max(len(split) // batch, 1)


def order_of(count: int, seed: int, epoch: int) -> np.ndarray:
    """`(count,) int64`: which picture comes when."""
    return np.random.default_rng((seed, epoch)).permutation(count)


def seed_of(seed: int, epoch: int) -> int:
    """What an epoch's augmentation begins from."""
    return int(np.random.default_rng((seed, epoch)).integers(2**31))


def balance(classes: np.ndarray, count: int) -> np.ndarray:
    """`(count,) float32`: what a picture of each class weighs, so that all classes weigh the same together."""
    seen = np.bincount(classes, minlength=count)
    return (len(classes) / (np.maximum(seen, 1) * count)).astype(np.float32)


def training_batches(split: Split, classes: int, config: TrainConfig, epoch: int) -> Any:
    """A `tf.data.Dataset` of (images, classes, weights) for one epoch.

    Args:
        split: Training pictures.
        classes: How many classes there are, K.
        config: batch, augmentation, loss and seed.
        epoch: From 0.

    Returns:
        Images `(B, H, W, C) float32` 0 to 255; classes `(B, K) float32`, or `(B,) int64` for a sparse loss; weights
        `(B,) float32`.
    """
    import tensorflow as tf

    from models.training.augment import augmentation
    from models.training.losses import is_sparse

    order, size = order_of(len(split), config.seed, epoch), min(config.batch, len(split))
    weigh = balance(split.classes, classes) if config.class_weights == "balanced" else np.ones(classes, np.float32)
    change = augmentation(config.augment, split.images.shape[1:], seed_of(config.seed, epoch))
    sparse = is_sparse(config.loss)

    def rows() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for step in range(steps_of(split, config.batch)):
            chosen = order[step * size : (step + 1) * size]
            yield split.images[chosen], split.classes[chosen]

    def ready(images: Any, numbers: Any) -> tuple[Any, Any, Any]:
        pixels, mixed = change(tf.cast(images, tf.float32), tf.one_hot(numbers, classes))
        return pixels, numbers if sparse else mixed, tf.linalg.matvec(mixed, weigh)

    shapes = (
        tf.TensorSpec((size, *split.images.shape[1:]), tf.uint8),
        tf.TensorSpec((size,), tf.int64),
    )
    options = tf.data.Options()
    options.autotune.enabled = False  # its thread sleeps, and an epoch can stall at its end
    options.deterministic = True
    batches = tf.data.Dataset.from_generator(rows, output_signature=shapes)
    batches = batches.apply(tf.data.experimental.assert_cardinality(steps_of(split, config.batch)))
    return batches.map(ready).prefetch(_AHEAD).with_options(options)
