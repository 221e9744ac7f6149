"""Each filter is what its OpenCV calls give, keeps the shape, and leaves the picture given alone."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vision import filters

RANDOM = np.random.default_rng(5)
IMAGE = cv2.GaussianBlur(RANDOM.integers(0, 256, (49, 65, 3)).astype(np.uint8), (0, 0), 2)
IMAGE.setflags(write=False)
GREY = cv2.cvtColor(IMAGE, cv2.COLOR_BGR2GRAY)
BOTH: list[Callable[[np.ndarray], np.ndarray]] = [
    filters.box_blur,
    filters.gaussian_blur,
    filters.median_blur,
    filters.bilateral,
    filters.sharpen,
    filters.denoise,
    filters.threshold,
    filters.otsu,
    filters.adaptive_threshold,
    filters.canny,
    filters.sobel,
    filters.laplacian,
    filters.morphology,
    filters.equalise,
    filters.clahe,
    filters.gamma,
]
BGR_ONLY: list[Callable[[np.ndarray], np.ndarray]] = [filters.colour_space, filters.channel, filters.white_balance]


@pytest.mark.parametrize("filtered", [*BOTH, *BGR_ONLY])
def test_a_filter_makes_a_new_picture_of_the_same_shape(filtered: Callable[[np.ndarray], np.ndarray]) -> None:
    before = IMAGE.copy()
    after = filtered(IMAGE)
    assert after.shape == IMAGE.shape and after.dtype == np.uint8
    assert not np.shares_memory(after, IMAGE)
    assert (before == IMAGE).all()
    assert (after != IMAGE).any()


@pytest.mark.parametrize("filtered", BOTH)
def test_a_grey_picture_stays_grey(filtered: Callable[[np.ndarray], np.ndarray]) -> None:
    assert filtered(GREY).shape == GREY.shape


def test_edges_and_thresholds_are_opencvs_on_the_brightness() -> None:
    def bgr(grey: np.ndarray) -> np.ndarray:
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)

    assert (filters.canny(IMAGE, 20, 60) == bgr(cv2.Canny(GREY, 20, 60))).all()
    assert (filters.threshold(IMAGE, 120) == bgr(cv2.threshold(GREY, 120, 255, cv2.THRESH_BINARY)[1])).all()
    assert (filters.otsu(IMAGE) == bgr(cv2.threshold(GREY, 0, 255, cv2.THRESH_OTSU)[1])).all()
    assert (filters.otsu(IMAGE, invert=True) == 255 - filters.otsu(IMAGE)).all()
    assert filters.canny(IMAGE, 20, 60).any()
    assert (filters.threshold(IMAGE, 120, invert=True) == 255 - filters.threshold(IMAGE, 120)).all()
    assert (filters.adaptive_threshold(IMAGE, invert=True) == 255 - filters.adaptive_threshold(IMAGE)).all()


def test_clahe_works_on_the_lightness_and_leaves_the_colour() -> None:
    lab = cv2.cvtColor(IMAGE, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(3.0, (4, 4)).apply(np.ascontiguousarray(lab[..., 0]))
    assert (filters.clahe(IMAGE, 3.0, 4) == cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)).all()


def test_equalising_works_on_the_brightness() -> None:
    ycrcb = cv2.cvtColor(IMAGE, cv2.COLOR_BGR2YCrCb)
    ycrcb[..., 0] = cv2.equalizeHist(np.ascontiguousarray(ycrcb[..., 0]))
    assert (filters.equalise(IMAGE) == cv2.cvtColor(ycrcb, cv2.COLOR_YCrCb2BGR)).all()


def test_a_gamma_above_one_brightens_and_its_inverse_takes_that_back() -> None:
    brighter = filters.gamma(IMAGE, 2.0)
    assert (brighter.astype(int) >= IMAGE).all()
    assert np.abs(filters.gamma(brighter, 0.5).astype(int) - IMAGE).max() <= 1


def test_white_balance_takes_a_cast_off() -> None:
    cast = filters.gains(IMAGE, (0.6, 1.0, 0.8))
    means = filters.white_balance(cast).mean(axis=(0, 1))
    assert np.ptp(means) < 1.0 < np.ptp(cast.mean(axis=(0, 1)))


def test_sharpening_by_nothing_changes_nothing() -> None:
    assert (filters.sharpen(IMAGE, 0.0) == IMAGE).all()


def test_a_black_picture_stays_black_under_white_balance() -> None:
    assert not filters.white_balance(np.zeros_like(IMAGE)).any()
