"""Misleading pictures: how far they go, that they mislead, and that learning from them helps against them."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.training.adversarial import mislead
from models.training.config import AdversarialConfig

LOSS = keras.losses.CategoricalCrossentropy(from_logits=True)
ATTACKS = [
    AdversarialConfig(kind="fgsm", epsilon=32),
    AdversarialConfig(kind="pgd", epsilon=32, steps=4),
]


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return (found.images * (255 / 16)).astype(np.float32)[..., None], np.eye(10, dtype=np.float32)[found.target]


def learn(against: AdversarialConfig, steps: int = 250) -> Any:
    """A small network on 1,200 digits of 8 x 8, half of the loss from misleading ones where there are any."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 128, -1),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    optimiser, (images, classes) = keras.optimizers.Adam(1e-2), digits()
    change = mislead(against, network, LOSS)

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def step(pixels: Any, of: Any) -> None:
        worse = change(pixels, of)
        with tf.GradientTape() as tape:
            loss = LOSS(of, network(pixels, training=True)) + LOSS(of, network(worse, training=True))
        optimiser.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)

    order = np.random.default_rng(0)
    for _ in range(steps):
        rows = order.integers(0, 1200, 64)
        step(tf.constant(images[rows]), tf.constant(classes[rows]))
    return network


def accuracy(network: Any, attack: AdversarialConfig | None = None) -> float:
    images, classes = (part[1200:] for part in digits())
    if attack is not None:
        images = mislead(attack, network, LOSS)(images, classes)
    return float((network(images).numpy().argmax(1) == classes.argmax(1)).mean())


@pytest.fixture(scope="module")
def plain() -> Any:
    return learn(AdversarialConfig(kind="none"))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.kind)
def test_misleading_pictures_raise_the_loss_and_stay_within_epsilon_and_the_range(
    plain: Any, attack: AdversarialConfig
) -> None:
    images, classes = (part[1200:] for part in digits())
    worse = mislead(attack, plain, LOSS)(images, classes).numpy()
    assert abs(worse - images).max() == pytest.approx(attack.epsilon, abs=1e-3)
    assert worse.min() == 0
    assert worse.max() == 255
    assert LOSS(classes, plain(worse)) > 3 * LOSS(classes, plain(images))
    assert accuracy(plain, attack) < accuracy(plain) - 0.2


def test_several_steps_mislead_more_than_one(plain: Any) -> None:
    one, several = (accuracy(plain, attack) for attack in ATTACKS)
    assert several < one


def test_the_same_pictures_are_changed_alike_and_others_begin_elsewhere(plain: Any) -> None:
    images, classes = (part[:8] for part in digits())
    change = mislead(AdversarialConfig(kind="pgd", epsilon=4, steps=1), lambda x, training: plain(x) * 0, LOSS)
    first, again, other = change(images, classes), change(images, classes), change(images[::-1] * 0.9, classes[::-1])
    assert np.array_equal(first, again)
    middle = (images > 10) & (images < 200)
    moved = (first - images).numpy()[middle]
    assert -4 <= moved.min() < -3
    assert 3 < moved.max() <= 4
    assert not np.allclose(moved, (other[::-1] - images * 0.9).numpy()[middle], atol=0.1)


def test_nothing_in_the_network_is_changed_by_looking_for_what_misleads_it() -> None:
    network = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5), keras.layers.Flatten()]
    )
    network.add(keras.layers.Dense(10))
    images, classes = (part[:32] for part in digits())
    before = network.get_weights()
    changed = [mislead(ATTACKS[1], network, LOSS)(images, classes) for _ in range(2)]
    assert np.array_equal(*changed)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.kind)
def test_a_network_that_learned_from_misleading_pictures_withstands_them(plain: Any, attack: AdversarialConfig) -> None:
    robust = learn(attack)
    assert accuracy(robust) > 0.85
    assert accuracy(robust, ATTACKS[0]) > accuracy(plain, ATTACKS[0]) + 0.15


def test_classes_may_be_numbers() -> None:
    images, classes = (part[:8] for part in digits())
    network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    by_number = mislead(ATTACKS[0], network, loss)(images, classes.argmax(1))
    assert np.array_equal(by_number, mislead(ATTACKS[0], network, LOSS)(images, classes))
