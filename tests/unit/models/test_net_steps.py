"""A network counted, told step by step, and drawn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.net_diagram import draw
from models.net_figures import figures
from models.net_steps import steps
from models.training.config import NetConfig
from models.training.network import build
from pipeline.errors import ModelError


def made(name: str, shape: tuple[int, int, int] = (32, 32, 3), **options: Any) -> Any:
    half = np.full(shape[2], 0.5)
    return build(NetConfig(name=name, options=options), shape, 10, half, half)


def test_multiply_adds_parameters_and_bytes_of_the_first_network_are_those_counted_by_hand() -> None:
    total = figures(made("simple-cnn", (28, 28, 1)))
    by_hand = 26**2 * 64 * 9 + 11**2 * 64 * 64 * 9 + 3**2 * 64 * 32 * 9 + 32 * 32 + 32 * 10
    assert (total.multiply_adds, total.parameters, total.disk_bytes) == (by_hand, 57_418, 4 * 57_418)
    values = 2 * 28**2 + (26**2 + 13**2 + 11**2 + 5**2) * 64 + (3**2 + 1) * 32 + 32 + 32 + 3 * 10
    assert total.activation_bytes == 4 * values


def test_multiply_adds_of_resnet_20_are_those_that_are_told_of_it() -> None:
    assert figures(made("resnet", depth=20)).multiply_adds == pytest.approx(41e6, rel=0.01)


def test_a_depthwise_layer_multiplies_each_channel_with_one_kernel() -> None:
    counted = {layer.name: layer.multiply_adds for layer in figures(made("mobile")).layers}
    assert counted["stage1_1_each_conv"] == 32 * 32 * 3 * 3 * 64
    assert counted["stage1_1_wide_conv"] == 32 * 32 * 16 * 64


def test_a_residual_block_is_one_step_with_a_shortcut_around_and_repeats_are_counted() -> None:
    told = steps(made("resnet", depth=20))
    blocks = [(step.text, step.times, step.around) for step in told if step.kind == "module"]
    assert blocks[0] == (("convolution 3 × 3, 16 → 3 × 3, 16", "plus what came in"), 3, True)
    down = ("convolution 3 × 3, 32, halves → 3 × 3, 32", "plus convolution 1 × 1, 32, halves")
    assert blocks[1] == (down, 1, False)
    assert [step.gives for step in told if step.kind == "pool"] == [(64,)]


@pytest.mark.parametrize(
    ("name", "options"),
    [("simple-cnn", {}), ("densenet", {"depth": 16}), ("inception", {"width": 0.1}), ("resnet9", {"width": 2})],
)
def test_the_steps_have_all_parameters_and_all_arithmetic_of_the_network(name: str, options: dict[str, Any]) -> None:
    model = made(name, **options)
    told, total = steps(model), figures(model)
    assert sum(step.parameters for step in told) == total.parameters
    assert sum(step.multiply_adds for step in told) == total.multiply_adds
    assert (told[0].kind, told[-1].text) == ("pixels", ("a probability for each class",))


def test_a_large_backbone_is_told_by_sizes_of_the_picture_and_weighs_channels_in_between() -> None:
    model = made("mobilenetv3-small", (64, 64, 1))
    told = steps(model)
    assert len(told) < 14
    assert [step.gives[0] for step in told if step.kind == "module"] == [32, 16, 8, 4, 2]
    assert "3 weighing channels" in told[-4].text[0]
    assert sum(step.parameters for step in told) == figures(model).parameters


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_drawing_has_every_step_and_is_the_same_each_time(ending: str, tmp_path: Path) -> None:
    model = made("resnet9", width=2)
    files = [tmp_path / f"one{ending}", tmp_path / "new" / f"two{ending}"]
    for path in files:
        draw("resnet9", steps(model), figures(model), path)
    first, second = (path.read_bytes() for path in files)
    assert first[:4] == (b"\x89PNG" if ending == ".png" else b"<?xm")
    if ending == ".png":
        assert first == second
    else:
        assert first.count(b"<!-- ") > 40
        assert b"<!-- plus what came in -->" in first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", f"one{ending}"]


def test_a_drawing_of_an_unknown_kind_or_in_no_place_is_refused_in_a_line(tmp_path: Path) -> None:
    model = made("simple-cnn")
    with pytest.raises(ModelError, match=r"net\.bmp: a diagram ends in \.png, \.svg, \.pdf"):
        draw("x", steps(model), figures(model), tmp_path / "net.bmp")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"cannot write .*file.net\.png: "):
        draw("x", steps(model), figures(model), tmp_path / "file" / "net.png")
