"""What is made small, from the logits: Keras's own losses."""

from typing import Any

from models.training.config import LossConfig


def make_loss(config: LossConfig) -> Any:
    """A function `(classes, logits) -> (B,)` losses.

    Logits are `(B, K) float32`; classes `(B, K)` one-hot or mixed, or `(B,)` numbers for sparse-cross-entropy. focal is
    Lin et al. 2017, all classes weighted alike; mse is taken from probabilities, as Brier's score is.
    """
    import keras

    if config.kind == "sparse-cross-entropy":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if config.kind == "focal":
        return keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=config.gamma, from_logits=True, label_smoothing=config.smoothing
        )
    if config.kind == "mse":
        kept, smoothing = keras.losses.MeanSquaredError(), config.smoothing

        def squared(classes: Any, logits: Any) -> Any:
            """Of probabilities, summed over the classes."""
            count = logits.shape[-1]
            wanted = classes * (1 - smoothing) + smoothing / count
            return keras.ops.mean(keras.ops.square(keras.ops.softmax(logits) - wanted), axis=-1) * count

        kept.call = squared
        return kept
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.smoothing)


def is_sparse(config: LossConfig) -> bool:
    """Whether classes are numbers instead of rows of ones and zeros."""
    return config.kind == "sparse-cross-entropy"
