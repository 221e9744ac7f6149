"""The boxes that an SSD network's offsets are relative to."""

from collections.abc import Sequence
from math import sqrt

import numpy as np


def ssd_anchors(
    feature_maps: Sequence[tuple[int, int]],
    min_scale: float = 0.2,
    max_scale: float = 0.95,
    aspect_ratios: Sequence[float] = (1.0, 2.0, 0.5, 3.0, 1 / 3),
    reduce_lowest: bool = True,
) -> np.ndarray:
    """Anchors in the order of the network's outputs: layer by layer, row by row, cell by cell.

    SSD, Liu et al. 2016, section 2.2, "Choosing scales and aspect ratios for default boxes": layer k of m has the scale
    s_k = min + (max - min) (k - 1) / (m - 1), and each cell one box a ratio and one more of ratio 1 and scale
    sqrt(s_k s_k+1). As TensorFlow's Object Detection API does it (`create_ssd_anchors`): the scale after the last is 1,
    the additional box comes last, and the finest layer may have three boxes only, of which the first has scale 0.1.

    Args:
        feature_maps: (width, height) of each layer in cells, finest first.
        min_scale: Side of the finest layer's boxes, share of the picture.
        max_scale: Side of the coarsest layer's boxes.
        aspect_ratios: Width by height of each box of a cell.
        reduce_lowest: Whether the finest layer has three boxes a cell.

    Returns:
        `(P, 4) float32`: centre x, centre y, width, height, shares of the picture.

    >>> len(ssd_anchors([(19, 19), (10, 10), (5, 5), (3, 3), (2, 2), (1, 1)]))
    1917
    """
    last = max(len(feature_maps) - 1, 1)
    scales = [min_scale + (max_scale - min_scale) * layer / last for layer in range(len(feature_maps))] + [1.0]
    layers = []
    for layer, (columns, rows) in enumerate(feature_maps):
        scale, following = scales[layer], scales[layer + 1]
        if layer == 0 and reduce_lowest:
            shapes = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)]
        else:
            shapes = [(scale, ratio) for ratio in aspect_ratios] + [(sqrt(scale * following), 1.0)]
        sides = np.array([(side * sqrt(ratio), side / sqrt(ratio)) for side, ratio in shapes])  # (A, 2)
        y, x = np.mgrid[:rows, :columns]
        centres = np.stack([(x + 0.5) / columns, (y + 0.5) / rows], axis=-1).reshape(-1, 1, 2)  # (cells, 1, 2)
        pairs = np.broadcast_arrays(centres, sides)  # (cells, A, 2) each
        layers.append(np.concatenate(pairs, axis=-1).reshape(-1, 4))
    return np.concatenate(layers).astype(np.float32)
