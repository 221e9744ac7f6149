"""How good a view of a face is."""

import cv2
import numpy as np
import pytest

from vision.align import DLIB
from vision.face_quality import FACTORS, Views, sharpness, yaw_and_pitch


def views(**changed: float) -> Views:
    """One good view, with some measures changed."""
    good = {"size_px": 120, "sharpness": 30, "yaw": 0.05, "pitch": 0.0, "error": 0.02, "score": 0.9} | changed
    return Views(**{name: np.array([value], np.float32) for name, value in good.items()})


def test_a_good_view_is_as_good_as_can_be() -> None:
    assert views().quality.tolist() == [1.0]


@pytest.mark.parametrize(
    ("measure", "bad", "wrong"),
    [
        ("size_px", 14, "too small"),
        ("sharpness", 1, "blurred"),
        ("yaw", -0.9, "turned sideways"),
        ("pitch", 0.7, "looks up or down"),
        ("error", float("inf"), "does not fit a face"),
        ("score", 0.3, "hardly found"),
    ],
)
def test_one_bad_measure_spoils_a_view_and_is_named(measure: str, bad: float, wrong: str) -> None:
    view = views(**{measure: bad})
    assert view.quality[0] == 0
    assert view.wrong(0) == wrong
    assert len(FACTORS) == view.factors.shape[1]


def test_no_faces_have_no_quality() -> None:
    none = np.zeros(0, np.float32)
    assert Views(none, none, none, none, none, none).quality.shape == (0,)


def test_the_template_looks_ahead_whichever_way_it_is_turned() -> None:
    for angle in (0, 0.5, 3.0):
        z = (DLIB[:, 0] + 1j * DLIB[:, 1]) * np.exp(1j * angle)
        yaw, pitch = yaw_and_pitch(np.stack([z.real, z.imag], axis=1)[None].astype(np.float32))
        assert abs(yaw[0]) < 0.02
        assert abs(pitch[0]) < 0.03


def test_a_nose_to_the_right_is_a_face_that_looks_there() -> None:
    points = DLIB[None].copy()
    points[0, 2, 0] += 0.15
    assert yaw_and_pitch(points)[0][0] == pytest.approx(0.4, abs=0.03)


def test_points_that_fall_together_look_nowhere_and_divide_by_nothing() -> None:
    yaw, pitch = yaw_and_pitch(np.zeros((1, 6, 2), np.float32))
    assert np.isfinite([yaw[0], pitch[0]]).all()


def test_blurring_takes_sharpness() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (150, 150, 3), np.uint8)
    sharp, soft = sharpness(noise), sharpness(cv2.GaussianBlur(noise, (0, 0), 3))
    assert soft < sharp / 4
    assert sharpness(np.zeros((150, 150, 3), np.uint8)) == 0
