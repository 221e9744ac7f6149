from typing import Any

import numpy as np
import pytest

from models.ensembles.soup import check_alike, uniform_soup
from pipeline.errors import ModelError

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (300, 8, 8, 1)).astype(np.uint8)


def network(seed: int, filters: int = 4, mean: float = 0.5, norm: bool = True, temperature: float = 1.0) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    layers = keras.layers
    pixels = keras.Input((8, 8, 1))
    x = layers.Rescaling(1 / 64, -mean, name="standardise")(pixels)
    x = layers.Conv2D(filters, 3)(x)
    x = layers.BatchNormalization(name="norm")(x) if norm else x
    x = layers.Dropout(0.5)(layers.Flatten()(layers.ReLU()(x)))
    x = layers.Rescaling(1 / temperature, name="temperature")(layers.Dense(3, name="logits")(x))
    return keras.Model(pixels, layers.Softmax()(x))


def answers(network: Any) -> np.ndarray:
    return np.asarray(network(IMAGES[:50].astype(np.float32), training=False))


def test_the_soup_of_a_network_and_its_twins_is_that_network() -> None:
    one = network(0, temperature=1.5)
    soup = uniform_soup([one, network(0, temperature=1.5)], IMAGES, ("a", "b"))
    np.testing.assert_allclose(answers(soup), answers(one), atol=1e-6)
    assert soup is not one


def test_the_weights_of_a_soup_are_the_mean_of_those_of_its_members() -> None:
    first, second = network(0, temperature=2.0), network(1)
    before = [weights.copy() for weights in first.get_weights()]
    soup = uniform_soup([first, second], IMAGES, ("a", "b"))
    for mixed, a, b in zip(soup.trainable_weights, first.trainable_weights, second.trainable_weights, strict=True):
        np.testing.assert_allclose(np.asarray(mixed), (np.asarray(a) + np.asarray(b)) / 2, atol=1e-7)
    assert soup.get_layer("temperature").scale == 0.75
    for kept, now in zip(before, first.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)


def test_batch_norm_of_a_soup_has_the_statistics_of_what_now_reaches_it() -> None:
    import keras

    soup = uniform_soup([network(0), network(1)], IMAGES, ("a", "b"))
    norm = soup.get_layer("norm")
    reaching = np.asarray(keras.Model(soup.input, norm.input)(IMAGES.astype(np.float32)))
    np.testing.assert_allclose(norm.moving_mean, reaching.mean((0, 1, 2)), rtol=0.02, atol=0.02)
    np.testing.assert_allclose(norm.moving_variance, reaching.var((0, 1, 2)), rtol=0.05)
    assert norm.momentum == 0.99
    assert next(layer.rate for layer in soup.layers if type(layer).__name__ == "Dropout") == 0.5


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"filters": 5}, "Conv2D with .*3 x 3 x 1 x 5"),
        ({"norm": False}, "layer 3 is ReLU with no weights and BatchNormalization"),
        ({"mean": 0.25}, "a standardisation by"),
    ],
)
def test_networks_of_other_architectures_make_no_soup(other: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        check_alike([network(0), network(1, **other)], ("one", "two"))
    assert str(caught.value).startswith("two and one are not of one architecture")
