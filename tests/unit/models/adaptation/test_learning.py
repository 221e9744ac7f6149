"""Training on old and new pictures side by side, on a network of one layer."""

from typing import Any

import keras
import numpy as np
import pytest

from models.adaptation.coral import coral_loss
from models.adaptation.learning import learn
from models.data.dataset import Split
from models.training.config import AugmentConfig
from models.training.network import LOGITS
from pipeline.errors import ModelError


def network() -> Any:
    keras.utils.set_random_seed(0)
    pixels = keras.Input((3, 3, 1))
    x = keras.layers.Rescaling(1 / 128, -1)(pixels)
    x = keras.layers.Dense(6, name="features")(keras.layers.Flatten()(x))
    return keras.Model(pixels, keras.layers.Softmax()(keras.layers.Dense(2, name=LOGITS)(x)))


def old() -> Split:
    """The upper pixels are bright in class 1; the lower ones are black always."""
    classes = np.arange(80) % 2
    levels = np.random.default_rng(0).integers(0, 100, (80, 3, 3, 1)) + 100 * classes[:, None, None, None]
    levels[:, 1:] = 0
    return Split(levels.astype(np.uint8), classes)


def new() -> np.ndarray:
    """The same, with noise in the lower ones."""
    images = old().images.copy()
    images[:, 1:] = np.random.default_rng(1).integers(0, 256, (80, 2, 3, 1))
    return images


def taught(guesses: np.ndarray | None, steps: int = 60, rate: float = 0.02, weight: float = 1.0) -> Any:
    model = network()
    learn(model, old(), new(), guesses, steps, rate, 16, AugmentConfig(flip="horizontal"), 0, weight)
    return model


def right(model: Any, images: np.ndarray) -> float:
    return float((np.asarray(model(images.astype(np.float32))).argmax(1) == old().classes).mean())


def features(model: Any, images: np.ndarray) -> Any:
    return keras.Model(model.input, model.get_layer("features").output)(images.astype(np.float32))


def test_coral_makes_features_vary_alike_and_the_old_classes_are_still_learned() -> None:
    plain, alike = taught(None, weight=1e-6), taught(None, weight=3)
    apart = [float(coral_loss(features(model, old().images), features(model, new()))) for model in (plain, alike)]
    assert apart[1] < 0.5 * apart[0]
    assert right(plain, old().images) > 0.9
    assert right(alike, old().images) > 0.9
    assert right(alike, new()) > right(plain, new())


def test_guesses_are_learned_from_as_if_they_were_true() -> None:
    model = taught(old().classes)
    assert right(model, new()) > right(network(), new()) + 0.2
    assert right(model, new()) > 0.85


def test_the_same_seed_gives_the_same_weights() -> None:
    once, again = (taught(None, 5).get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_a_loss_that_is_no_number_ends_it_with_the_step_and_what_to_mend() -> None:
    with pytest.raises(ModelError, match=r"the loss became no number in step [2-9]; set rate or weight lower"):
        taught(None, 9, rate=1e30)


def test_fewer_pictures_than_a_batch_are_taken_several_times() -> None:
    steps = list[int]()
    split = old().take(np.arange(3))
    learn(network(), split, new()[:2], None, 2, 0.01, 16, AugmentConfig(), 0, 1.0, lambda step, of: steps.append(step))
    assert steps == [1, 2]
