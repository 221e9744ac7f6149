"""What is between a camera and what it looks at: snow, frost, fog, the sun."""

import cv2
import numpy as np

from models.evaluation.corruptions.blur import line


def snow(image: np.ndarray, share: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Flakes on so large a share of the picture, drawn long by their fall, over a scene that is paler."""
    height, width = image.shape[:2]
    flake = max(1.0, 2 * unit)  # pixels
    shape = max(2, round(height / flake)), max(2, round(width / flake))
    # What lies highest becomes flakes, so that more of them come with the strength where some already were.
    drawn = chance.random(shape, np.float32)
    flakes = cv2.resize(np.clip((drawn - 1 + 2 * share) / (2 * share), 0, 1), (width, height))
    falling = line(3 * flake, float(chance.uniform(60, 120)))
    flakes = np.clip(2 * cv2.filter2D(flakes, -1, falling, borderType=cv2.BORDER_REFLECT_101), 0, 1)[..., None]
    pale = np.maximum(image, image.mean(axis=2, keepdims=True) * 0.6 + 0.4)
    scene = image + min(1.0, 3 * share) * (pale - image)
    return np.asarray(scene + flakes * (1 - scene))


def frost(image: np.ndarray, share: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Crystals on a pane: so much of the light is theirs."""
    clouds = _clouds(image.shape[:2], 1.6, chance)
    ridges = (1 - np.abs(2 * clouds - 1)) ** 3  # bright along the lines where clouds have middle height
    return np.asarray(image * (1 - share / 2) + share * ridges[..., None])


def fog(image: np.ndarray, thickness: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Clouds of a fractal, so thick; what is brightest stays so."""
    clouds = _clouds(image.shape[:2], 2.0, chance)[..., None]
    brightest = max(float(image.max()), 0.2)
    return np.asarray((image + thickness * clouds) * brightest / (brightest + thickness))


def brightness(image: np.ndarray, more: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """The sun: value (of hue, saturation and value) raised by so much."""
    if image.shape[2] == 1:
        return np.asarray(image + np.float32(more))
    value = image.max(axis=2, keepdims=True)  # (H, W, 1)
    raised = np.minimum(value + np.float32(more), 1)
    return np.asarray(np.where(value > 1e-6, image * (raised / np.maximum(value, 1e-6)), raised))


def _clouds(shape: tuple[int, int], decay: float, chance: np.random.Generator) -> np.ndarray:
    """`(H, W) float32` from 0 to 1: chance in squares of half the side, a quarter and so on, each `decay` weaker."""
    height, width = shape
    total, weight, cells = np.zeros(shape, np.float32), 1.0, 2
    while True:
        grid = chance.random((cells + 1, cells + 1), np.float32)
        total += np.float32(weight) * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        cells, weight = 2 * cells, weight / decay
        if cells > max(shape):
            break
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)
