"""Which layers move, when, and how fast, where a network begins with what it knows."""

from typing import Any

import numpy as np
import pytest

from models.training.config import FineTuneConfig, NetConfig
from models.training.fine_tune import apply, blocks_of, rate_factors
from models.training.network import build
from pipeline.errors import ConfigError

HALF = np.array([0.5], np.float32)


def made(name: str = "resnet9", **options: Any) -> Any:
    return build(NetConfig(name=name, options=options), (24, 24, 1), 5, HALF, HALF)


def moving(model: Any) -> list[bool]:
    """Whether each block moves."""
    return [all(layer.trainable for layer in block) for block in blocks_of(model)]


def test_a_block_is_what_stands_between_two_halvings() -> None:
    names = [[layer.name for layer in block] for block in blocks_of(made("simple-cnn"))]
    assert names == [["conv1"], ["conv2"], ["conv3"], ["dense"]]
    blocks = blocks_of(made(width=2))
    assert [block[0].name for block in blocks] == ["prep_conv", "stage1_a_conv", "stage3_conv", "stage3_a_conv"]
    assert "logits" not in {layer.name for block in blocks for layer in block}


def test_what_squeezes_a_picture_to_weigh_its_channels_is_in_the_block_around_it() -> None:
    model = build(NetConfig(name="mobilenetv3-small"), (64, 64, 3), 5, HALF, HALF)
    sizes = [max(layer.output.shape[1] for layer in block) for block in blocks_of(model)]
    assert sizes == [32, 16, 8, 4, 2]


def test_a_frozen_network_moves_in_its_last_layer_alone() -> None:
    model = made(width=2)
    assert apply(model, FineTuneConfig(frozen=True), 0)
    assert [variable.path for variable in model.trainable_variables] == ["logits/kernel", "logits/bias"]
    assert not apply(model, FineTuneConfig(frozen=True), 1)


def test_blocks_are_let_go_of_from_the_last_one_on() -> None:
    model, config = made(width=2), FineTuneConfig(unfreeze_every=2)
    changed = [apply(model, config, epoch) and sum(moving(model)) for epoch in range(10)]
    assert changed == [0, False, 1, False, 2, False, 3, False, 4, False]
    assert apply(model, config, 2)
    assert moving(model) == [False, False, False, True]


def test_a_network_that_is_not_to_be_frozen_stays_as_it_is() -> None:
    model = made(width=2)
    assert not apply(model, FineTuneConfig(), 0)
    assert all(moving(model))


def test_the_whitening_layer_is_never_let_go_of() -> None:
    model = made("airbench", width=0.1, whiten=True)
    apply(model, FineTuneConfig(unfreeze_every=1), 0)
    apply(model, FineTuneConfig(unfreeze_every=1), 9)
    assert all(moving(model))
    assert not model.get_layer("whiten").trainable


def test_batch_norm_of_a_frozen_block_keeps_its_figures_while_the_rest_learns() -> None:
    model = made(width=2)
    apply(model, FineTuneConfig(unfreeze_every=1), 1)
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    frozen, free = model.get_layer("prep_norm"), model.get_layer("stage3_a_norm")
    before = [layer.get_weights() for layer in (frozen, free)]
    images = np.random.default_rng(0).uniform(0, 255, (6, 24, 24, 1)).astype(np.float32)
    for _ in range(2):
        model.train_on_batch(images, np.arange(6) % 5)
    assert all(map(np.array_equal, before[0], frozen.get_weights()))
    assert not any(map(np.array_equal, before[1], free.get_weights()))


def test_blocks_nearer_to_the_picture_move_slower_by_a_factor_each() -> None:
    model = made("simple-cnn")
    factors = rate_factors(model, FineTuneConfig(layer_decay=0.5))
    assert factors == {
        f"{name}/{weight}": factor
        for name, factor in (("conv1", 0.0625), ("conv2", 0.125), ("conv3", 0.25), ("dense", 0.5))
        for weight in ("kernel", "bias")
    }


def test_frozen_for_good_and_let_go_of_at_once_are_answered_in_a_line() -> None:
    with pytest.raises(
        ConfigError, match=r"^fine_tune: frozen never lets go and unfreeze_every does; set one of them$"
    ):
        apply(made(width=2), FineTuneConfig(frozen=True, unfreeze_every=1), 0)
