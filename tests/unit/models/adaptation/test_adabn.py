"""Batch norm's statistics from other pictures."""

from typing import Any

import keras
import numpy as np
import pytest

from models.adaptation.adabn import BATCH, adapt_norms, has_norms
from pipeline.errors import ConfigError


def pictures(count: int, level: float = 100, spread: float = 20) -> np.ndarray:
    drawn = np.random.default_rng(0).normal(level, spread, (count, 4, 4, 2))
    return np.clip(drawn, 0, 255).astype(np.uint8)


def network(nested: bool = False) -> Any:
    inner = [keras.layers.BatchNormalization(name="inner_norm"), keras.layers.Dropout(0.5), keras.layers.ReLU()]
    pixels = keras.Input((4, 4, 2))
    x = keras.layers.BatchNormalization(name="outer_norm")(pixels)
    if nested:
        within = keras.Input((4, 4, 2))
        y = within
        for layer in inner:
            y = layer(y)
        x = keras.Model(within, y, name="backbone")(x)
    else:
        for layer in inner:
            x = layer(x)
    return keras.Model(pixels, keras.layers.Dense(3)(keras.layers.Flatten()(x)))


def test_mean_and_variance_are_those_of_all_pictures_also_over_uneven_batches() -> None:
    images, model = pictures(2 * BATCH + 30), network()
    images[-10:] = 250
    adapt_norms(model, images)
    norm = model.get_layer("outer_norm")
    pixels = images.reshape(-1, 2).astype(np.float64)
    assert np.allclose(norm.moving_mean, pixels.mean(0), rtol=1e-4)
    assert np.allclose(norm.moving_variance, pixels.var(0), rtol=1e-3)


@pytest.mark.parametrize("nested", [False, True])
def test_every_norm_sees_what_those_before_it_made_standard_and_nothing_else_changes(nested: bool) -> None:
    model = network(nested)
    before = {weight.path: np.array(weight) for weight in model.weights}
    adapt_norms(model, pictures(200))
    changed = {weight.path for weight in model.weights if not np.array_equal(before[weight.path], weight)}
    assert {path.split("/")[-2] for path in changed} == {"outer_norm", "inner_norm"}
    assert {path.split("/")[-1] for path in changed} == {"moving_mean", "moving_variance"}
    inner = model.get_layer("backbone").get_layer("inner_norm") if nested else model.get_layer("inner_norm")
    assert np.allclose(inner.moving_mean, 0, atol=0.01)
    assert np.allclose(inner.moving_variance, 1, atol=0.01)


def test_nothing_of_it_is_chance() -> None:
    model = network()
    adapt_norms(model, pictures(300))
    once = [np.array(weight) for weight in model.weights]
    adapt_norms(model, pictures(300))
    assert all(np.array_equal(a, b) for a, b in zip(once, model.weights, strict=True))


def test_a_network_without_norms_and_a_single_picture_are_refused() -> None:
    plain = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.Flatten(), keras.layers.Dense(2)], name="plain")
    assert not has_norms(plain)
    with pytest.raises(ConfigError, match="plain has no batch norm to adapt; take --method coral"):
        adapt_norms(plain, pictures(10))
    assert has_norms(network(nested=True))
    with pytest.raises(ConfigError, match="1 pictures have no statistics"):
        adapt_norms(network(), pictures(1))
