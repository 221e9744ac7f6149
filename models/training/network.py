"""A whole classifier around one of the nets: pixels in, probabilities out, so that nobody has to prepare anything."""

import math
from typing import Any

import numpy as np

from models.blocks import TooSmall, regulariser
from models.net_options import BackboneOptions
from models.nets import NETS
from models.training.config import NetConfig
from pipeline.errors import ConfigError

LOGITS, TEMPERATURE, PROBABILITY = "logits", "temperature", "probability"
"""Names of the last three layers."""


def build(
    config: NetConfig,
    shape: tuple[int, int, int],
    classes: int,
    mean: np.ndarray,
    deviation: np.ndarray,
    temperature: float = 1.0,
    dtype: str = "float32",
) -> Any:
    """A `keras.Model` from pixels to probabilities.

    Args:
        config: Which net.
        shape: (height, width, channels) of the pictures.
        classes: How many.
        mean: `(channels,)` of pixels scaled to [0, 1]; a backbone has its own.
        deviation: `(channels,)`, standard deviation of the same.
        temperature: Divides the logits; calibration finds it.
        dtype: Keras's policy of the layers between; logits are float32 always.

    Returns:
        Takes `(N, H, W, C) float32` 0 to 255, RGB or grey; gives `(N, classes) float32` probabilities.
        Its layers `logits`, `temperature` and `probability` are the last three.

    Raises:
        ConfigError: no such net, options that it does not take, or a picture too small for it.
    """
    import keras

    if config.name not in NETS:
        raise ConfigError(f"net.name: no net '{config.name}'; there are {', '.join(sorted(NETS))}")
    height, width, channels = shape
    x = pixels = keras.Input((height, width, channels), name="pixels", dtype="float32")
    backbone = NETS[config.name].backbone
    if backbone is not None:  # it gets what it was trained on, whatever these pictures are like
        mean, deviation = np.array(backbone.mean), np.array(backbone.deviation)
        if channels == 1:
            x = keras.layers.Concatenate(name="colours", dtype="float32")([x, x, x])
    scale, offset = 1 / (255 * deviation), -mean / deviation
    x = keras.layers.Rescaling(scale.tolist(), offset.tolist(), name="standardise", dtype="float32")(x)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        x = NETS[config.name].features(x, config)
    except TooSmall as error:
        side = smallest_side(config, channels)
        raise ConfigError(
            f"net {config.name}: pictures of {width} x {height} are too small: {error};"
            f" the smallest is {side} x {side}: set data.size"
        ) from error
    finally:
        keras.config.set_dtype_policy(before)
    if config.dropout:
        x = keras.layers.Dropout(config.dropout, name="dropout")(x)
    x = keras.layers.Dense(classes, name=LOGITS, dtype="float32", kernel_regularizer=regulariser(config))(x)
    x = keras.layers.Rescaling(1 / temperature, name=TEMPERATURE, dtype="float32")(x)
    return keras.Model(pixels, keras.layers.Softmax(name=PROBABILITY, dtype="float32")(x), name=config.name)


def smallest_side(config: NetConfig, channels: int) -> int:
    """Pixels a side of the smallest square picture that a net takes.

    Raises:
        ConfigError: its options are wrong.
    """
    import keras

    net, side = NETS[config.name], 1
    if net.backbone is not None:
        return math.ceil(net.backbone.smallest / BackboneOptions.of(config).enlarge)
    while True:
        try:
            net.features(keras.Input((side, side, channels)), config)
        except TooSmall:
            side += 1
        else:
            return side
