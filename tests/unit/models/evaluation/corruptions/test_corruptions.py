from itertools import pairwise

import numpy as np
import pytest

from models.evaluation.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from models.evaluation.corruptions.blur import disk, line


def scenes(side: int, channels: int, count: int = 2) -> np.ndarray:
    """Smooth pictures with an edge, `(count, side, side, channels) uint8`."""
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    one = np.stack([60 + 120 * x, 40 + 150 * y, 90 + 60 * x * y][:channels], axis=2)
    one[side // 4 : side // 2, side // 4 : 3 * side // 4] += 50
    return np.stack([one, one[::-1]][:count]).astype(np.uint8)


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize(("side", "channels"), [(28, 1), (32, 3), (112, 3)])
def test_stronger_is_further_from_the_picture(name: str, side: int, channels: int) -> None:
    images = scenes(side, channels)
    away = [np.abs(corrupt(images, name, strength) - images.astype(np.float64)).mean() for strength in STRENGTHS]
    assert away[0] > 0.05
    assert away[4] < 110
    if name != "pixelate":  # its squares meet the grid of the picture by chance
        assert all(after > before * 0.9 for before, after in pairwise(away)), away
        assert away[4] > 1.15 * away[0]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_call_gives_the_same_pictures_and_another_seed_none_but_what_is_chance(name: str) -> None:
    images = scenes(28, 3)
    first = corrupt(images, name, 3)
    np.testing.assert_array_equal(first, corrupt(images, name, 3))
    np.testing.assert_array_equal(first[:1], corrupt(images[:1], name, 3))
    plain = name in ("defocus-blur", "zoom-blur", "brightness", "contrast", "pixelate", "jpeg")
    assert np.array_equal(first, corrupt(images, name, 3, seed=1)) == plain


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (1, 2, 37, 1), (0, 8, 8, 3), (1, 100, 9, 3)])
def test_odd_shapes_black_and_white_stay_pictures(name: str, shape: tuple[int, ...]) -> None:
    for level in (0, 255):
        made = corrupt(np.full(shape, level, np.uint8), name, 5)
        assert made.shape == shape
        assert made.dtype == np.uint8


def test_shares_of_noise_are_what_they_say() -> None:
    grey = np.full((1, 200, 200, 3), 128, np.uint8)
    assert (corrupt(grey, "impulse-noise", 5) != 128).mean() == pytest.approx(0.27, abs=0.01)
    for level in (0, 255):
        assert (corrupt(grey, "impulse-noise", 5) == level).mean() == pytest.approx(0.135, abs=0.01)
    assert corrupt(grey, "gaussian-noise", 1).std() == pytest.approx(0.08 * 255, rel=0.02)
    assert corrupt(grey, "shot-noise", 1).std() == pytest.approx(255 * (128 / 255 / 60) ** 0.5, rel=0.02)
    assert corrupt(grey, "brightness", 2).mean() == pytest.approx(128 + 0.2 * 255, abs=0.6)


def test_two_pictures_that_are_the_same_get_noise_of_their_own() -> None:
    first, second = corrupt(np.full((2, 16, 16, 1), 128, np.uint8), "gaussian-noise", 1)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", ["snow", "brightness", "frost"])
@pytest.mark.parametrize("side", [32, 112])
def test_snow_frost_and_sun_make_pictures_brighter(name: str, side: int) -> None:
    dark = scenes(side, 3) // 3
    assert corrupt(dark, name, 3).mean() > dark.mean() + 10


def test_a_scene_in_snow_is_paler_between_the_flakes_too() -> None:
    dark = scenes(64, 3) // 3
    assert np.median(corrupt(dark, "snow", 3)) > np.median(dark) + 5


def test_kernels_sum_to_one_and_have_the_size_they_are_named_by() -> None:
    assert disk(3).sum() == pytest.approx(1)
    assert 1 / disk(3).max() == pytest.approx(np.pi * 9, rel=0.02)
    assert (line(9, 0)[5] > 0.1).sum() == 9
    assert (line(9, 90)[:, 5] > 0.1).sum() == 9


def test_colour_channels_keep_their_order_through_jpeg() -> None:
    red = np.zeros((1, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    assert corrupt(red, "jpeg", 1)[0, 16, 16].tolist() == pytest.approx([200, 0, 0], abs=6)


def test_no_such_corruption_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected one of gaussian-noise"):
        corrupt(scenes(28, 1), "rain", 1)
