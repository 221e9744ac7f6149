import cv2
import numpy as np
import pytest

from vision.drift import drift

QUAD = np.array([[[60, 50], [160, 50], [160, 80], [60, 80]]], np.float32)


def scene(shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Soft spots, moved by whole pixels."""
    noise = np.random.default_rng(3).integers(0, 255, (200, 300), np.uint8)
    return np.roll(cv2.GaussianBlur(noise, (0, 0), 2.5), shift, axis=(1, 0))


@pytest.mark.parametrize("shift", [(0, 0), (5, 0), (-4, 7), (12, -9)])
def test_a_part_is_found_where_it_went(shift: tuple[int, int]) -> None:
    assert np.abs(drift(scene(), scene(shift), QUAD) - shift).max() < 0.3


def test_parts_go_their_own_ways() -> None:
    both = np.concatenate([QUAD, QUAD + np.array([0, 90], np.float32)])
    now = scene()
    now[100:] = scene((6, 0))[100:]
    assert np.abs(drift(scene(), now, both) - [[0, 0], [6, 0]]).max() < 0.5


def test_what_cannot_be_followed_stands_still() -> None:
    flat = np.full((200, 300), 90, np.uint8)
    assert drift(flat, flat, QUAD).tolist() == [[0, 0]]
    assert drift(scene(), scene()[:50], QUAD).tolist() == [[0, 0]]
    other = cv2.GaussianBlur(np.random.default_rng(9).integers(0, 255, (200, 300), np.uint8), (0, 0), 2.5)
    assert np.abs(drift(scene(), other, QUAD)).max() < 40


def test_no_parts_and_parts_outside_do_no_harm() -> None:
    assert drift(scene(), scene(), QUAD[:0]).shape == (0, 2)
    assert drift(scene(), scene(), QUAD + 5000).tolist() == [[0, 0]]
