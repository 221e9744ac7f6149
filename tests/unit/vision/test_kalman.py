"""The filter against the textbook's matrices, and at its edges."""

import numpy as np
import pytest

from vision import kalman

BOXES = np.array([[100, 50, 140, 170], [0, 0, 8, 4]], np.float32)


def textbook(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean `(8,)` and covariance `(8, 8)` of one box, positions first."""
    cov = np.diag(np.concatenate([state[kalman.VAR], state[kalman.SPEED_VAR]]))
    cov[np.arange(4), np.arange(4, 8)] = cov[np.arange(4, 8), np.arange(4)] = state[kalman.COV]
    return np.concatenate([state[kalman.AT], state[kalman.SPEED]]), cov


def moved(frames: int = 5, dt_s: float = 0.04) -> np.ndarray:
    """A state with every number in use."""
    state = kalman.start(BOXES)
    for step in range(1, frames):
        shift = np.array([3, 1, 3.5, 1.2], np.float32) * step
        state = kalman.update(kalman.predict(state, dt_s), BOXES + shift)
    return state


def test_predicting_is_what_the_matrices_say() -> None:
    dt_s = 0.07
    state = moved()
    later = kalman.predict(state, dt_s)
    for before, after in zip(state, later, strict=True):
        mean, cov = textbook(before)
        step = np.eye(8) + dt_s * np.eye(8, k=4)
        drift, push = (kalman.DRIFT * before[kalman.SIDE]) ** 2, (kalman.PUSH * before[kalman.SIDE]) ** 2
        noise = np.diag(np.concatenate([drift * dt_s + push * dt_s**3 / 3, push * dt_s]))
        noise += np.diag(push * dt_s**2 / 2, k=4) + np.diag(push * dt_s**2 / 2, k=-4)
        want_mean, want_cov = textbook(after)
        np.testing.assert_allclose(step @ mean, want_mean, rtol=1e-12)
        np.testing.assert_allclose(step @ cov @ step.T + noise, want_cov, rtol=1e-12)


def test_updating_is_what_the_matrices_say() -> None:
    state = kalman.predict(moved(), 0.05)
    seen = BOXES + np.array([20, 9, 22, 11], np.float32)
    for before, after, box in zip(state, kalman.update(state, seen), seen, strict=True):
        mean, cov = textbook(before)
        measure = np.eye(4, 8)
        size = (box[2:] - box[:2]).astype(float)
        surprise = np.concatenate([box[:2] + size / 2, size]) - measure @ mean
        total = measure @ cov @ measure.T + np.diag((kalman.MEASURED * before[kalman.SIDE]) ** 2)
        gain = cov @ measure.T @ np.linalg.inv(total)
        want_mean, want_cov = textbook(after)
        np.testing.assert_allclose(mean + gain @ surprise, want_mean, rtol=1e-9)
        np.testing.assert_allclose(cov - gain @ total @ gain.T, want_cov, rtol=1e-9, atol=1e-12)


def test_at_thirty_frames_a_second_it_is_the_frame_by_frame_filter() -> None:
    """DeepSORT's numbers a frame: 1/20 and 1/160 of the side. The integral over a frame adds a few per cent at most."""
    state = moved(dt_s=1 / 30)
    mean, speed = state[:, kalman.AT], state[:, kalman.SPEED] / 30
    side = state[:, kalman.SIDE]
    var, cov, speed_var = state[:, kalman.VAR], state[:, kalman.COV] / 30, state[:, kalman.SPEED_VAR] / 900
    later = kalman.predict(state, 1 / 30)
    np.testing.assert_allclose(later[:, kalman.AT], mean + speed)
    np.testing.assert_allclose(later[:, kalman.VAR], var + 2 * cov + speed_var + (side / 20) ** 2, rtol=0.01)
    np.testing.assert_allclose(later[:, kalman.COV] / 30, cov + speed_var, rtol=0.02)
    np.testing.assert_allclose(later[:, kalman.SPEED_VAR] / 900, speed_var + (side / 160) ** 2)


def test_two_short_steps_are_one_long_step() -> None:
    state = moved()
    np.testing.assert_allclose(
        kalman.predict(kalman.predict(state, 0.04), 0.06), kalman.predict(state, 0.1), rtol=1e-12
    )


def test_no_time_changes_nothing() -> None:
    state = moved()
    np.testing.assert_array_equal(kalman.predict(state, 0.0), state)


def test_inputs_stay_as_they_are() -> None:
    state = moved()
    before = state.copy()
    kalman.update(state, BOXES)
    kalman.predict(state, 1.0)
    np.testing.assert_array_equal(state, before)


def test_a_new_box_is_where_it_was_seen() -> None:
    np.testing.assert_array_equal(kalman.boxes(kalman.start(BOXES)), BOXES)


def test_no_boxes_are_no_rows() -> None:
    none = kalman.start(np.zeros((0, 4), np.float32))
    after = kalman.update(kalman.predict(none, 1.0), np.zeros((0, 4), np.float32))
    assert kalman.boxes(after).shape == (0, 4)
    assert kalman.boxes(after).dtype == np.float32


@pytest.mark.parametrize("fps", [10, 25, 30, 60])
def test_it_learns_a_speed_in_pixels_a_second_at_any_rate(fps: int) -> None:
    speed = np.array([60, -30, 60, -30], np.float32)
    state = kalman.start(BOXES[:1])
    for frame in range(1, 2 * fps):
        state = kalman.update(kalman.predict(state, 1 / fps), BOXES[:1] + speed * (frame / fps))
    np.testing.assert_allclose(state[0, kalman.SPEED], [60, -30, 0, 0], atol=1)


def test_a_shrinking_box_foretold_for_a_minute_is_still_a_box() -> None:
    state = kalman.start(np.array([[0, 0, 100, 100]], np.float32))
    state = kalman.update(kalman.predict(state, 0.1), np.array([[20, 20, 80, 80]], np.float32))
    box = kalman.boxes(kalman.predict(state, 60.0))
    assert (box[:, 2:] > box[:, :2]).all()


def test_variances_stay_above_zero_over_ten_thousand_frames_and_jumps() -> None:
    chance = np.random.default_rng(0)
    state = kalman.start(BOXES)
    for frame in range(10_000):
        dt_s = float(chance.choice([0.0, 1e-6, 0.02, 0.04, 1.0, 60.0]))
        corner = chance.uniform(-1e5 if frame % 100 == 0 else -50, 50, (2, 2))
        box = np.concatenate([corner, corner + chance.uniform(0.01, 300, (2, 2))], axis=1).astype(np.float32)
        state = kalman.update(kalman.predict(state, dt_s), box)
    assert np.isfinite(state).all()
    var, cov, speed_var = state[:, kalman.VAR], state[:, kalman.COV], state[:, kalman.SPEED_VAR]
    assert (var > 0).all()
    assert (speed_var > 0).all()
    assert (var * speed_var > cov**2).all()
