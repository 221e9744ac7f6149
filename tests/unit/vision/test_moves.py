"""Where points go, and that OpenCV's warps put pixels there."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.moves import Homography, Lens, after, flipped, for_opencv, rotated, scaled, shifted, straightened

IMAGE = np.random.default_rng(2).integers(0, 256, (31, 47, 3)).astype(np.uint8)
SIZE = (47, 31)


@pytest.mark.parametrize(
    ("degrees", "code"), [(90, cv2.ROTATE_90_COUNTERCLOCKWISE), (180, cv2.ROTATE_180), (270, cv2.ROTATE_90_CLOCKWISE)]
)
def test_a_warp_by_quarters_is_opencvs_rotation_to_the_pixel(degrees: int, code: int) -> None:
    matrix, new = rotated(SIZE, degrees, expand=True)
    warped = cv2.warpAffine(IMAGE, for_opencv(matrix)[:2], new)
    assert (warped == cv2.rotate(IMAGE, code)).all()


def test_a_warp_that_mirrors_is_opencvs_flip_to_the_pixel() -> None:
    matrix = flipped(SIZE, x=True, y=False)
    assert (cv2.warpAffine(IMAGE, for_opencv(matrix)[:2], SIZE) == IMAGE[:, ::-1]).all()


@given(st.floats(-360, 360), st.floats(0.2, 5), st.floats(-50, 50))
def test_there_and_back_is_where_one_was(degrees: float, factor: float, shift: float) -> None:
    turn, _ = rotated(SIZE, degrees, expand=True)
    there = Homography(shifted(shift, -shift) @ scaled(factor, 2 * factor) @ turn)
    points = np.array([[0.0, 0.0], [47.0, 31.0], [3.5, 20.0]])
    assert np.allclose(there.inverse()(there(points)), points, atol=1e-6)


def test_the_last_move_is_taken_back_first() -> None:
    first, second = Homography(scaled(0.5, 0.5)), Homography(shifted(10, 0))
    point = np.array([[4.0, 6.0]])
    assert after(second, first)(point).tolist() == [[7, 3]]
    assert after(second, lambda points: points * 0.5)(point).tolist() == [[7, 3]]
    assert after(second, None) is second


def test_the_corners_given_become_the_corners_of_the_picture() -> None:
    corners = np.array([[3.0, 4.0], [40.0, 6.0], [44.0, 29.0], [1.0, 25.0]])
    made = Homography(straightened(corners, (100, 50)))(corners)
    assert np.allclose(made, [[0, 0], [100, 0], [100, 50], [0, 50]], atol=1e-3)


def test_points_of_a_straight_picture_are_where_the_lens_bent_them() -> None:
    camera = np.array([[40.0, 0, 23], [0, 40.0, 15], [0, 0, 1]])
    bends = np.array([-0.3, 0.1, 0.01, 0.0, 0.0])
    lens = Lens(camera, bends, camera)
    first, second = cv2.initUndistortRectifyMap(camera, bends, np.eye(3), camera, SIZE, cv2.CV_32FC1)
    there = lens(np.array([[5.5, 7.5], [40.5, 20.5]]))
    assert np.allclose(there - 0.5, [[first[7, 5], second[7, 5]], [first[20, 40], second[20, 40]]], atol=1e-3)
    assert lens(np.zeros((0, 2))).shape == (0, 2)
