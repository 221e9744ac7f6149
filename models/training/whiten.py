"""A first layer that decorrelates small patches of the training pictures, so that a net learns faster from them."""

from typing import Any

import numpy as np

from models.nets import WHITEN

SMALLEST = 5e-4
"""Added to each variance, so that directions in which pictures hardly differ are not blown up to noise."""
ENOUGH = 4_000_000
"""Patches that the covariance is taken from: 4,000 pictures of 32 x 32, 200 MB."""


def whiten(model: Any, images: np.ndarray) -> bool:
    """Set the layer `whiten` of a model from training pictures (Jordan 2024, section 3.2).

    Args:
        model: As `models.training.network.build` gives it, of a net that may have that layer.
        images: `(N, H, W, C) uint8`, those it will be trained on, in any order; the first count.

    Returns:
        False, and nothing done, where the net has no such layer.
    """
    found = [layer for layer in model.layers if layer.name == WHITEN]
    if not found:
        return False
    (layer,) = found
    standardise = model.get_layer("standardise")
    count = max(1, ENOUGH // (images.shape[1] * images.shape[2]))
    pixels = np.asarray(images[:count], np.float32)
    kernel = directions(np.array(standardise(pixels)), layer.kernel_size[0])
    layer.set_weights([kernel])
    return True


def directions(images: np.ndarray, side: int) -> np.ndarray:
    """Filters whose answers to patches are uncorrelated and of variance 1, each followed by its opposite.

    Args:
        images: `(N, H, W, C) float32`, standardised.
        side: Of a patch, pixels.

    Returns:
        `(side, side, C, 2 * side * side * C) float32`, a kernel as Keras has it.
    """
    patches = np.lib.stride_tricks.sliding_window_view(images, (side, side), (1, 2))  # (N, y, x, C, side, side)
    rows = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, side * side * images.shape[3])
    variances, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    filters = vectors / np.sqrt(np.maximum(variances, 0) + SMALLEST)  # a column each
    both = np.concatenate([filters, -filters], axis=1)
    return both.reshape(side, side, images.shape[3], -1).astype(np.float32)
