"""An exponential moving average of the weights, batch norm's statistics with them (Polyak and Juditsky 1992)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


class Averages:
    """Keeps the averages beside a model, and lends them to it.

    Args:
        model: A `keras.Model`; its weights as they are now are the first averages.
        keep: Share of the averages that stays at each step.
    """

    def __init__(self, model: Any, keep: float) -> None:
        import tensorflow as tf

        self._weights = [weight.value for weight in model.weights]
        self.values = [tf.Variable(weight, trainable=False) for weight in self._weights]
        self._steps = tf.Variable(0.0, trainable=False)

        @tf.function  # type: ignore[untyped-decorator]
        def update() -> None:
            self._steps.assign_add(1.0)
            # The first steps count for more, so that averages of a short training are not its beginning.
            share = tf.minimum(keep, (1.0 + self._steps) / (10.0 + self._steps))
            for average, weight in zip(self.values, self._weights, strict=True):
                average.assign_sub((1.0 - tf.cast(share, average.dtype)) * (average - tf.cast(weight, average.dtype)))

        self._update = update

    def update(self) -> None:
        """After each step."""
        self._update()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """The model has the averages while the block runs."""
        own = [weight.numpy() for weight in self._weights]
        for weight, average in zip(self._weights, self.values, strict=True):
            weight.assign(average)
        try:
            yield
        finally:
            for weight, value in zip(self._weights, own, strict=True):
                weight.assign(value)

    def state(self) -> list[np.ndarray]:
        """Everything to go on from."""
        return [self._steps.numpy(), *(average.numpy() for average in self.values)]

    def restore(self, state: list[np.ndarray]) -> None:
        """Go on from what `state` gave."""
        self._steps.assign(state[0])
        for average, value in zip(self.values, state[1:], strict=True):
            average.assign(value)
