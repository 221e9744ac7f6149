"""The similarity from a face's points to a template, and the chip it cuts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vision.align import Template, cut, fit, template_of

DLIB = template_of("dlib", 150)


def moved(points: np.ndarray, scale: float, angle: float, by: tuple[float, float]) -> np.ndarray:
    """Points turned, scaled and moved."""
    z = (points[:, 0] + 1j * points[:, 1]) * scale * np.exp(1j * angle) + complex(*by)
    return np.stack([z.real, z.imag], axis=1).astype(np.float32)


@given(st.floats(0.1, 5), st.floats(-3.1, 3.1), st.floats(-500, 2000), st.floats(-500, 2000))
def test_whatever_similarity_moved_the_template_is_found_and_undone(s: float, angle: float, x: float, y: float) -> None:
    points = moved(DLIB.points, s, angle, (x, y))
    found = fit(points[None], DLIB)
    back = points @ found.matrix[0, :, :2].T + found.matrix[0, :, 2]
    assert np.abs(back - DLIB.points).max() < 0.05 + 2e-5 * max(abs(x), abs(y)) / s
    assert found.error[0] < 1e-3 + 1e-6 * max(abs(x), abs(y)) / s


def umeyama(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The paper's own solution, equations 40 to 43, for equal weights."""
    mean, aim = points.mean(axis=0), target.mean(axis=0)
    a, b = points - mean, target - aim
    u, d, vt = np.linalg.svd(b.T @ a / len(points))
    sign = np.diag([1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    turn = u @ sign @ vt
    scale = (d * np.diag(sign)).sum() / (a**2).sum(axis=1).mean()
    return np.column_stack([scale * turn, aim - scale * turn @ mean])


@given(arrays(np.float32, (6, 2), elements=st.floats(-20, 20, width=32)))
def test_it_is_umeyamas_solution(noise: np.ndarray) -> None:
    template = Template(DLIB.points, np.ones(6, np.float32), 150)
    points = moved(DLIB.points, 2, 0.4, (300, 200)) + noise
    expected = umeyama(points.astype(np.float64), DLIB.points.astype(np.float64))
    np.testing.assert_allclose(fit(points[None], template).matrix[0], expected, rtol=1e-4, atol=1e-2)


def test_a_point_that_is_not_there_is_left_out() -> None:
    points = moved(DLIB.points, 3, 0.2, (40, 50))
    points[4:] = np.nan
    found = fit(points[None], DLIB)
    assert found.error[0] < 1e-5
    assert np.isfinite(found.matrix).all()


def test_points_that_fall_together_fit_nothing() -> None:
    found = fit(np.full((1, 6, 2), 7, np.float32), DLIB)
    assert found.error[0] == np.inf
    with pytest.raises(ValueError, match="fall together"):
        cut(np.zeros((50, 50, 3), np.uint8), found.matrix[0], 150)


def test_a_face_that_is_mirrored_does_not_fit() -> None:
    mirrored = DLIB.points * np.array([-1, 1], np.float32) + np.array([150, 0], np.float32)
    assert fit(mirrored[None], DLIB).error[0] > 0.15


def test_no_faces_fit_to_none() -> None:
    assert fit(np.zeros((0, 6, 2), np.float32), DLIB).matrix.shape == (0, 2, 3)


@pytest.mark.parametrize("scale", [0.7, 2.0, 3.0, 8.0])
def test_a_chip_shows_the_same_however_large_the_face_is(scale: float) -> None:
    """A soft disc where the left eye should be is there in the chip, to a tenth of a pixel."""
    points = moved(DLIB.points, scale, 0.3, (60, 40))
    size = int(300 * scale) + 150
    y, x = np.mgrid[:size, :size]
    away = np.hypot(x - points[1, 0], y - points[1, 1])
    image = np.repeat(np.clip(255 - away * 12 / scale, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    chip = cut(image, fit(points[None], DLIB).matrix[0], 150)[..., 0].astype(np.float64)
    rows, columns = np.mgrid[:150, :150]
    middle = np.array([(chip * columns).sum(), (chip * rows).sum()]) / chip.sum()
    assert np.abs(middle - DLIB.points[1]).max() < 0.1


def test_a_chip_beyond_the_picture_is_black() -> None:
    matrix = np.array([[0.1, 0, -5000], [0, 0.1, -5000]], np.float32)
    assert cut(np.full((40, 40, 3), 255, np.uint8), matrix, 150).max() == 0


def test_what_is_finer_than_the_chip_is_averaged_not_sampled() -> None:
    checks = (np.indices((1200, 1200)).sum(axis=0) % 2 * 255).astype(np.uint8)
    chip = cut(np.repeat(checks[..., None], 3, axis=2), np.array([[0.125, 0, 0], [0, 0.125, 0]], np.float32), 150)
    assert np.abs(chip[5:-5, 5:-5].astype(int) - 127).max() <= 2
