"""Light and colour, and RandAugment's changes, held against Pillow's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from models.training import augment_rand
from models.training.augment_colour import jitter, lit
from models.training.augment_rand import CHANGES, choose, coloured, directions, equalised, moved, sharpened, stretched


def pictures(channels: int = 3, count: int = 6, side: int = 16) -> np.ndarray:
    """Smooth ones, 60 to 200, so that nothing is cut off at the ends."""
    y, x = np.mgrid[:side, :side]
    waves = [np.sin(x / (3 + k) + c) + np.cos(y / (2 + k)) for k in range(count) for c in range(channels)]
    return (
        (130 + 35 * np.array(waves).reshape(count, channels, side, side).transpose(0, 2, 3, 1))
        .round()
        .astype(np.float32)
    )


def by_pillow(images: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    planes = images.astype(np.uint8)
    return np.stack([np.asarray(change(Image.fromarray(one[..., 0] if one.shape[-1] == 1 else one))) for one in planes])


@pytest.mark.parametrize(
    ("factors", "enhance"),
    [((1.3, 1, 1), ImageEnhance.Brightness), ((1, 1.3, 1), ImageEnhance.Contrast), ((1, 1, 1.3), ImageEnhance.Color)],
)
def test_brightness_contrast_and_saturation_are_those_of_pillow(factors: Any, enhance: Any) -> None:
    images = pictures()
    got = lit(images, *(np.full(len(images), factor, np.float32) for factor in factors)).numpy()
    assert abs(got - by_pillow(images, lambda one: enhance(one).enhance(1.3))).max() <= 2.5
    assert abs(got - images).mean() > 3


def test_each_picture_has_a_light_of_its_own_and_grey_ones_too() -> None:
    for channels in (1, 3):
        images = np.repeat(pictures(channels, 1), 50, axis=0)
        means = jitter(images, np.array([1, 2]), 0.4).numpy().mean((1, 2, 3)) / images.mean()
        assert len(set(means.tolist())) == 50
        assert 0.59 < means.min() < 0.7
        assert 1.3 < means.max() < 1.41


def test_sharpening_stretching_and_equalising_are_those_of_pillow() -> None:
    images = pictures()
    sharp = sharpened(images, np.full(len(images), 1.9, np.float32)).numpy()[:, 1:-1, 1:-1]
    expected = by_pillow(images, lambda one: ImageEnhance.Sharpness(one).enhance(1.9))[:, 1:-1, 1:-1]
    assert abs(sharp - expected).max() <= 2
    assert abs(stretched(images).numpy() - by_pillow(images, ImageOps.autocontrast)).max() <= 1.5
    large = pictures(side=96)
    # Pillow's steps are whole numbers, so its levels do not quite reach the ends.
    assert abs(equalised(large).numpy() - by_pillow(large, ImageOps.equalize)).max() < 10
    assert abs(equalised(large).numpy() - large).mean() > 15


@pytest.mark.parametrize("change", [stretched, equalised])
def test_a_picture_of_one_level_stays(change: Callable[[Any], Any]) -> None:
    images = np.full((2, 6, 6, 3), 77, np.float32)
    assert np.array_equal(change(images), images)


def test_each_picture_gets_two_of_the_changes_and_each_change_is_had() -> None:
    chosen = choose(300, np.array([1, 2])).numpy()
    assert set(chosen.sum(0)) == {2}
    assert chosen.sum(1).min() > 20
    assert set(directions(300, np.array([1, 2])).numpy()) == {-1, 1}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_changes_the_pictures_that_have_it_and_no_others(name: str) -> None:
    images = pictures()
    sign = np.array([1, -1] * 3, np.float32)
    chosen = np.zeros((len(CHANGES), len(images)), bool)
    chosen[CHANGES.index(name), ::2] = True
    got = augment_rand.coloured(images, chosen, sign, 0.6).numpy()
    motion = moved(chosen, sign, 0.6, 16, 16)
    geometric = (motion.turn.numpy() != np.eye(2)).any((1, 2)) | motion.offset.numpy().any(1)
    altered = abs(got - images).max((1, 2, 3)) > 0.01
    assert (altered | geometric).tolist() == [name != "identity", False] * 3
    assert not (altered & geometric).any()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("solarise", lambda one: ImageOps.solarize(one, 128)),
        ("posterise", lambda one: ImageOps.posterize(one, 6)),
    ],
)
def test_solarising_and_posterising_are_those_of_pillow(name: str, expected: Any) -> None:
    images = pictures()
    chosen = np.zeros((len(CHANGES), len(images)), bool)
    chosen[CHANGES.index(name)] = True
    got = coloured(images, chosen, np.ones(len(images), np.float32), 0.5).numpy()
    assert abs(got - by_pillow(images, expected)).max() <= 0.01
