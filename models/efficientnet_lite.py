"""EfficientNet-Lite without its head: EfficientNet as devices like it, without squeeze-and-excitation, with ReLU6.

Tan and Le 2019, "EfficientNet", table 1, as TensorFlow's `efficientnet/lite` changes it: stem, head and the number of
first and last blocks stay as they are whatever the size. Everything in it is what int8 keeps well.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.errors import ModelError

_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, side of the kernel, stride of the first, expansion, filters."""
_STEM, _HEAD = 32, 1280
_EPSILON = 1e-3
"""Added to the variance in batch norm, as in what the weights were trained with."""


def efficientnet_lite(width: float = 1.0, depth: float = 1.0, input_tensor: Any = None, input_shape: Any = None) -> Any:
    """A `keras.Model` from pixels to maps `(N, H / 32, W / 32, 1280)`.

    Args:
        width: Factor on filters: 1.0, 1.0 and 1.1 of Lite0, 1 and 2.
        depth: Factor on blocks: 1.0, 1.1 and 1.2.
        input_tensor: `(N, H, W, 3) float32`: pixels in [0, 1], less 127/255, by 128/255.
        input_shape: (H, W, 3) in its place.

    Returns:
        Layers named as the published weights are: `stem`, `block0_depthwise`, `block0_depthwise_norm` ...
    """
    import keras
    from keras import layers

    x = input_tensor if input_tensor is not None else keras.Input(input_shape)
    pixels = keras.utils.get_source_inputs(x)
    x = _norm_relu6(layers.Conv2D(_STEM, 3, 2, "same", use_bias=False, name="stem")(x), "stem")
    number = 0
    for stage, (count, side, stride, expansion, filters) in enumerate(_STAGES):
        whole = stage in (0, len(_STAGES) - 1)
        for place in range(count if whole else math.ceil(count * depth)):
            x = _block(x, _round(filters * width), side, 1 if place else stride, expansion, f"block{number}")
            number += 1
    x = _norm_relu6(layers.Conv2D(_HEAD, 1, use_bias=False, name="head")(x), "head")
    return keras.Model(pixels, x)


def fill(network: Any, tensors: Mapping[str, np.ndarray]) -> None:
    """Give a network the published weights.

    Args:
        network: From `efficientnet_lite`, of the same size.
        tensors: By the names of the PyTorch port: `_blocks.0._depthwise_conv.weight`, `_bn0.running_mean` ...

    Raises:
        ModelError: they are of another network or size.
    """
    for layer in network.layers:
        if not layer.weights:
            continue
        name = _published(layer.name)
        parts = ("weight", "bias", "running_mean", "running_var") if layer.name.endswith("_norm") else ("weight",)
        try:
            weights = [tensors[f"{name}.{part}"] for part in parts]
            if len(parts) == 1:  # (out, in, y, x) to Keras's order, which has depthwise filters the other way round
                axes = (2, 3, 0, 1) if layer.name.endswith("_depthwise") else (2, 3, 1, 0)
                weights = [weights[0].transpose(axes)]
            layer.set_weights(weights)
        except (KeyError, ValueError) as error:
            raise ModelError(f"{name} of the weights does not fit EfficientNet-Lite of this size: {error}") from error


def _block(x: Any, filters: int, side: int, stride: int, expansion: int, name: str) -> Any:
    """Wider by a 1 x 1 convolution, each channel by itself, narrower; plus itself where it fits."""
    from keras import layers

    y = x
    if expansion > 1:
        wide = layers.Conv2D(expansion * x.shape[-1], 1, use_bias=False, name=f"{name}_expand")
        y = _norm_relu6(wide(y), f"{name}_expand")
    each = layers.DepthwiseConv2D(side, stride, "same", use_bias=False, name=f"{name}_depthwise")
    y = _norm_relu6(each(y), f"{name}_depthwise")
    y = _norm(layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(y), f"{name}_project")
    return layers.Add(name=f"{name}_add")([x, y]) if stride == 1 and x.shape[-1] == filters else y


def _norm(x: Any, name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(epsilon=_EPSILON, momentum=0.99, name=f"{name}_norm")(x)


def _norm_relu6(x: Any, name: str) -> Any:
    from keras import layers

    return layers.ReLU(6.0, name=f"{name}_relu6")(_norm(x, name))


def _round(filters: float) -> int:
    """To a multiple of 8, and not by more than a tenth down."""
    whole = max(8, int(filters + 4) // 8 * 8)
    return whole + 8 if whole < 0.9 * filters else whole


def _published(name: str) -> str:
    """What the PyTorch port calls a layer.

    >>> _published("block3_depthwise_norm"), _published("block3_project"), _published("stem_norm")
    ('_blocks.3._bn1', '_blocks.3._project_conv', '_bn0')
    """
    outside = {"stem": "_conv_stem", "stem_norm": "_bn0", "head": "_conv_head", "head_norm": "_bn1"}
    if name in outside:
        return outside[name]
    block, _, part = name.partition("_")
    norms = {"expand_norm": "_bn0", "depthwise_norm": "_bn1", "project_norm": "_bn2"}
    return f"_blocks.{block.removeprefix('block')}.{norms.get(part, f'_{part}_conv')}"
