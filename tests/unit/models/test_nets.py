"""Networks that learn classes from pictures: sizes, options, bad input, learning by heart, saving."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.nets import NETS
from models.training.config import NetConfig
from models.training.network import build
from pipeline.errors import ConfigError

COLOUR = np.array([0.45, 0.45, 0.45], np.float32)
SPREAD = np.array([0.25, 0.25, 0.25], np.float32)
SMALL: dict[str, dict[str, Any]] = {
    "simple-cnn": {},
    "resnet9": {"width": 4},
    "airbench": {"width": 0.125},
    "resnet": {"depth": 8, "stochastic_depth": 0.1},
    "densenet": {"depth": 10},
    "vgg": {"width": 4, "dense": 16},
    "inception": {"width": 0.1},
    "mobile": {"width": 0.5, "expansion": 2},
}
"""Options that make each net so small that it is trained in a moment; backbones have tests of their own."""


def made(name: str, shape: tuple[int, int, int], classes: int = 10, dtype: str = "float32", **options: Any) -> Any:
    config = NetConfig(name=name, options=options)
    return build(config, shape, classes, COLOUR[: shape[2]], SPREAD[: shape[2]], dtype=dtype)


@pytest.mark.parametrize(
    ("name", "options", "shape", "count"),
    [
        ("simple-cnn", {}, (28, 28, 1), 57_418),  # as the brief of the project has it
        ("resnet9", {"width": 64}, (32, 32, 3), 6_573_120 + 10),  # DAWNBench's, whose head has no bias
        ("airbench", {}, (32, 32, 3), 1_971_650),  # Jordan 2024, section 3: 1.97 million
        ("resnet", {"depth": 20}, (32, 32, 3), 272_474),  # He et al. 2015, table 6: 0.27 million
        ("resnet", {"depth": 110}, (32, 32, 3), 1_730_714),  # the same: 1.7 million
        ("resnet", {"depth": 16, "width": 4, "preactivation": True}, (32, 32, 3), 2_748_890),  # wide nets: 2.75 million
        ("densenet", {"depth": 100}, (32, 32, 3), 769_162),  # Huang et al. 2017, table 2: 0.8 million
        ("inception", {"width": 1}, (28, 28, 3), 1_649_402 + 1_712),  # Zhang et al. 2017, whose norms have no scale
    ],
)
def test_a_net_has_as_many_weights_to_learn_as_published(
    name: str, options: dict[str, Any], shape: tuple[int, int, int], count: int
) -> None:
    assert sum(int(np.prod(v.shape)) for v in made(name, shape, **options).trainable_variables) == count


@pytest.mark.parametrize("name", SMALL)
def test_a_net_learns_eight_pictures_by_heart_in_mixed_precision_and_is_the_same_in_full_when_saved_and_loaded(
    name: str, tmp_path: Path
) -> None:
    import keras

    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).uniform(0, 255, (8, 24, 24, 3)).astype(np.float32)
    classes = np.arange(8) % 4
    model = made(name, (24, 24, 3), 4, "mixed_bfloat16", **SMALL[name])
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", run_eagerly=True)
    losses = [float(model.train_on_batch(images, classes)) for _ in range(7)]  # each a mean over all so far
    assert losses[-1] < losses[0] * 0.75, losses
    full = made(name, (24, 24, 3), 4, **SMALL[name])
    full.set_weights(model.get_weights())
    full.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(images), full(images), atol=1e-6)
    np.testing.assert_allclose(model(images), full(images), atol=0.05)


@pytest.mark.parametrize("name", SMALL)
def test_an_unknown_option_is_answered_with_the_known_ones(name: str) -> None:
    known = sorted(NETS[name].options.model_fields)
    with pytest.raises(ConfigError, match=f"{name} has no option 'colour'; it takes {', '.join(known) or 'none'}"):
        made(name, (32, 32, 3), colour=3)


def test_an_option_out_of_range_is_named_with_what_it_was() -> None:
    with pytest.raises(ConfigError, match=r"net\.options\.width: .*greater than or equal to 1, got 0 \(resnet9\)"):
        made("resnet9", (32, 32, 3), width=0)


@pytest.mark.parametrize(
    ("name", "layer", "smallest"), [("simple-cnn", "pool3", 22), ("resnet9", "stage3_pool", 8), ("airbench", "", 9)]
)
def test_pictures_too_small_for_a_net_are_answered_with_the_layer_and_the_smallest_size(
    name: str, layer: str, smallest: int
) -> None:
    side = smallest - 1
    with pytest.raises(ConfigError, match=f"net {name}: pictures of 40 x {side} are .*layer '{layer}.*{smallest} x"):
        made(name, (side, 40, 1), **SMALL[name])
    assert made(name, (smallest, 40, 1), **SMALL[name]).output_shape == (None, 10)


@pytest.mark.parametrize(
    ("name", "depth", "near"), [("resnet", 19, "such as 14 or 20"), ("densenet", 41, "such as 40 or 46")]
)
def test_a_depth_that_gives_no_whole_blocks_is_answered_with_the_nearest_that_do(
    name: str, depth: int, near: str
) -> None:
    with pytest.raises(ConfigError, match=rf"net\.options\.depth: 6n \+ .*{near}.*, got {depth}"):
        made(name, (32, 32, 3), depth=depth)


def test_stochastic_depth_leaves_later_blocks_out_more_often() -> None:
    model = made("resnet", (32, 32, 3), depth=8, stochastic_depth=0.6)
    rates = [layer.rate for layer in model.layers if layer.name.endswith("left_out")]
    np.testing.assert_allclose(rates, [0.2, 0.4, 0.6])


def test_the_penalty_stands_on_every_kernel_and_on_no_norm() -> None:
    for name in SMALL:
        model = build(NetConfig(name=name, options=SMALL[name], l2=0.1), (24, 24, 3), 4, COLOUR, SPREAD)
        punished = {weight.path for weight in model.trainable_weights if weight.regularizer is not None}
        assert punished == {weight.path for weight in model.trainable_weights if weight.name == "kernel"}


@pytest.mark.parametrize("name", SMALL)
def test_a_net_is_made_of_stock_layers_without_normalization_and_ends_as_promised(name: str) -> None:
    layers = made(name, (24, 24, 3), 4, **SMALL[name]).layers
    assert {type(layer).__module__.split(".")[0] for layer in layers} == {"keras"}
    assert "Normalization" not in {type(layer).__name__ for layer in layers}
    assert [layer.name for layer in layers[-3:]] == ["logits", "temperature", "probability"]
