import cv2
import numpy as np
import pytest

from vision.rectify import LONGEST, quad_size, rectify, sharpness


def board() -> np.ndarray:
    """A sign of four colours, a quarter each, on black."""
    image = np.zeros((40, 80, 3), np.uint8)
    image[:20, :40], image[:20, 40:] = (255, 0, 0), (0, 255, 0)
    image[20:, :40], image[20:, 40:] = (0, 0, 255), (255, 255, 255)
    return image


BOX = np.array([[0, 0], [80, 0], [80, 40], [0, 40]], np.float32)


def quarters(line: np.ndarray) -> list[list[int]]:
    height, width = line.shape[:2]
    return [line[y, x].tolist() for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]


def test_a_box_of_the_readers_height_comes_out_as_it_was() -> None:
    assert (rectify(board(), BOX, 40) == board()).all()


@pytest.mark.parametrize("height", [10, 20, 60])
def test_the_line_has_the_height_asked_for_and_keeps_its_shape(height: int) -> None:
    line = rectify(board(), BOX, height)
    assert line.shape == (height, 2 * height, 3)
    assert quarters(line) == quarters(board())


def test_a_sign_seen_from_the_side_becomes_a_rectangle() -> None:
    quad = np.array([[40, 30], [150, 60], [140, 110], [30, 120]], np.float32)
    seen = cv2.warpPerspective(board(), cv2.getPerspectiveTransform(BOX, quad), (200, 150))
    assert quarters(rectify(seen, quad, 40)) == quarters(board())


def test_a_quad_that_begins_at_the_lower_right_is_turned_upright() -> None:
    turned = board()[::-1, ::-1]
    assert quarters(rectify(turned, np.roll(BOX, 2, axis=0), 40)) == quarters(board())


def test_what_lies_outside_the_picture_is_filled_with_its_edge() -> None:
    line = rectify(board(), BOX + np.array([200, 100], np.float32), 40)
    assert line.shape == (40, 80, 3)
    assert (line == 255).all()


def test_an_endless_line_is_pressed_into_the_longest() -> None:
    endless = np.array([[0, 0], [79, 0], [79, 0.5], [0, 0.5]], np.float32)
    assert rectify(board(), endless, 40).shape == (40, LONGEST * 40, 3)


def test_a_quad_without_area_does_no_harm() -> None:
    assert rectify(board(), np.full((4, 2), 7, np.float32), 40).shape == (40, 1, 3)


def test_sides_are_means_of_opposite_edges() -> None:
    assert quad_size(np.array([[0, 0], [10, 0], [8, 4], [0, 4]], np.float32))[0] == 9


def test_a_blurred_sign_is_less_sharp_and_one_outside_has_no_sharpness() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 80, 3), np.uint8)
    assert sharpness(cv2.blur(noise, (5, 5)), BOX) < sharpness(noise, BOX) / 4
    assert sharpness(noise, BOX + 500) == 0.0
