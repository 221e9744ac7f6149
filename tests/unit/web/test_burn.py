import time

import numpy as np
import pytest

from asking import decoded
from views import moving
from vision.palette import Bgr
from web.burn import BLUISH_GREEN, VERMILLION, YELLOW, Scene, burn, describe, fitted, jpeg
from web.view import Shot, State


def scene(state: State = "running", age_s: float | None = 0.1, attempts: int = 0) -> Scene:
    now_s = time.monotonic()
    shot = None if age_s is None else Shot(7, moving(7), now_s - age_s, state)
    return Scene(shot, state, attempts, now_s, 2.0)


def shows(image: np.ndarray, colour: Bgr) -> bool:
    return bool((image[-3:, :40] == colour).all(axis=-1).any())


def test_a_fresh_picture_of_a_running_source_is_live() -> None:
    burnt = burn(scene(), 640)
    assert shows(burnt, BLUISH_GREEN)
    assert np.array_equal(burnt[:300], moving(7)[:300])


@pytest.mark.parametrize(
    ("state", "age_s", "text", "colour"),
    [
        ("running", 3.2, "STALE 3.2 s", YELLOW),
        ("lost", 0.1, "RECONNECTING 4, picture is 0.1 s old", VERMILLION),
        ("connecting", 12.0, "RECONNECTING 4, picture is 12.0 s old", VERMILLION),
        ("ended", 0.1, "ENDED, picture is 0.1 s old", (170, 170, 170)),
    ],
)
def test_any_other_picture_is_seen_at_a_glance_not_to_be_live(
    state: State, age_s: float, text: str, colour: Bgr
) -> None:
    old = scene(state, age_s, attempts=4)
    assert old.text == text
    burnt = burn(old, 640)
    assert shows(burnt, colour)
    inside = burnt[20:-30, 20:-20]
    assert (inside == inside[..., :1]).all(), "it has lost its colours"
    assert inside.mean() < 0.6 * moving(7)[20:-30, 20:-20].mean(), "and its light"


def test_before_the_first_picture_there_is_a_ground_with_words_on_it() -> None:
    none = scene("connecting", None)
    assert (none.text, none.number, none.live) == ("CONNECTING", -1, False)
    assert burn(none, 640).shape == (360, 640, 3)
    assert describe("connecting", 3, None, 2.0) == "CONNECTING 3"
    assert describe("running", 0, None, 2.0) == "NO PICTURE YET"
    assert describe("lost", 0, None, 2.0) == "RECONNECTING 1"


def test_the_view_s_own_picture_is_not_drawn_on() -> None:
    given = scene()
    assert given.shot is not None
    before = given.shot.image.copy()
    burn(given, 640)
    burn(given, 320)
    assert np.array_equal(given.shot.image, before)


@pytest.mark.parametrize(("width", "expected"), [(320, (180, 320)), (640, (360, 640)), (1920, (360, 640))])
def test_a_picture_is_made_smaller_in_proportion_and_never_larger(width: int, expected: tuple[int, int]) -> None:
    assert fitted(moving(0), width).shape[:2] == expected
    assert burn(scene(), width).shape[:2] == expected


@pytest.mark.parametrize("size", [(1, 1), (8, 6), (3, 400), (4000, 2)])
def test_a_picture_of_any_size_can_be_stamped_and_sent(size: tuple[int, int]) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for state in ("running", "lost"):
        told = Scene(Shot(0, image, 0.0), state, 1, 0.1, 2.0)
        assert decoded(jpeg(burn(told, 320), 75)).ndim == 3
