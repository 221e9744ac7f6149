"""`python -m models nets`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.__main__ import main
from models.nets import NETS
from pipeline.errors import ConfigError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["nets", *arguments], catch_exceptions=True)


def test_all_networks_are_listed_with_their_options() -> None:
    told = run("list").output
    assert all(name in told for name in NETS)
    assert "depth=40, growth=12" in told


def test_a_network_is_shown_with_what_it_costs_and_is_drawn(tmp_path: Path) -> None:
    drawing = tmp_path / "net.png"
    told = run("show", "resnet9", "--size", "28x28x1", "--option", "width=4", "-o", str(drawing)).output
    assert "convolution 3 × 3, 32 → 3 × 3, 32" in told
    assert "option width" in told
    assert "26,558" in told
    assert f"wrote {drawing}" in told
    assert drawing.stat().st_size > 10_000
    assert "stage3_b_norm" in run("show", "resnet9", "--option", "width=4", "--layers").output


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("resnet8",), "no net 'resnet8'; there are simple-cnn, resnet9"),
        (("resnet9", "--option", "widht=3"), "resnet9 has no option 'widht'; it takes activation, width"),
        (("resnet9", "--option", "width"), "'width' says no value; write KEY=VALUE"),
        (("resnet9", "--option", "width=[1"), r"'\[1' is no value for width"),
        (("resnet9", "--size", "7x7"), "layer 'stage3_pool'.*smallest is 8 x 8"),
        (("resnet9", "--size", "32"), "'32' is no size; write width x height x channels"),
        (("resnet9", "--size", "32x-1x3"), "'32x-1x3' is no size"),
        (("resnet9", "--size", "32x32x4"), "4 channels; pictures are grey"),
    ],
)
def test_what_cannot_be_shown_is_answered_in_a_line(arguments: tuple[str, ...], answer: str) -> None:
    done = run("show", *arguments)
    assert isinstance(done.exception, ConfigError)
    with pytest.raises(ConfigError, match=answer):
        raise done.exception
    assert "\n" not in str(done.exception)
