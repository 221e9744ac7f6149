from pathlib import Path

import cv2
import numpy as np
import pytest

from models.experiments.curves import INKS, draw_curves
from pipeline.errors import ModelError

pytest.importorskip("matplotlib")


def history(epochs: int, reached: float) -> list[dict[str, float]]:
    return [
        {
            "epoch": epoch,
            "loss": 2.0 / epoch,
            "accuracy": 1 - 0.8 / epoch,
            "val_loss": 2.4 / epoch,
            "val_accuracy": reached - 0.8 / epoch,
        }
        for epoch in range(1, epochs + 1)
    ]


def has(image: np.ndarray, ink: str) -> bool:
    """Whether a colour is in a picture, BGR."""
    rgb = [int(ink[start : start + 2], 16) for start in (1, 3, 5)]
    return bool((np.abs(image.astype(int) - rgb[::-1]).max(axis=-1) < 4).sum() > 50)


def test_one_run_shows_training_and_validation_in_two_colours(tmp_path: Path) -> None:
    draw_curves({"digits": history(5, 0.95)}, tmp_path / "curves.png")
    image = cv2.imread(str(tmp_path / "curves.png"))
    assert image is not None
    assert [has(image, ink) for ink in INKS[:3]] == [True, True, False]
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]


def test_each_of_several_runs_has_a_colour(tmp_path: Path) -> None:
    runs = {"a": history(5, 0.95), "b $x_1$ 冬": history(3, 0.9), "died early": [], "c": history(1, 0.9)}
    draw_curves(runs, tmp_path / "curves.png")
    image = cv2.imread(str(tmp_path / "curves.png"))
    assert image is not None
    assert [has(image, ink) for ink in INKS[:5]] == [True, True, False, True, False]


def test_a_run_without_finite_figures_says_that_there_are_none(tmp_path: Path) -> None:
    nothing: list[list[dict[str, float]]] = [[], [{"epoch": 1}], [{"epoch": 1, "loss": np.inf, "val_loss": np.nan}]]
    pictures = []
    for number, rows in enumerate(nothing):
        draw_curves({"begun": rows}, tmp_path / f"{number}.png")
        pictures.append((tmp_path / f"{number}.png").read_bytes())
    assert pictures[0] == pictures[1] == pictures[2]


@pytest.mark.parametrize("name", ["curves.xyz", "gone/curves.png"])
def test_where_nothing_can_be_drawn_it_is_said_and_nothing_stays(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"cannot (draw into|write) "):
        draw_curves({"a": history(2, 0.9)}, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
