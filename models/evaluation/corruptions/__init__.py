"""Pictures made worse in fifteen ways that cameras, weather and files know, each at five strengths.

After Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations";
own implementations, so figures compare among networks judged here, not with those of CIFAR-10-C or ImageNet-C.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from zlib import crc32

import numpy as np

from models.evaluation.corruptions import blur, digital, noise, weather

Group = Literal["noise", "blur", "weather", "digital"]
Levels = tuple[Any, Any, Any, Any, Any]
STRENGTHS = (1, 2, 3, 4, 5)
SMALL, LARGE = 32, 224
"""Sides in pixels that the two sets of levels are made for; lengths grow with the side of the picture."""


@dataclass(frozen=True)
class Corruption:
    """One way to make a picture worse."""

    group: Group
    change: Callable[[np.ndarray, Any, float, np.random.Generator], np.ndarray]
    """From `(H, W, C) float32` in 0..1, a level, what one of its lengths is in pixels, and chance, to the same."""
    small: Levels
    """For pictures whose shorter side is below 96 px."""
    large: Levels


CORRUPTIONS: dict[str, Corruption] = {
    "gaussian-noise": Corruption(
        "noise", noise.gaussian, (0.04, 0.06, 0.08, 0.09, 0.1), (0.08, 0.12, 0.18, 0.26, 0.38)
    ),
    "shot-noise": Corruption("noise", noise.shot, (500, 250, 100, 75, 50), (60, 25, 12, 5, 3)),
    "impulse-noise": Corruption("noise", noise.impulse, (0.01, 0.02, 0.03, 0.05, 0.07), (0.03, 0.06, 0.09, 0.17, 0.27)),
    "defocus-blur": Corruption("blur", blur.defocus, (0.7, 0.9, 1.1, 1.4, 1.8), (3, 4, 6, 8, 10)),
    "glass-blur": Corruption("blur", blur.glass, (0.5, 0.8, 1.1, 1.4, 1.8), (1.5, 2, 2.5, 3, 4)),
    "motion-blur": Corruption("blur", blur.motion, (2, 2.8, 3.6, 4.5, 5.5), (10, 15, 20, 28, 38)),
    "zoom-blur": Corruption("blur", blur.zoom, (1.06, 1.11, 1.16, 1.21, 1.26), (1.11, 1.16, 1.21, 1.26, 1.31)),
    "snow": Corruption("weather", weather.snow, (0.02, 0.04, 0.06, 0.09, 0.12), (0.04, 0.07, 0.1, 0.13, 0.17)),
    "frost": Corruption("weather", weather.frost, (0.2, 0.3, 0.4, 0.5, 0.6), (0.4, 0.55, 0.65, 0.7, 0.75)),
    "fog": Corruption("weather", weather.fog, (0.2, 0.5, 0.75, 1, 1.5), (1.5, 2, 2.5, 2.75, 3)),
    "brightness": Corruption("weather", weather.brightness, (0.05, 0.1, 0.15, 0.2, 0.3), (0.1, 0.2, 0.3, 0.4, 0.5)),
    "contrast": Corruption("digital", digital.contrast, (0.75, 0.5, 0.4, 0.3, 0.15), (0.4, 0.3, 0.2, 0.1, 0.05)),
    "elastic": Corruption("digital", digital.elastic, (0.5, 0.8, 1.1, 1.4, 1.8), (3, 5, 7, 9, 12)),
    "pixelate": Corruption("digital", digital.pixelate, (0.95, 0.9, 0.85, 0.75, 0.65), (0.6, 0.5, 0.4, 0.3, 0.25)),
    "jpeg": Corruption("digital", digital.jpeg, (80, 65, 58, 50, 40), (25, 18, 15, 10, 7)),
}
"""By name; levels of noise, brightness, contrast, pixelate and jpeg are those of CIFAR-10-C and ImageNet-C."""


def corrupt(images: np.ndarray, name: str, strength: int, seed: int = 0) -> np.ndarray:
    """Pictures, each made worse by itself: the same call gives the same pictures, and a subset the same of them.

    Args:
        images: `(N, H, W, C) uint8`, RGB or grey.
        name: One of `CORRUPTIONS`.
        strength: 1 to 5.
        seed: Of chance; it is drawn the same at every strength.

    Returns:
        `(N, H, W, C) uint8`.

    Raises:
        ValueError: no such corruption or strength.
    """
    if name not in CORRUPTIONS or strength not in STRENGTHS:
        raise ValueError(f"expected one of {', '.join(CORRUPTIONS)} at 1 to 5, received {name} at {strength}")
    how = CORRUPTIONS[name]
    side = min(images.shape[1:3])
    level, unit = (how.small, side / SMALL) if side < 96 else (how.large, side / LARGE)
    made = np.empty(images.shape, np.uint8)
    for row, image in enumerate(images):
        chance = np.random.default_rng([seed, crc32(name.encode()), row])
        changed = how.change(image.astype(np.float32) / 255, level[strength - 1], unit, chance)
        made[row] = np.rint(np.clip(changed, 0, 1) * 255).reshape(image.shape)
    return made
