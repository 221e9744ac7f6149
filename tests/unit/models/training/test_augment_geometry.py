"""Moving pictures: whole pixels exactly, and turns and scales about the centre."""

import math

import numpy as np
import pytest

from models.training.augment_geometry import Motion, motion, rotation, shift, warp
from models.training.config import AugmentConfig


def pictures(height: int, width: int, count: int = 30) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, height, width, 3)).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), [(9, 9), (8, 13)])
def test_a_warp_by_whole_pixels_is_the_same_as_a_shift(height: int, width: int) -> None:
    images = pictures(height, width)
    by = motion(AugmentConfig(flip="both", crop_padding=3), images, np.array([1, 2]))
    assert np.allclose(warp(images, by), shift(images, by), atol=0.01)
    assert not np.allclose(images, shift(images, by))


def test_a_quarter_turn_turns_about_the_centre() -> None:
    images = pictures(8, 8)
    turned = warp(images, Motion(rotation(np.full(30, math.pi / 2, np.float32)), np.zeros((30, 2), np.float32)))
    assert np.allclose(turned, np.rot90(images, axes=(1, 2)), atol=0.05)


def test_turns_and_scales_stay_within_what_was_asked_for() -> None:
    images = pictures(8, 8, 400)
    by = motion(AugmentConfig(rotate=30, scale=0.2), images, np.array([1, 2]))
    turn = by.turn.numpy()
    degrees = np.degrees(np.arctan2(turn[:, 1, 0], turn[:, 0, 0]))
    size = 1 / np.sqrt(np.linalg.det(turn))
    assert 29 < abs(degrees).max() <= 30
    assert 0.8 <= size.min() < 0.81
    assert 1.19 < size.max() <= 1.2
    assert abs(degrees.mean()) < 3
    assert not by.offset.numpy().any()


def test_one_motion_then_another_is_both() -> None:
    images = pictures(9, 9)
    first = motion(AugmentConfig(flip="both"), images, np.array([1, 2]))
    second = motion(AugmentConfig(crop_padding=2), images, np.array([3, 4]))
    assert np.allclose(shift(images, first.then(second)), shift(shift(images, first), second))
