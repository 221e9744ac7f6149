from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from planted import CORNERS, mass_in, plant, planted

keras = pytest.importorskip("keras")

from models.explain.maps import METHODS, explain, heat  # noqa: E402
from models.explain.network import Network  # noqa: E402
from pipeline.errors import ConfigError, ModelError  # noqa: E402

GRADIENTS = [method for method in METHODS if method != "occlusion"]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_lights_up_the_thing_that_decides(pooled: Network, method: str) -> None:
    images, classes, places = planted(12, seed=1)
    shows = classes > 0
    maps = heat(pooled, images[shows], method, classes[shows])
    assert maps.shape == (8, 28, 28) and maps.dtype == np.float32
    assert (maps.max((1, 2)) == 1).all() and maps.min() >= 0
    assert mass_in(maps, places[shows]).mean() > 0.6  # a fifth lies there by chance


@pytest.mark.parametrize("method", [method for method in METHODS if method != "cam"])
def test_every_method_does_so_in_a_network_with_another_inside(nested: Network, method: str) -> None:
    images, classes, places = planted(12, seed=1)
    shows = classes > 0
    assert mass_in(heat(nested, images[shows], method, classes[shows]), places[shows]).mean() > 0.55


@pytest.mark.parametrize("method", ["cam", "grad-cam", "occlusion"])
def test_another_class_is_seen_elsewhere(pooled: Network, method: str) -> None:
    images, _, _ = planted(1, seed=2)
    plant(images[0], 1, CORNERS[0])
    plant(images[0], 2, CORNERS[3])
    both = heat(pooled, np.repeat(images, 2, 0), method, np.array([1, 2]))
    squares, stripes = (mass_in(both, np.array([corner] * 2)) for corner in (CORNERS[0], CORNERS[3]))
    assert squares[0] > stripes[0] and stripes[1] > squares[1]


@pytest.mark.parametrize("method", GRADIENTS)
def test_weights_made_random_give_another_map(pooled_file: Path, pooled: Network, method: str) -> None:
    """Adebayo et al., "Sanity Checks for Saliency Maps" (2018): a map that stays says nothing of the network."""
    images, classes, _ = planted(12, seed=1)
    shows = classes > 0
    taught = heat(pooled, images[shows], method, classes[shows])
    model = keras.models.load_model(pooled_file, compile=False)
    keras.utils.set_random_seed(7)
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(keras.random.normal(weight.shape, stddev=0.2))
    other = heat(Network(model, "random", pooled.labels), images[shows], method, classes[shows])
    assert np.mean([_alike(one, two) for one, two in zip(taught, other, strict=True)]) < 0.8


def test_pictures_of_any_size_and_mode_get_maps_of_their_own_size(pooled_file: Path) -> None:
    images = np.zeros((2, 50, 33, 3), np.uint8)
    images[:, 2:14, 2:10] = 255
    assert explain(pooled_file, images).shape == (2, 50, 33)
    assert explain(pooled_file, images[:0]).shape == (0, 50, 33)


def test_the_class_that_the_network_says_is_asked_for_where_none_is_given(pooled: Network) -> None:
    images, classes, _ = planted(6, seed=3)
    assert np.array_equal(heat(pooled, images), heat(pooled, images, classes=classes))


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda path, images: explain(path, images, "saliency"), "method: there is no 'saliency'; there are cam"),
        (lambda path, images: explain(path, images, layer="conv9"), "'conv9' is no layer of model.keras with a map"),
        (lambda path, images: explain(path, images, classes=np.array([3])), "classes 0 to 2, not 3"),
        (lambda path, images: explain(path.with_name("x.keras"), images), "no model file"),
        (lambda path, images: explain(path.with_name("x.onnx"), images), "looks into a Keras network"),
    ],
)
def test_what_cannot_be_is_told(pooled_file: Path, ask: Callable[[Path, np.ndarray], object], says: str) -> None:
    with pytest.raises((ConfigError, ModelError), match=says):
        ask(pooled_file, planted(1)[0])


def test_cam_of_a_network_without_average_pooling_is_refused(nested: Network) -> None:
    with pytest.raises(ConfigError, match="method: cam needs a network that ends in global average pooling"):
        heat(nested, planted(1)[0], "cam")


def _alike(one: np.ndarray, two: np.ndarray) -> float:
    """Correlation of ranks."""
    ranks = [np.argsort(np.argsort(values.ravel())) for values in (one, two)]
    return float(np.corrcoef(ranks[0], ranks[1]).item(0, 1))
