"""The picture of what augmentation does, and the command that draws it."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from models.__main__ import main
from models.data.dataset import DataSet, Split
from models.training.augment_picture import chosen, described, draw_augmentation
from models.training.config import AugmentConfig
from pipeline.errors import ConfigError, ModelError


def data(channels: int = 3, classes: int = 3, count: int = 20) -> DataSet:
    random = np.random.default_rng(0)
    split = Split(random.integers(0, 256, (count, 9, 7, channels), np.uint8), random.integers(0, classes, count))
    none = split.take(np.arange(0))
    return DataSet("some", tuple(f"class {k} 猫 $x^" for k in range(classes)), split, none, none, "")


@pytest.mark.parametrize("channels", [1, 3])
def test_a_row_for_each_picture_and_a_column_for_each_variant(tmp_path: Path, channels: int) -> None:
    draw_augmentation(AugmentConfig(mixup=1, cutout=3), data(channels), tmp_path / "a.png", 1)
    draw_augmentation(AugmentConfig(mixup=1, cutout=3), data(channels), tmp_path / "b.png", 3)
    few, many = (cv2.imread(str(tmp_path / name)) for name in ("a.png", "b.png"))
    assert few is not None
    assert many is not None
    assert many.shape[1] == few.shape[1]
    assert many.shape[0] > 2 * few.shape[0]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.png", "b.png"]


def test_pictures_are_of_as_many_classes_as_can_be() -> None:
    assert sorted(chosen(data(), 3, 0).classes) == [0, 1, 2]
    assert sorted(chosen(data(), 6, 1).classes) == [0, 0, 1, 1, 2, 2]
    assert len(chosen(data(count=4), 6, 0)) == 4


def test_the_title_names_what_is_on() -> None:
    assert described(AugmentConfig()) == ""
    assert described(AugmentConfig(rotate=15, erasing=0.5)) == "rotate 15.0, erasing 0.5"


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("a.png", {}, ConfigError, "every augmentation is off"),
        ("a.png", {"cutout": 7}, ConfigError, "cover all of pictures of 7 x 9"),
        ("a.docx", {"cutout": 3}, ModelError, "no such format"),
        ("no/a.png", {"cutout": 3}, ModelError, "No such file or directory; choose another place"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line_and_leaves_nothing(
    tmp_path: Path, name: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as told:
        draw_augmentation(AugmentConfig(**options), data(), tmp_path / name, 1)
    assert "\n" not in str(told.value)
    assert not list(tmp_path.iterdir())


def test_the_command_draws_what_a_training_would_see(tmp_path: Path) -> None:
    output = tmp_path / "seen.png"
    words = ["augment", "digits", "--set", "augment.rotate=20", "--count", "1", "-o", str(output)]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.output.splitlines()[-1] == str(output)
    drawn = cv2.imread(str(output))
    assert drawn is not None
    assert drawn.std() > 40
