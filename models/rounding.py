"""Weights rounded to eight bits so that what a layer gives changes least, not the weights themselves.

GPTQ (Frantar et al. 2022, section 3): column by column, and what rounding one column got wrong is made good by the
columns that are still free, as far as the layer's real inputs make them exchangeable.
"""

import numpy as np

LEVELS = 127
"""Largest integer; -128 is left out, so that the range is symmetric."""
_CLIPPED = (1.0, 0.95, 0.9, 0.85, 0.8)
"""Scales tried, as shares of the one that clips nothing."""
_DAMPING = 0.01


def round_weights(weights: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best integers for each row, and their scale.

    Args:
        weights: `(R, K)`, a row for each channel that comes out.
        inputs: `(R or 1, K, K) float64`: mean of x xT over the inputs x that a row is multiplied with.

    Returns:
        `(R, K) float32` whole numbers in -127..127, and `(R,) float32` scales: their product stands for the weights.
    """
    weights = weights.astype(np.float64)
    whole = np.maximum(np.abs(weights).max(axis=1), 1e-12) / LEVELS  # (R,)
    solver = _upper_factor(inputs)
    best = np.full(len(weights), np.inf)
    levels, scales = np.zeros_like(weights), whole.copy()
    for share in _CLIPPED:
        tried = _round(weights, whole * share, *solver)
        off = tried * (whole * share)[:, None] - weights  # (R, K)
        through = off @ inputs[0] if len(inputs) == 1 else np.einsum("rk,rkl->rl", off, inputs)
        cost = np.einsum("rk,rk->r", through, off)
        better = cost < best
        best[better], levels[better], scales[better] = cost[better], tried[better], (whole * share)[better]
    return levels.astype(np.float32), scales.astype(np.float32)


def _upper_factor(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order of the columns, most used first, and the upper Cholesky factor of the inverse in that order."""
    count = inputs.shape[1]
    used = np.einsum("rkk->rk", inputs)  # (R or 1, K)
    damping = np.maximum(used.mean(axis=1), 1e-12) * _DAMPING
    order = np.argsort(-used.mean(axis=0), kind="stable")
    damped = inputs[:, order][:, :, order] + damping[:, None, None] * np.eye(count)
    return order, np.linalg.cholesky(np.linalg.inv(damped)).transpose(0, 2, 1)


def _round(weights: np.ndarray, scales: np.ndarray, order: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """`(R, K)` whole numbers."""
    left, levels = weights[:, order], np.empty_like(weights)
    for column in range(weights.shape[1]):
        rounded = np.clip(np.round(left[:, column] / scales), -LEVELS, LEVELS)  # (R,)
        levels[:, column] = rounded
        wrong = (left[:, column] - rounded * scales) / upper[:, column, column]
        left[:, column + 1 :] -= wrong[:, None] * upper[:, column, column + 1 :]
    return levels[:, np.argsort(order)]
