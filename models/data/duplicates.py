"""Pictures that are the same picture: byte for byte, saved again, scaled, or brightened.

A perceptual hash first: the lowest frequencies of a picture of at most 32 x 32 pixels (pHash, Zauner 2010), freed of
brightness and contrast, but kept as numbers. Signs, 64 bits, would not do for small flat pictures: of 70,000 digits
of MNIST 21 million pairs share 16 of them, and a limit on how many bits differ either misses copies or names every "1".
The distance of two such hashes is never more than that of the pictures, so a tree finds every pair that can be close,
and the pixels of those are compared. Two pictures are called the same from a correlation of 0.998 on. MNIST has no such
pair, its closest ones reach 0.9916; photographs saved again as JPEG of quality 75 have 0.9996 and more, of quality 50
0.9987, scaled to a half 0.996 to 0.9999. Cropped and mirrored ones are not found.
"""

import hashlib
from collections.abc import Callable

import cv2
import numpy as np

SAME = 0.998
"""Correlation of pixels, at `LONGEST` x `LONGEST` at most, from which on two pictures are one."""
LONGEST = 32
"""Side in pixels at which pictures are compared: noise of JPEGs and of scaling is averaged away."""
FLAT = 2.0
"""Standard deviation in grey levels below which a picture is plain, and only an exact copy is the same."""
FREQUENCIES = 5
"""Of each direction and of both together less 1, without the mean: 14 numbers a picture."""
_FEW, _MOST_PAIRS = 4096, 4_000_000
"""Pictures, and pairs of pictures that may be the same, that are worked on at a time: they bound the memory."""


def same_as(images: np.ndarray, told: Callable[[int], None] = lambda _: None) -> np.ndarray:
    """Which pictures are the same one.

    Args:
        images: `(N, H, W, C) uint8`; may be a memory map.
        told: How many have been compared.

    Returns:
        `(N,) int64`: for each the first picture that is the same, through others too; its own position mostly.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(images)
    equal = _first_equal(images)
    near = _near(images, np.flatnonzero(equal == np.arange(count)), told)
    left, right = np.concatenate([np.stack([equal, np.arange(count)], axis=1), near]).T
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    first: np.ndarray = np.full(count, count, np.int64)
    np.minimum.at(first, group, np.arange(count))
    answer: np.ndarray = first[group]
    return answer


def _first_equal(images: np.ndarray) -> np.ndarray:
    """`(N,)` position of the first picture with the same pixels as each."""
    seen: dict[bytes, int] = {}
    hashed = (hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest() for image in images)
    return np.array([seen.setdefault(key, row) for row, key in enumerate(hashed)], np.int64)


def small(images: np.ndarray) -> np.ndarray:
    """`(N, h, w, C) uint8`, no side longer than `LONGEST`."""
    height, width = images.shape[1:3]
    size = min(width, LONGEST), min(height, LONGEST)
    if size == (width, height):
        return images
    shrunk = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images]
    return np.stack(shrunk).reshape(len(images), size[1], size[0], -1)


def hashes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Perceptual hashes.

    Args:
        images: `(N, h, w, C) uint8`, as `small` gives them.

    Returns:
        `(N, 15) float32`: low frequencies of the brightness, and what is left beside them, of the picture as a vector
        of mean 0 and length 1; and `(N,) float32`, standard deviations of the pixels, grey levels.
    """
    count, height, width, channels = images.shape
    rows, columns = _cosines(height), _cosines(width)
    chosen = [(f, g) for f in range(len(rows)) for g in range(len(columns)) if 0 < f + g < FREQUENCIES]
    basis = np.stack([np.outer(rows[f], columns[g]).ravel() for f, g in chosen], axis=1)  # (h * w, K)
    found, deviation = np.empty((count, len(chosen) + 1), np.float32), np.empty(count, np.float32)
    for start in range(0, count, _FEW):
        part = images[start : start + _FEW].reshape(-1, height * width, channels).astype(np.float32)
        part -= part.mean(axis=(1, 2), keepdims=True)
        length = np.sqrt(np.einsum("npc,npc->n", part, part))
        bright = part.sum(axis=2) / np.sqrt(channels)  # (n, h * w)
        low = (bright @ basis) / np.maximum(length, 1e-6)[:, None]  # (n, K)
        rest = np.sqrt(np.maximum(1 - np.square(low).sum(axis=1), 0))
        found[start : start + _FEW] = np.concatenate([low, rest[:, None]], axis=1)
        deviation[start : start + _FEW] = length / np.sqrt(height * width * channels)
    return found, deviation


def _cosines(length: int) -> np.ndarray:
    """`(k, length) float32`: the lowest rows of the orthonormal DCT-II."""
    positions = (2 * np.arange(length) + 1) * np.pi / (2 * length)
    table: np.ndarray = np.cos(np.arange(min(FREQUENCIES, length))[:, None] * positions) * np.sqrt(2 / length)
    table[0] /= np.sqrt(2)
    low: np.ndarray = table.astype(np.float32)
    return low


def _near(images: np.ndarray, rows: np.ndarray, told: Callable[[int], None]) -> np.ndarray:
    """`(P, 2)`: pairs of `rows` that correlate; of a great many copies each with an early one, not with all."""
    from scipy.spatial import cKDTree

    pixels = [small(images[rows[at : at + _FEW]]) for at in range(0, len(rows), _FEW)]
    found, deviation = hashes(np.concatenate(pixels)) if pixels else (np.empty((0, 1)), np.empty(0))
    textured = deviation >= FLAT
    if not textured.any():
        return np.empty((0, 2), np.int64)
    rows, found, flat = rows[textured], found[textured], np.concatenate(pixels)[textured]
    flat = flat.reshape(len(flat), -1)
    tree, radius = cKDTree(found), float(np.sqrt(2 * (1 - SAME)))
    sample = found[:: max(1, len(found) // 256)]
    around = float(np.mean(tree.query_ball_point(sample, radius, return_length=True)))
    at_once = int(max(16, _MOST_PAIRS / around))
    copies, kept = np.zeros(len(rows), bool), []
    for start in range(0, len(rows), at_once):
        asked = np.arange(start, min(start + at_once, len(rows)))
        asked = asked[~copies[asked]]
        if len(asked):
            near = cKDTree(found[asked]).sparse_distance_matrix(tree, radius, output_type="ndarray")
            left, right = asked[near["i"]], near["j"]
            pairs = _verified(flat, left[right > left], right[right > left])
            copies[pairs[:, 1]] = True
            kept.append(rows[pairs])
        told(min(start + at_once, len(rows)))
    return np.concatenate(kept)


def _verified(flat: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """`(P, 2)`: those candidates whose pixels, `(N, P) uint8`, correlate."""
    kept = [np.empty((0, 2), np.int64)]
    for start in range(0, len(left), _FEW):
        a, b = left[start : start + _FEW], right[start : start + _FEW]
        same = correlation(flat[a], flat[b]) >= SAME
        kept.append(np.stack([a[same], b[same]], axis=1))
    return np.concatenate(kept)


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's, row by row: `(N, P) uint8` twice to `(N,) float32`."""
    x, y = a.astype(np.float32), b.astype(np.float32)
    x -= x.mean(axis=1, keepdims=True)
    y -= y.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.einsum("np,np->n", x, x) * np.einsum("np,np->n", y, y))
    found: np.ndarray = np.einsum("np,np->n", x, y) / np.maximum(lengths, 1e-6)
    return found
