"""The measures of a picture's health, on pictures whose answer is known."""

import cv2
import numpy as np
import pytest

from vision import picture_health as measure
from vision.usual_view import LEAST_SHARPNESS, View, lost_sharpness


def scene(seed: int = 0, size: tuple[int, int] = (1280, 720)) -> np.ndarray:
    """Blobs of all sizes, as streets and rooms have them: `(H, W, 3) uint8`."""
    random = np.random.default_rng(seed)
    picture = np.full((size[1], size[0], 3), 110, np.uint8)
    for _ in range(400):
        left, top = random.integers(0, size[0]), random.integers(0, size[1])
        width, height = random.integers(6, 120, 2)
        colour = [int(value) for value in random.integers(20, 230, 3)]
        cv2.rectangle(picture, (int(left), int(top)), (int(left + width), int(top + height)), colour, -1)
    return picture


GREY = measure.small_grey(scene())


def test_the_small_copy_keeps_the_shape_and_is_never_larger_than_the_picture() -> None:
    assert GREY.shape == (180, 320)
    assert measure.small_grey(np.zeros((48, 64, 3), np.uint8)).shape == (48, 64)
    assert measure.small_grey(np.zeros((1, 4000, 3), np.uint8)).shape == (1, 320)


@pytest.mark.parametrize(("level", "dark", "clipped"), [(0, 1, 0), (25, 1, 0), (26, 0, 0), (249, 0, 0), (250, 0, 1)])
def test_dark_and_clipped_begin_at_their_levels(level: int, dark: float, clipped: float) -> None:
    grey = np.full((10, 10), level, np.uint8)
    assert (measure.dark_share(grey), measure.clipped_share(grey)) == (dark, clipped)


def test_a_picture_is_still_where_not_one_grey_level_changed() -> None:
    other = GREY.copy()
    assert measure.still_share(GREY, other) == 1
    other[:18] ^= 1
    assert measure.still_share(GREY, other) == pytest.approx(0.9)
    assert measure.still_share(GREY, GREY[:, :100]) == 0


def test_sharpness_falls_with_blur_and_not_with_light() -> None:
    picture = scene()
    sharp = measure.sharpness(GREY)
    dim = measure.sharpness(measure.small_grey((picture * 0.3).astype(np.uint8)))
    blurred = [
        measure.sharpness(measure.small_grey(cv2.GaussianBlur(picture, (0, 0), sigma))) / sharp for sigma in (2, 4, 8)
    ]
    assert dim / sharp == pytest.approx(1, abs=0.15)
    assert blurred[0] > blurred[1] > blurred[2]
    assert blurred[1] < 0.15
    assert measure.sharpness(np.full((90, 160), 128, np.uint8)) == 0


def test_what_half_a_hand_takes_away_is_half_the_texture() -> None:
    usual = measure.texture(GREY)
    covered = GREY.copy()
    covered[:, :160] = 70
    assert measure.lost_share(measure.texture(covered), usual) == pytest.approx(0.5, abs=0.05)
    assert measure.lost_share(usual, usual) == 0
    bare = np.full_like(GREY, 90)
    assert measure.lost_share(measure.texture(bare), measure.texture(bare)) == 0


def test_likeness_is_of_places_and_not_of_light() -> None:
    usual = measure.structure(GREY)
    brighter = measure.structure(cv2.convertScaleAbs(GREY, alpha=0.6, beta=40))
    aside = measure.structure(np.roll(GREY, 16, axis=1))
    elsewhere = measure.structure(measure.small_grey(scene(7)))
    assert measure.likeness(usual, usual) == pytest.approx(1, abs=1e-5)
    assert measure.likeness(brighter, usual) > 0.9
    assert measure.likeness(aside, usual) < 0.35
    assert measure.likeness(elsewhere, usual) < 0.35
    assert measure.likeness(usual, np.zeros_like(usual)) == 0


def test_what_passes_by_is_not_part_of_the_usual_texture() -> None:
    road = np.full((180, 320), 90, np.uint8)
    road[::16] = 120
    usual = View.of(road)
    for number in range(200):
        look = road.copy()
        if number % 4 == 0:
            look[:, 40:280] = GREY[:, 40:280]
        usual = usual.learn(View.of(look), 0.3)
    assert usual.covered(View.of(road)) == 0
    assert usual.seconds == pytest.approx(60)


def test_a_picture_that_was_never_sharp_is_blurred_without_anything_to_compare_with() -> None:
    soft = View.of(measure.small_grey(cv2.GaussianBlur(scene(), (0, 0), 20)))
    assert lost_sharpness(soft) > 0.85
    assert lost_sharpness(View.of(GREY)) == 0
    assert View.of(GREY).sharpness > LEAST_SHARPNESS
