"""Pictures that are the same picture, and those that only look alike."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.data.dataset import DataConfig
from models.data.duplicates import same_as
from models.data.load import load
from pipeline.errors import SourceError


def photo(seed: int, side: int = 96) -> np.ndarray:
    """`(side, side, 3) uint8`, with coarse and fine structure."""
    random = np.random.default_rng(seed)
    levels = [random.normal(0, 1 / cells, (cells, cells, 3)) for cells in (3, 6, 12, 24)]
    mixed = sum(cv2.resize(level, (side, side), interpolation=cv2.INTER_CUBIC) for level in levels)
    return np.asarray(np.clip(128 + 160 * np.asarray(mixed), 0, 255), np.uint8)


def saved(image: np.ndarray, quality: int) -> np.ndarray:
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))


def halved(image: np.ndarray) -> np.ndarray:
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_CUBIC))


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "nothing": lambda image: image,
    "JPEG 75": lambda image: saved(image, 75),
    "a half": halved,
    "contrast": lambda image: (image * 0.8 + 20).astype(np.uint8),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_picture_saved_again_is_the_same(change: str) -> None:
    pictures = [photo(seed) for seed in range(12)]
    found = same_as(np.stack([*pictures, CHANGES[change](pictures[4])]))
    assert found.tolist() == [*range(12), 4]


def test_digits_that_look_alike_are_not_the_same() -> None:
    digits = load(DataConfig())
    images = np.concatenate([digits.train.images, digits.test.images])
    assert (same_as(images) == np.arange(len(images))).all()


def test_plain_pictures_are_the_same_only_bit_for_bit() -> None:
    white, nearly = np.full((8, 8, 1), 255, np.uint8), np.full((8, 8, 1), 255, np.uint8)
    nearly[0, 0] = 254
    assert same_as(np.stack([white, nearly, white])).tolist() == [0, 1, 0]
    ripples = np.random.default_rng(0).integers(0, 2, (8, 8, 1)).astype(np.uint8)
    assert same_as(np.stack([ripples + 200, ripples + 100, ripples + 200])).tolist() == [0, 1, 0]


def test_many_copies_of_one_picture_are_one_group() -> None:
    random = np.random.default_rng(0)
    noisy = [np.clip(photo(1, 32) + random.normal(0, 1, (32, 32, 3)), 0, 255).astype(np.uint8) for _ in range(100)]
    assert (same_as(np.stack(noisy)) == 0).all()


def test_no_pictures_have_no_copies() -> None:
    assert same_as(np.empty((0, 8, 8, 3), np.uint8)).tolist() == []


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    """A folder whose `test` has a picture of its `train`, saved again."""
    for at, name in enumerate(("train/cat/a", "train/cat/b", "train/dog/a", "train/dog/b", "test/cat/c", "test/dog/c")):
        path = tmp_path / "pets" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), photo(at) if name != "test/dog/c" else saved(photo(3), 80))
    return tmp_path / "pets"


def test_a_picture_in_two_splits_is_an_error_that_names_both(leaking: Path, tmp_path: Path) -> None:
    config = DataConfig(source=str(leaking), validation=0.0)
    with pytest.raises(SourceError, match=r"1 pictures .* train/dog/b\.png \(train\) and test/dog/c\.png \(test\)"):
        load(config, cache=tmp_path / "cache")
    kept = load(config.model_copy(update={"duplicates": "allow"}), cache=tmp_path / "cache")
    assert len(kept.train) == 4
    less = load(config.model_copy(update={"duplicates": "drop"}), cache=tmp_path / "cache")
    assert less.train.names == ("train/cat/a.png", "train/cat/b.png", "train/dog/a.png")
    assert len(less.test) == 2
    assert less.fingerprint != kept.fingerprint
