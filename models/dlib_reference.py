"""dlib's face embedder in plain NumPy, double precision, nothing folded: slow, and what the conversions answer to."""

import numpy as np

from models.dlib_network import DIVISOR, DOWN, MEAN, Convolution, Network


def embed(network: Network, image: np.ndarray) -> np.ndarray:
    """The embedding of one aligned face; 0.3 s.

    Args:
        network: The weights.
        image: `(150, 150, 3)` RGB in 0..255.

    Returns:
        `(values,) float64`. dlib itself, which computes in single precision, is within 3e-7 of it on pictures.
    """
    x = ((image - np.array(MEAN)) / DIVISOR).transpose(2, 0, 1)  # (3, 150, 150)
    x = _windows(np.maximum(_convolve(x, network.stem), 0), 3, 2).max(axis=(3, 4))
    for down, (first, second) in zip(DOWN, network.blocks, strict=True):
        main = _convolve(np.maximum(_convolve(x, first), 0), second)
        if down:
            x = _windows(x, 2, 2).mean(axis=(3, 4))
            shape = np.maximum(main.shape, x.shape)
            x, main = _grow(x, shape), _grow(main, shape)
        x = np.maximum(main + x, 0)
    return np.asarray(x.mean(axis=(1, 2)) @ network.embedding.astype(np.float64))


def _convolve(x: np.ndarray, by: Convolution) -> np.ndarray:
    """`(out, H, W)` of `(in, H, W)`, the affine layer after it."""
    if by.stride == 1:
        x = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    windows = _windows(x, by.filters.shape[2], by.stride)  # (in, H, W, side, side)
    summed = np.tensordot(by.filters.astype(np.float64), windows, ([1, 2, 3], [0, 3, 4]))  # (out, H, W)
    biases, gamma, beta = (values.astype(np.float64)[:, None, None] for values in (by.biases, by.gamma, by.beta))
    return np.asarray((summed + biases) * gamma + beta)


def _windows(x: np.ndarray, side: int, stride: int) -> np.ndarray:
    """`(C, H, W, side, side)`: what a window that slides over `x` sees."""
    return np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(1, 2))[:, ::stride, ::stride]


def _grow(x: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Zeros after the channels, below and to the right."""
    return np.pad(x, [(0, want - got) for want, got in zip(shape, x.shape, strict=True)])
