"""A Kalman filter for many boxes at once, in seconds: where a box is going, and how sure that is.

Constant velocity on centre, width and height, with noise in proportion to the box's own sides: the filter of BoT-SORT
(Aharon et al. 2022, section 3.1), which has its values from DeepSORT (Wojke et al. 2017); at 30 frames a second these
are theirs. Two things differ. Noise grows with time and not with calls, as the integral of white noise does: predicting
40 ms and then 60 ms is predicting 100 ms, so a dropped frame or a variable rate changes nothing. And since no noise
ties one coordinate to another, the 8 x 8 covariance is four 2 x 2 ones: three numbers a coordinate, nothing to invert.

The state of N boxes is one array `(N, 6, 4) float64`. Its last axis is centre x, centre y, width, height in pixels; its
middle axis holds, in this order:

    AT           where it is                            px
    SPEED        how fast that changes                  px / s
    VAR          variance of AT                         px²
    COV          covariance of AT and SPEED             px² / s
    SPEED_VAR    variance of SPEED                      px² / s²
    SIDE         side that scales the noise             px: width, height, width, height when last measured
"""

import numpy as np

AT, SPEED, VAR, COV, SPEED_VAR, SIDE = range(6)

# Standard deviations as parts of the box's side. DeepSORT: 1/20 for a position and 1/160 a frame for a speed.
MEASURED = 1 / 20
DRIFT = 1 / 20 * 30**0.5
"""Wander of the position in one second."""
PUSH = 30 / 160 * 30**0.5
"""Change of the speed in one second, per second: about one side."""
AT_FIRST = 2 / 20
SPEED_AT_FIRST = 10 * 30 / 160
"""Per second."""
SMALLEST = 0.1
"""A size foretold never falls below this part of the size last measured."""


def _measured(xyxy: np.ndarray) -> np.ndarray:
    """`(N, 4) float64` centre x, centre y, width, height of `(N, 4)` corners."""
    corners = xyxy.astype(np.float64)
    sides = corners[:, 2:] - corners[:, :2]  # (N, 2)
    return np.concatenate([corners[:, :2] + sides / 2, sides], axis=1)  # (N, 4)


def start(xyxy: np.ndarray) -> np.ndarray:
    """States of boxes seen for the first time: at rest, with a speed that could be anything likely.

    Args:
        xyxy: `(N, 4) float32` corners, pixels; none of them empty.

    Returns:
        `(N, 6, 4) float64` as the module describes.
    """
    state = np.zeros((len(xyxy), 6, 4))
    state[:, AT] = _measured(xyxy)
    state[:, SIDE] = state[:, AT, [2, 3, 2, 3]]
    state[:, VAR] = (AT_FIRST * state[:, SIDE]) ** 2
    state[:, SPEED_VAR] = (SPEED_AT_FIRST * state[:, SIDE]) ** 2
    return state


def predict(state: np.ndarray, dt_s: float) -> np.ndarray:
    """The states `dt_s` seconds later, nothing seen in between.

    Args:
        state: `(N, 6, 4) float64`; it stays as it is.
        dt_s: Seconds, 0 or more.

    Returns:
        `(N, 6, 4) float64`. One step of a + b is a step of a and then one of b, up to rounding, unless a size came
        to its least.
    """
    later = state.copy()
    square = state[:, SIDE] ** 2  # (N, 4)
    push = PUSH**2 * square
    later[:, AT] += dt_s * state[:, SPEED]
    later[:, VAR] += dt_s * (2 * state[:, COV] + dt_s * (state[:, SPEED_VAR] + push * (dt_s / 3)))
    later[:, VAR] += (DRIFT**2 * dt_s) * square
    later[:, COV] += dt_s * (state[:, SPEED_VAR] + push * (dt_s / 2))
    later[:, SPEED_VAR] += dt_s * push
    later[:, AT, 2:] = np.maximum(later[:, AT, 2:], SMALLEST * state[:, SIDE, 2:])
    return later


def update(state: np.ndarray, xyxy: np.ndarray) -> np.ndarray:
    """The states after each box was seen once more.

    Args:
        state: `(N, 6, 4) float64` foretold for this moment; it stays as it is.
        xyxy: `(N, 4) float32` corners seen, pixels; none of them empty.

    Returns:
        `(N, 6, 4) float64`. Centre and size lie between what was foretold and what was seen; no variance grows.
    """
    better = state.copy()
    noise = (MEASURED * state[:, SIDE]) ** 2  # (N, 4)
    total = state[:, VAR] + noise
    trust, push = state[:, VAR] / total, state[:, COV] / total
    surprise = _measured(xyxy) - state[:, AT]
    better[:, AT] += trust * surprise
    better[:, SPEED] += push * surprise
    # Products with noise / total instead of differences: a variance stays above 0 through any number of frames.
    better[:, VAR] *= noise / total
    better[:, COV] *= noise / total
    better[:, SPEED_VAR] -= push * state[:, COV]
    better[:, SIDE] = better[:, AT, [2, 3, 2, 3]]
    return better


def carry(state: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """The states as they are in the picture after the camera moved.

    Args:
        state: `(N, 6, 4) float64`; it stays as it is.
        motion: `(2, 3) float64`, shift, turn and scale, as `vision.camera_motion` gives it.

    Returns:
        `(N, 6, 4) float64`: places and speeds turned and scaled, sizes and their noise scaled.
    """
    carried, turn = state.copy(), motion[:, :2].T
    scale = float(np.hypot(motion[0, 0], motion[1, 0]))
    carried[:, AT, :2] = state[:, AT, :2] @ turn + motion[:, 2]
    carried[:, SPEED, :2] = state[:, SPEED, :2] @ turn
    carried[:, [AT, SPEED], 2:] *= scale
    carried[:, SIDE] *= scale
    carried[:, [VAR, COV, SPEED_VAR]] *= scale**2
    return carried


def went(state: np.ndarray, dt_s: float) -> np.ndarray:
    """How the corners moved in the last `dt_s` seconds, as far as the speeds tell: for boxes that were seen then.

    Args:
        state: `(N, 6, 4) float64`.
        dt_s: Seconds, 0 or more.

    Returns:
        `(N, 4) float32` xyxy, pixels, to be added to a box seen `dt_s` ago.
    """
    before = state.copy()
    before[:, AT] -= dt_s * state[:, SPEED]
    moved: np.ndarray = boxes(state) - boxes(before)
    return moved


def boxes(state: np.ndarray) -> np.ndarray:
    """Where the boxes are.

    Args:
        state: `(N, 6, 4) float64`.

    Returns:
        `(N, 4) float32` xyxy, pixels; it may reach over the edge of the picture.
    """
    centre, half = state[:, AT, :2], state[:, AT, 2:] / 2  # (N, 2)
    return np.concatenate([centre - half, centre + half], axis=1, dtype=np.float32)
