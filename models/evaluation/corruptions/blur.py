"""Blur of lenses, panes and movement."""

import cv2
import numpy as np

FINE = 8
"""Parts that a pixel is cut into where a kernel is drawn."""


def defocus(image: np.ndarray, radius: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of a lens: each point becomes a disk of so large a radius."""
    return _filtered(image, disk(radius * unit))


def glass(image: np.ndarray, reach: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of frosted panes: each pixel is taken from somewhere within so many pixels, before and after some blur."""
    far, sigma = reach * unit, max(0.2, reach * unit / 3)
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    for_x, for_y = (chance.random((2, height, width), np.float32) * 2 - 1) * np.float32(far)
    soft = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    moved = cv2.remap(soft, x + for_x, y + for_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return cv2.GaussianBlur(moved, (0, 0), sigma / 2, borderType=cv2.BORDER_REFLECT_101)


def motion(image: np.ndarray, length: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of a camera that moves so many pixels along a line at an angle of chance."""
    return _filtered(image, line(length * unit, float(chance.uniform(0, 180))))


def zoom(image: np.ndarray, most: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of a camera that comes nearer: the mean of eight pictures from no enlargement to so large a one."""
    height, width = image.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    total = np.zeros(image.shape, np.float32)
    for factor in np.linspace(1, most, 8):
        turn = cv2.getRotationMatrix2D(middle, 0, float(factor))
        larger = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        total += larger.reshape(image.shape)
    return total / 8


def disk(radius: float) -> np.ndarray:
    """A kernel `(S, S) float32` that sums to 1: the share of each pixel that lies in a disk."""
    x, y = _grid(radius)
    return _kernel(x**2 + y**2 <= max(radius, 0.5) ** 2)


def line(length: float, angle: float) -> np.ndarray:
    """A kernel of a line, a pixel wide, so many pixels long, `angle` degrees from the right."""
    x, y = _grid(length / 2)
    along = np.cos(np.deg2rad(angle)) * x + np.sin(np.deg2rad(angle)) * y
    across = np.cos(np.deg2rad(angle)) * y - np.sin(np.deg2rad(angle)) * x
    return _kernel((np.abs(along) <= max(length, 1) / 2) & (np.abs(across) <= 0.5))


def _grid(reach: float) -> tuple[np.ndarray, np.ndarray]:
    """x and y in pixels from the middle, `FINE` to a pixel, of whole pixels at least so far."""
    pixels = 2 * int(np.ceil(reach)) + 1
    at = (np.arange(pixels * FINE) + 0.5) / FINE - pixels / 2
    x, y = np.meshgrid(at, at)
    return x, y


def _kernel(inside: np.ndarray) -> np.ndarray:
    side = len(inside) // FINE
    shares = inside.reshape(side, FINE, side, FINE).mean(axis=(1, 3))
    return np.asarray(shares / shares.sum(), np.float32)


def _filtered(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
