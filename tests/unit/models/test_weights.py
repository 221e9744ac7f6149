"""Weights carried from one network to another."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.training.begin import begin
from models.training.config import NetConfig
from models.training.network import build
from models.weights import read_weights
from pipeline.errors import ModelError

HALF = np.array([0.5], np.float32)
NO_PICTURES = np.zeros((1, 24, 24, 1), np.uint8)


def made(classes: int, weights: str = "none", name: str = "resnet9", width: int = 2) -> tuple[Any, NetConfig]:
    config = NetConfig(name=name, options={"width": width}, weights=weights)
    return build(config, (24, 24, 1), classes, HALF, HALF), config


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ""])
def test_all_layers_that_fit_take_their_weights_and_the_others_are_told(ending: str, tmp_path: Path) -> None:
    known, _ = made(5)
    path = tmp_path / f"model{ending or '.keras'}"
    (known.save_weights if ending == ".weights.h5" else known.save)(path)
    told: list[str] = []
    model, config = made(3, str(path if ending else tmp_path))
    carried = begin(model, config, NO_PICTURES, told.append)
    assert carried is not None
    assert carried.left == ("logits (has 16x5 and 5, not 16x3 and 3)",)
    assert told == [f"{len(carried.taken)} layers begin with weights of {config.weights}, not {carried.left[0]}"]
    for ours, theirs in zip(model.layers, known.layers, strict=True):
        if ours.weights and ours.name != "logits":
            assert all(map(np.array_equal, ours.get_weights(), theirs.get_weights()))


def test_layers_of_another_width_stay_as_they_were(tmp_path: Path) -> None:
    known, _ = made(3, width=4)
    known.save(tmp_path / "model.keras")
    model, config = made(3, str(tmp_path / "model.keras"))
    before = model.get_weights()
    with pytest.raises(ModelError, match=r"no layer of .*model\.keras fits resnet9"):
        begin(model, config, NO_PICTURES)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_layers_are_found_by_name_in_a_network_of_another_order(tmp_path: Path) -> None:
    config = NetConfig(name="vgg", options={"width": 2, "blocks": 2})
    build(config, (24, 24, 1), 3, HALF, HALF).save(tmp_path / "model.keras")
    deeper = NetConfig(name="vgg", options={"width": 2}, weights=str(tmp_path / "model.keras"))
    carried = begin(build(deeper, (24, 24, 1), 3, HALF, HALF), deeper, NO_PICTURES)
    assert carried is not None
    assert {name.partition("_")[0] for name in carried.taken} == {"block1", "block2"}
    assert {why.partition("_")[0] for why in carried.left} == {"block3", "logits (has 4x3 and 3, not 8x3 and 3)"}


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5", "model.txt"])
def test_a_damaged_file_and_none_are_one_line_each(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^net\.weights: no file .*; give a \.keras or \.weights\.h5 file.*$"):
        read_weights(tmp_path / name, [])
    (tmp_path / name).write_bytes(b"PK damaged")
    with pytest.raises(ModelError, match=r"^net\.weights: .*model\..*$"):
        read_weights(tmp_path / name, [])


def test_nothing_is_carried_unless_it_is_asked_for() -> None:
    model, config = made(3)
    before = model.get_weights()
    assert begin(model, config, NO_PICTURES) is None
    assert all(map(np.array_equal, before, model.get_weights()))
