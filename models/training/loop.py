"""One epoch: the rate set before each step, averages kept after it, and an end where the loss is no number."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from models.data.dataset import Split
from models.training.averages import Averages
from models.training.batches import steps_of, training_batches
from models.training.config import TrainConfig
from models.training.losses import make_loss
from models.training.network import LOGITS
from models.training.optimisers import make_optimiser
from models.training.schedules import share_of_rate

_JUDGED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Step:
    """Where an epoch is."""

    done: int
    of: int
    loss: float
    """Mean of the epoch so far."""
    accuracy: float


class LossIsNoNumberError(ArithmeticError):
    """The loss is infinite or no number.

    Args:
        step: Of the epoch, from 0.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"step {step + 1}")
        self.step = step


class Loop:
    """A network while it is trained.

    Args:
        network: From `models.training.network.build`: pixels to probabilities; it is what gets trained.
        train: Training pictures.
        config: The settings.
        factors: Share of the rate by variable path.
    """

    def __init__(self, network: Any, train: Split, config: TrainConfig, factors: Mapping[str, float]) -> None:
        self.config, self._train, self._factors = config, train, factors
        self.network = network
        self.model = _trainable(network, config)
        self.compile()
        self.averages = Averages(network, config.ema) if config.ema else None

    def compile(self) -> None:
        """Begin with a new optimiser: at the start, and where layers were let go of."""
        self.optimiser = make_optimiser(self.config.optimiser, self._factors)
        self.optimiser.build(self.model.trainable_variables)
        self.model.compile(
            self.optimiser, make_loss(self.config.loss), weighted_metrics=["accuracy"], jit_compile=False
        )

    def epoch(self, number: int, val_losses: Sequence[float], stepped: Callable[[Step], None]) -> tuple[float, float]:
        """Train for one epoch, from 0.

        Returns:
            Mean loss and accuracy.

        Raises:
            LossIsNoNumberError: the loss is none.
        """
        classes = self.network.output_shape[-1]
        steps = steps_of(self._train, self.config.batch)
        watch = _Steps(self, number, steps, val_losses, stepped)
        batches = training_batches(self._train, classes, self.config, number)
        self.model.fit(batches, verbose=0, shuffle=False, callbacks=[watch])
        return watch.loss, watch.accuracy

    def judge(self, split: Split) -> tuple[float, float]:
        """Cross-entropy and accuracy on a split, with the averages where they are kept."""
        if self.averages is None:
            return judge(self.network, split)
        with self.averages.lent():
            return judge(self.network, split)

    def weights(self) -> list[np.ndarray]:
        """Those to use: the averages where they are kept."""
        if self.averages is None:
            weights: list[np.ndarray] = self.network.get_weights()
            return weights
        with self.averages.lent():
            lent: list[np.ndarray] = self.network.get_weights()
            return lent


def judge(network: Any, split: Split) -> tuple[float, float]:
    """Mean cross-entropy and accuracy of probabilities on a split."""
    loss = right = 0.0
    for begin in range(0, len(split), _JUDGED_AT_ONCE):
        images = split.images[begin : begin + _JUDGED_AT_ONCE].astype(np.float32)
        classes = split.classes[begin : begin + _JUDGED_AT_ONCE]
        probability = np.asarray(network.predict_on_batch(images), np.float64)
        of_class = probability[np.arange(len(classes)), classes]
        loss -= float(np.log(np.maximum(of_class, 1e-12)).sum())
        right += float((probability.argmax(1) == classes).sum())
    count = max(len(split), 1)
    return loss / count, right / count


class _Steps(keras.callbacks.Callback):  # type: ignore[misc]  # Keras comes without types
    def __init__(
        self, loop: Loop, epoch: int, steps: int, val_losses: Sequence[float], stepped: Callable[[Step], None]
    ) -> None:
        super().__init__()
        self.loop, self.epoch_number, self.steps, self.val_losses = loop, epoch, steps, val_losses
        self.stepped = stepped
        self.loss = self.accuracy = 0.0

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        config, step = self.loop.config, self.epoch_number * self.steps + batch
        share = share_of_rate(config.schedule, step, config.epochs * self.steps, self.epoch_number, self.val_losses)
        self.loop.optimiser.learning_rate = config.optimiser.rate * share

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        self.loss, self.accuracy = float(logs["loss"]), float(logs["accuracy"])
        if not math.isfinite(self.loss):
            raise LossIsNoNumberError(batch)
        if self.loop.averages is not None:
            self.loop.averages.update()
        self.stepped(Step(batch + 1, self.steps, self.loss, self.accuracy))


def _trainable(network: Any, config: TrainConfig) -> Any:
    """The same layers from pixels to logits, as a model that trains."""
    logits = keras.Model(network.input, network.get_layer(LOGITS).output)
    if config.adversarial.kind == "none":
        return logits
    return _Adversarial(logits, config)


class _Adversarial(keras.Model):  # type: ignore[misc]
    """Each batch is learned twice: as it is, and changed to mislead (Goodfellow et al. 2015; Madry et al. 2018)."""

    def __init__(self, logits: Any, config: TrainConfig) -> None:
        from models.training.adversarial import mislead

        super().__init__()
        self.logits, self.share = logits, config.adversarial.share
        self.mislead = mislead(config.adversarial, logits, make_loss(config.loss))

    def call(self, images: Any, training: bool | None = None) -> Any:
        return self.logits(images, training=training)

    def train_step(self, data: Any) -> dict[str, Any]:
        import tensorflow as tf

        images, classes, weights = data
        misleading = self.mislead(images, classes)
        with tf.GradientTape() as tape:
            plain = self.logits(images, training=True)
            hard = self.logits(misleading, training=True)
            loss = (1 - self.share) * self.compute_loss(images, classes, plain, weights)
            loss += self.share * self.compute_loss(images, classes, hard, weights)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        self._loss_tracker.update_state(loss)
        return dict(self.compute_metrics(images, classes, plain, weights))
