from typing import Any

import numpy as np
import pytest
from planted import planted

keras = pytest.importorskip("keras")

from models.explain.network import Network  # noqa: E402
from pipeline.errors import ConfigError  # noqa: E402

SQUARE = np.zeros((2, 8, 8, 1), np.uint8)


def test_layers_of_a_network_inside_another_are_met_in_the_order_they_run(nested: Network) -> None:
    names = [layer.name for layer in nested.layers]
    assert names[1:4] == ["backbone/conv1", "backbone/relu1", "backbone/pool1"]
    assert {layer.name: layer.shape for layer in nested.layers}["backbone/relu2"] == (14, 14, 16)


def test_what_a_layer_gives_is_what_goes_on_to_the_next(nested: Network) -> None:
    images = planted(3)[0]
    given = nested.activations(images, ("dense", "logits"))
    kernel, bias = nested.model.get_layer("logits").get_weights()
    assert np.allclose(given["dense"] @ kernel + bias, given["logits"], atol=1e-4)


def test_gradients_are_of_the_score_and_not_of_the_probability(pooled: Network) -> None:
    """Where a network is sure, its probability hardly changes, and so shows nothing."""
    images, classes, _ = planted(6, seed=4)
    _, slopes, scores = pooled.gradients(images, classes, "average")
    weights = pooled.model.get_layer("logits").get_weights()[0]
    assert np.allclose(slopes, 0.8 * weights.T[classes], atol=1e-5)  # 0.8 is its temperature's layer
    logits = pooled.activations(images, ("temperature",))["temperature"]
    assert np.allclose(scores, logits[np.arange(6), classes], atol=1e-5)


@pytest.mark.parametrize("ending", ["in the dense layer", "in a layer of its own"])
def test_scores_are_found_before_a_softmax_wherever_it_stands(ending: str) -> None:
    pixels = keras.Input((8, 8, 1))
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pixels))
    inside = ending == "in the dense layer"
    x = keras.layers.Dense(2, activation="softmax" if inside else None, name="scores")(x)
    network = Network(keras.Model(pixels, x if inside else keras.layers.Activation("softmax")(x)), "small")
    images = np.full((1, 8, 8, 1), 200, np.uint8)
    kernel, bias = network.model.get_layer("scores").get_weights()
    by_hand = (images.reshape(1, -1) / 255) @ kernel + bias
    assert np.allclose(network.gradients(images, np.array([1]), None)[2], by_hand[0, 1], atol=1e-4)


def test_a_sequential_that_was_loaded_can_be_looked_into(tmp_path: Any) -> None:
    made = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation="relu", name="conv")])
    for layer in (keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2), keras.layers.Softmax()):
        made.add(layer)
    made.save(tmp_path / "model.keras")
    network = Network(keras.models.load_model(tmp_path / "model.keras", compile=False), "loaded")
    given, slopes, _ = network.gradients(SQUARE, np.array([0, 1]), "conv")
    assert given.shape == slopes.shape == (2, 6, 6, 4) and np.abs(slopes).max() > 0
    assert network.is_pooled


def test_a_layer_in_a_branch_is_not_taken_for_what_the_whole_network_sees() -> None:
    """The last convolution of a branch sees a part; so the layer that joins the branches is taken."""
    pixels = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(2, 3, padding="same", name="stem")(pixels)
    left = keras.layers.Conv2D(2, 3, padding="same", name="left")(x)
    joined = keras.layers.Add(name="joined")([x, left])
    right = keras.layers.Conv2D(2, 3, padding="same", name="branch")(joined)
    small = [keras.layers.GlobalAveragePooling2D()(one) for one in (joined, right)]
    x = keras.layers.Dense(2)(keras.layers.Concatenate()(small))
    network = Network(keras.Model(pixels, x), "branches")
    necks = {layer.name for layer in network.layers if layer.is_neck and layer.is_map}
    assert necks == {"stem", "joined"} and network.layer(None).name == "joined"
    assert network.layer("branch").name == "branch"


def test_a_map_of_two_by_two_cells_says_too_little_to_be_the_default() -> None:
    pixels = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(2, 3, 2, padding="same", name="large")(pixels)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = keras.layers.Conv2D(2, 3, 2, padding="same", name="tiny")(x)
    network = Network(keras.Model(pixels, keras.layers.Dense(2)(keras.layers.Flatten()(x))), "tiny")
    assert network.layer(None).name == "large"


def test_a_network_without_maps_says_which_methods_remain() -> None:
    pixels = keras.Input((8, 8, 1))
    network = Network(keras.Model(pixels, keras.layers.Dense(2)(keras.layers.Flatten()(pixels))), "flat")
    with pytest.raises(ConfigError, match="no layer of flat has a map; take method occlusion"):
        network.layer(None)


def test_half_precision_gives_maps_in_single_precision() -> None:
    pixels = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(2, 3, name="conv", dtype="mixed_bfloat16")(pixels)
    x = keras.layers.Dense(2, dtype="float32")(keras.layers.GlobalAveragePooling2D(dtype="float32")(x))
    given, slopes, scores = Network(keras.Model(pixels, x), "half").gradients(SQUARE, np.array([0, 1]), "conv")
    assert given.dtype == slopes.dtype == scores.dtype == np.float32
