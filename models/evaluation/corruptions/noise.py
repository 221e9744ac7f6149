"""Noise of sensors and lines."""

import numpy as np


def gaussian(image: np.ndarray, deviation: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of low light: normal, of so large a deviation."""
    return np.asarray(image + deviation * chance.standard_normal(image.shape, np.float32))


def shot(image: np.ndarray, photons: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of light itself: each pixel counts its photons, so many where it is white."""
    return chance.poisson(image * photons).astype(np.float32) / photons


def impulse(image: np.ndarray, share: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Of broken pixels and lines: so large a share is black or white, each channel by itself."""
    drawn = chance.random(image.shape, np.float32)
    return np.where(drawn < share, np.where(drawn < share / 2, np.float32(0), np.float32(1)), image)
