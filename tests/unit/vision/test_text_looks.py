"""Whether a line still looks the same, on lines written here."""

import cv2
import numpy as np
import pytest

from stages.text_line import CHANGED
from vision.text_looks import HEIGHT_PX, REACH_PX, difference, look


def written(text: str, noise: float = 6, ground: int = 200, ink: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """A picture of a line `(H, W) uint8`, and its corners."""
    picture = np.full((100, 600), ground, np.uint8)
    cv2.putText(picture, text, (30, 65), cv2.FONT_HERSHEY_SIMPLEX, 1.0, ink, 2, cv2.LINE_AA)
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    quad = np.array([[30, 62 - height], [30 + width, 62 - height], [30 + width, 65 + below], [30, 65 + below]])
    grain = np.random.default_rng(0).normal(0, noise, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8), quad.astype(np.float32)


def test_a_look_is_of_one_height_and_goes_with_the_length_of_the_line() -> None:
    grey, quad = written("PLATFORM")
    assert look(grey, quad).shape[0] == HEIGHT_PX + 2 * REACH_PX
    longer = quad + np.array([[0, 0], [200, 0], [200, 0], [0, 0]], np.float32)
    assert look(grey, longer).shape[1] > look(grey, quad).shape[1]


@pytest.mark.parametrize(("before", "now"), [("12:34:56", "12:34:58"), ("12:34:50", "12:34:58"), ("GATE B", "GATE R")])
def test_one_letter_that_changes_is_a_change(before: str, now: str) -> None:
    a, b = written(before), written(now)
    assert difference(look(*a), look(b[0], a[1])) > CHANGED


@pytest.mark.parametrize("ground", [140, 230])
def test_other_light_is_no_change(ground: int) -> None:
    a, b = written("Platform 7"), written("Platform 7", ground=ground, ink=ground - 100)
    assert difference(look(*a), look(*b)) < CHANGED


@pytest.mark.parametrize("beside", [(1, 0), (0, -1), (-1, 1)])
def test_a_pixel_beside_is_no_change(beside: tuple[int, int]) -> None:
    grey, quad = written("Platform 7")
    assert difference(look(grey, quad), look(grey, quad + np.array(beside, np.float32))) < CHANGED


def test_noise_alone_does_not_look_like_letters() -> None:
    grey, quad = written("", noise=3)
    quad = quad + np.array([[0, 0], [200, 0], [200, 0], [0, 0]], np.float32)
    other = np.clip(200 + np.random.default_rng(1).normal(0, 3, grey.shape), 0, 255).astype(np.uint8)
    assert difference(look(grey, quad), look(other, quad)) < CHANGED


def test_a_line_outside_the_picture_has_a_look_too() -> None:
    grey, quad = written("EXIT")
    assert np.isfinite(look(grey, quad + 5000)).all()
    assert np.isfinite(look(grey, np.zeros((4, 2), np.float32))).all()
