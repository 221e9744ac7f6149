"""Backbones of Keras Applications: what they are fed, and ImageNet's weights for them."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.backbones import BACKBONES
from models.imagenet import imagenet_file, read_backbone
from models.nets import NETS
from models.training.begin import begin
from models.training.config import NetConfig
from models.training.network import build
from models.weights import Carried
from pipeline.errors import ConfigError, ModelError

SMALLEST = "mobilenetv3-small"
OTHER = np.array([0.2], np.float32)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A backbone as Keras Applications has it, and a file of its weights as they lie on its makers' server."""
    network = BACKBONES[SMALLEST].make(input_shape=(32, 32, 3))
    path = tmp_path_factory.mktemp("published") / "small_notop.h5"
    network.save_weights(path.with_name("small.weights.h5"))
    path.write_bytes(_legacy(network, path))
    return network, path


@pytest.fixture(scope="module")
def begun(published: tuple[Any, Path]) -> tuple[Any, Carried | None]:
    """A classifier of grey pictures that began with them."""
    config = NetConfig(name=SMALLEST, weights=str(published[1]), l2=0.1)
    model = build(config, (32, 32, 1), 4, OTHER, OTHER)
    return model, begin(model, config, np.zeros((1, 32, 32, 1), np.uint8))


def _legacy(network: Any, path: Path) -> bytes:
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, network)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "module"),
    [("vgg16", "vgg16"), ("resnet50", "resnet"), ("inceptionv3", "inception_v3"), ("mobilenetv2", "mobilenet_v2")],
)
def test_pixels_are_made_what_the_backbone_was_trained_on(name: str, module: str) -> None:
    import keras

    pixels = np.random.default_rng(0).uniform(0, 255, (1, 5, 5, 3)).astype(np.float32)
    wanted = getattr(keras.applications, module).preprocess_input(pixels.copy())
    backbone = BACKBONES[name]
    ours = (pixels / 255 - backbone.mean) / backbone.deviation
    np.testing.assert_allclose(ours[..., ::-1] if backbone.bgr else ours, wanted, atol=1e-4)


def test_a_backbone_that_scales_its_pixels_itself_does_so_as_its_table_says() -> None:
    import keras

    backbone = BACKBONES["efficientnetv2-b0"]
    whole = replace(backbone, arguments={"include_preprocessing": True}).make(input_shape=(32, 32, 3))
    first = next(layer for layer in whole.layers if isinstance(layer, keras.layers.Conv2D))
    prepared = keras.Model(whole.input, first.input)
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(prepared(pixels), (pixels / 255 - backbone.mean) / backbone.deviation, atol=1e-5)


def test_a_classifier_that_begins_with_a_file_of_a_backbone_has_its_features_from_plain_grey_pixels(
    published: tuple[Any, Path], begun: tuple[Any, Carried | None]
) -> None:
    import keras

    network, (model, carried) = published[0], begun
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 1)).astype(np.float32)
    features = keras.Model(model.input, model.get_layer("logits").input)(pixels)
    wanted = network(np.repeat(pixels, 3, -1) / 127.5 - 1)
    np.testing.assert_allclose(features, np.mean(wanted, (1, 2)), atol=1e-5)
    assert carried is not None
    assert carried.left == ("logits (not there)",)


def test_the_penalty_of_a_backbone_stands_on_its_kernels(begun: tuple[Any, Carried | None]) -> None:
    for weight in begun[0].trainable_weights:
        assert (weight.regularizer is not None) == (weight.name == "kernel")


def test_weights_for_blue_first_are_turned_round_for_red_first(published: tuple[Any, Path]) -> None:
    network, path = published
    plain = read_backbone(BACKBONES[SMALLEST], path)
    turned = read_backbone(replace(BACKBONES[SMALLEST], bgr=True), path)
    np.testing.assert_array_equal(plain[0][2][0], network.layers[1].get_weights()[0])
    np.testing.assert_array_equal(turned[0][2][0], plain[0][2][0][:, :, ::-1])
    for (_, _, ours), (_, _, theirs) in zip(turned[1:], plain[1:], strict=True):
        assert all(map(np.array_equal, ours, theirs))


class _Refuses(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """Address of a server that gives nothing."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refuses) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keras-applications"
        server.shutdown()
        thread.join()


def test_weights_that_cannot_be_had_are_answered_with_where_to_put_them(refusing: str, tmp_path: Path) -> None:
    told: list[str] = []
    place = tmp_path / "models" / "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    with pytest.raises(ModelError, match=f"403.*put the file at {place}, or set net.weights to none") as error:
        imagenet_file("resnet50", tmp_path / "models", refusing, told.append, pauses_s=())
    assert "\n" not in str(error.value)
    assert told == [f"fetching {refusing}/resnet/{place.name}"]
    assert not place.exists()


def test_weights_that_lie_in_the_cache_are_taken_without_asking_anybody(tmp_path: Path) -> None:
    place = tmp_path / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    place.write_bytes(b"as it came")
    assert imagenet_file("mobilenetv2", tmp_path, "http://127.0.0.1:1", pauses_s=()) == place


def test_a_file_in_the_cache_that_is_another_one_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    place.write_bytes(b"not it")
    with pytest.raises(ModelError, match=f"{place} is not the file that its makers published"):
        imagenet_file("vgg16", tmp_path)
    with pytest.raises(ModelError, match=f"cannot read {place} as weights of MobileNetV3Small"):
        read_backbone(BACKBONES[SMALLEST], place)


def test_imagenet_is_refused_for_a_net_that_has_no_weights_of_it() -> None:
    config = NetConfig(weights="imagenet")
    model = build(config, (24, 24, 1), 4, OTHER, OTHER)
    with pytest.raises(ConfigError, match="none of ImageNet for simple-cnn; they are for vgg16, resnet50"):
        begin(model, config, np.zeros((1, 24, 24, 1), np.uint8))


@pytest.mark.parametrize("name", [name for name in NETS if NETS[name].backbone])
def test_a_picture_too_small_for_a_backbone_is_answered_with_its_smallest(name: str) -> None:
    side = BACKBONES[name].smallest
    with pytest.raises(ConfigError, match=f"too small: layer '{name}' gets 8 x 8 .* smallest is {side} x {side}"):
        build(NetConfig(name=name), (8, 8, 1), 4, OTHER, OTHER)
