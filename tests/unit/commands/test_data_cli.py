"""`python -m models data`: what it prints, what it writes, and how it ends."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from commands.data_cli import data
from pipeline.errors import ConfigError, SinkError


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder a class, with room for its decoded pictures beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    random = np.random.default_rng(0)
    for kind, count in (("cat", 12), ("dog [old]", 9)):
        (tmp_path / "pets" / kind).mkdir(parents=True)
        for number in range(count):
            coarse = random.integers(0, 256, (6, 6, 3), np.uint8)
            image = cv2.resize(coarse, (40 + number, 30), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(tmp_path / "pets" / kind / f"{number}.png"), image)
    return tmp_path / "pets"


def told(*words: str) -> Result:
    return CliRunner().invoke(data, list(words), catch_exceptions=False)


def test_show_counts_the_classes_and_draws_the_set(pets: Path, tmp_path: Path) -> None:
    result = told("show", str(pets), "-o", str(tmp_path / "pets.png"))
    assert result.exit_code == 0
    assert "dog [old]" in result.output
    assert "30 x 30 RGB; mean 0." in result.output
    drawn = cv2.imread(str(tmp_path / "pets.png"))
    assert drawn is not None
    assert drawn.shape[:2] == (902, 1430)
    assert (drawn.std(axis=2) > 20).mean() > 0.1  # the pictures have colours


def test_show_takes_every_option(pets: Path) -> None:
    result = told("show", str(pets), "--size", "16", "12", "--colour", "grey", "--limit", "6", "--prepare", "clahe")
    assert "16 x 12 grey" in result.output
    assert "all" in result.output


def test_check_of_a_good_set_says_so_and_ends_with_0(pets: Path) -> None:
    result = told("check", str(pets))
    assert (result.exit_code, "21 pictures, nothing wrong was found" in result.output) == (0, True)


def test_check_lists_what_is_wrong_and_ends_with_1(pets: Path, tmp_path: Path) -> None:
    (pets / "cat" / "broken.png").write_bytes(b"no picture")
    (pets / "dog [old]" / "copy.png").write_bytes((pets / "cat" / "3.png").read_bytes())
    (pets / "emu").mkdir()
    (pets / "emu" / "only.png").write_bytes(cv2.imencode(".png", np.zeros((9, 9, 3), np.uint8))[1].tobytes())
    result = told("check", str(pets), "-o", str(tmp_path / "found.csv"))
    assert result.exit_code == 1
    lines = (tmp_path / "found.csv").read_text().splitlines()
    assert 'damaged,cat/broken.png,"it is no picture; give a JPEG, PNG, WebP, BMP, GIF or TIFF"' in lines
    assert 'contradiction,dog [old]/copy.png,"dog [old], and as cat/3.png cat"' in lines
    assert "few,emu,1 for training" in lines
    for kind in ("damaged", "contradiction", "few"):
        assert kind in result.output


def test_a_setting_that_cannot_be_is_named_as_the_option_is(pets: Path) -> None:
    with pytest.raises(ConfigError, match=r"--size: Input should be greater"):
        told("show", str(pets), "--size", "0", "5")
    with pytest.raises(ConfigError, match=r"--prepare: no step 'sharp'"):
        told("show", str(pets), "--prepare", "sharp")


def test_a_place_that_cannot_be_written_to_is_named(pets: Path, tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot write .*absent/x\.csv: No such file"):
        told("check", str(pets), "-o", str(tmp_path / "absent" / "x.csv"))
