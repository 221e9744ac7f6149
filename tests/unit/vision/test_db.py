import cv2
import numpy as np
import pytest

from vision.db import text_quads, upright


def bar(centre: tuple[float, float], size: tuple[float, float], angle: float, value: float = 0.9) -> np.ndarray:
    """A map with one turned bar of text."""
    image = np.zeros((200, 300), np.float32)
    corners = cv2.boxPoints((centre, size, angle))
    cv2.fillConvexPoly(image, np.rint(corners).astype(np.int32), value)
    return image


def test_a_bar_is_grown_by_its_area_over_its_outline_on_every_side() -> None:
    quads, score = text_quads(bar((150, 100), (100, 10), 0), grow=1.5)
    more = 100 * 10 * 1.5 / (2 * (100 + 10))  # D = A r / L
    assert np.abs(quads[0, 0] - (100 - more, 95 - more)).max() < 1
    assert np.abs(quads[0, 2] - (200 + more, 105 + more)).max() < 1
    assert score[0] == pytest.approx(0.9)


@pytest.mark.parametrize("angle", [-40, -10, 10, 40])
def test_a_turned_line_begins_at_its_left_end_and_runs_to_its_right(angle: float) -> None:
    quads, _ = text_quads(bar((150, 100), (100, 12), angle))
    along = quads[0, 1] - quads[0, 0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(angle, abs=1.5)


def test_lines_come_from_the_top_down() -> None:
    both = np.maximum(bar((80, 150), (60, 12), 0), bar((200, 40), (60, 12), 0))
    quads, score = text_quads(both)
    assert quads[:, :, 1].mean(axis=1).round().tolist() == [40, 150]
    assert len(score) == 2


def test_what_is_faint_or_tiny_is_no_text() -> None:
    assert len(text_quads(bar((150, 100), (100, 12), 0, value=0.4))[0]) == 0
    assert len(text_quads(bar((150, 100), (100, 0), 0))[0]) == 0


def test_an_empty_map_has_no_quads_and_noise_does_no_harm() -> None:
    quads, score = text_quads(np.zeros((64, 64), np.float32))
    assert quads.shape == (0, 4, 2)
    assert score.shape == (0,)
    noise = np.random.default_rng(0).random((256, 256), np.float32)
    assert np.isfinite(text_quads(noise)[0]).all()


def test_corners_in_any_order_come_out_in_reading_order() -> None:
    line = np.array([[10, 10], [90, 10], [90, 30], [10, 30]], np.float32)
    for turn in range(4):
        for quad in (np.roll(line, turn, axis=0), np.roll(line[::-1], turn, axis=0)):
            assert (upright(quad[None])[0] == line).all()


def test_a_tall_quad_is_read_from_the_bottom_up() -> None:
    spine = np.array([[10, 10], [30, 10], [30, 90], [10, 90]], np.float32)
    assert upright(spine[None])[0, :2].tolist() == [[10, 90], [10, 10]]
