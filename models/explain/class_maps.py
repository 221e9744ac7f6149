"""Where in the picture the evidence for a class lies, from the last maps of a network: CAM and its descendants.

Zhou et al., "Learning Deep Features for Discriminative Localization" (2016); Selvaraju et al., "Grad-CAM" (2017);
Chattopadhay et al., "Grad-CAM++" (2018).
"""

import numpy as np

from models.explain.network import Network


def cam(network: Network, batch: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """CAM: the maps before global average pooling, summed with the weights of the class.

    Args:
        network: Ends in global average pooling and one dense layer.
        batch: `(N, H, W, C)` pixels 0 to 255 of its size.
        classes: `(N,)` int.

    Returns:
        `(N, h, w) float32`, 0 where nothing speaks for the class.

    Raises:
        ConfigError: the network does not end so.
    """
    pooling, weights = network.pooled()
    maps = network.before_pooling(batch, pooling)  # (N, h, w, C)
    return weighted(maps, weights.T[classes])


def grad_cam(network: Network, batch: np.ndarray, classes: np.ndarray, layer: str) -> np.ndarray:
    """Grad-CAM: the maps of a layer, each weighted by how much the class gains from it on average over its places.

    Arguments and result are those of `cam`, and the name of a layer with a map.
    """
    maps, slopes, _ = network.gradients(batch, classes, layer)
    return weighted(maps, slopes.mean((1, 2)))


def grad_cam_plus_plus(network: Network, batch: np.ndarray, classes: np.ndarray, layer: str) -> np.ndarray:
    """Grad-CAM++: as Grad-CAM, but each place counts by how much of the gain it explains, so small things count too.

    Equation 19 of the paper: of the exponential of the score, so that its higher derivatives are powers of the first.
    """
    maps, slopes, _ = network.gradients(batch, classes, layer)
    gains = positive(slopes).astype(np.float64)  # only these get a weight, so the others need no share
    below = 2 + maps.sum((1, 2), keepdims=True) * gains  # the paper's, divided by the square of the slope
    share = np.divide(1, below, out=np.zeros_like(below), where=(below > 1e-12) & (gains > 0))  # (N, h, w, C)
    return weighted(maps, (share * gains).sum((1, 2)))


def weighted(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """What speaks for the class, `(N, h, w) float32`: maps `(N, h, w, C)` summed with weights `(N, C)`, cut at 0."""
    return positive(np.einsum("nhwc,nc->nhw", maps, weights)).astype(np.float32)


def positive(values: np.ndarray) -> np.ndarray:
    """Values below 0 made 0."""
    result: np.ndarray = np.maximum(values, 0)
    return result
