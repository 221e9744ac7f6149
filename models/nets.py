"""Networks that learn classes from pictures, one function each: standardised pictures in, features out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.blocks import activate, add, conv, conv_norm, fits, norm, pool, regulariser
from models.net_options import AirbenchOptions, Options, ResNet9Options
from models.training.config import NetConfig

WHITEN = "whiten"
"""Name of the layer of `airbench` whose weights come from training patches and stay as they are."""


@dataclass(frozen=True)
class Net:
    """A network by name."""

    about: str
    """What it is good for, in a line."""
    features: Callable[[Any, NetConfig], Any]
    """From a Keras tensor `(N, H, W, C)`, standardised, to features `(N, F)`. Raises ConfigError for wrong options, and
    its kind TooSmall where a layer has too few pixels."""
    options: type[Options] = Options
    """What it can be told."""


def simple_cnn(x: Any, config: NetConfig) -> Any:
    """Three 3 x 3 convolutions of 64, 64 and 32 filters, each with ReLU and 2 x 2 pooling, then 32 dense with ReLU."""
    from keras import layers

    Options.of(config)
    for number, filters in enumerate((64, 64, 32), 1):
        x = conv(
            x,
            filters,
            3,
            f"conv{number}",
            config,
            padding="valid",
            bias=True,
            activation="relu",
            start="glorot_uniform",
        )
        x = pool(x, f"pool{number}")
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(32, activation="relu", kernel_regularizer=regulariser(config), name="dense")(x)


def resnet9(x: Any, config: NetConfig) -> Any:
    """Four convolutions and two residual pairs (David Page 2018, "How to train your ResNet", DAWNBench).

    A pool of whatever is left (4 x 4 of 32 x 32) gives the features; they are made an eighth, as there.
    """
    from keras import layers

    options = ResNet9Options.of(config)
    width, kind = options.width, options.activation
    x = conv_norm(x, width, 3, "prep", config, kind=kind)
    for number, factor in enumerate((2, 4, 8), 1):
        x = conv_norm(x, factor * width, 3, f"stage{number}", config, kind=kind)
        x = pool(x, f"stage{number}_pool")
        if number != 2:
            branch = conv_norm(x, factor * width, 3, f"stage{number}_a", config, kind=kind)
            branch = conv_norm(branch, factor * width, 3, f"stage{number}_b", config, kind=kind)
            x = add([x, branch], f"stage{number}_add")
    x = layers.GlobalMaxPooling2D(name="largest")(x)
    return layers.Rescaling(0.125, name="smaller")(x)


def airbench(x: Any, config: NetConfig) -> Any:
    """Keller Jordan 2024, "94 % on CIFAR-10 in 3.29 Seconds on a Single GPU", section 3: quick to learn.

    A 2 x 2 stem of 24 filters without padding, three blocks of two convolutions, and the largest value of what is left.
    The later convolutions begin as identities on their first channels (section 3.3).
    """
    from keras import layers

    options = AirbenchOptions.of(config)
    kind = options.activation
    if options.whiten:
        fits(x, 2, WHITEN)
        count = 2 * 4 * x.shape[-1]
        x = layers.Conv2D(count, 2, use_bias=False, trainable=False, name=WHITEN)(x)
    else:
        x = conv(x, 24, 2, "stem", config, padding="valid", bias=True)
    x = activate(x, f"stem_{kind}", kind)
    for number, filters in enumerate((64, 256, 256), 1):
        filters = max(8, round(filters * options.width / 8) * 8)
        x = _near_identity(x, filters, f"block{number}_conv1", config)
        x = pool(x, f"block{number}_pool")
        x = activate(norm(x, f"block{number}_norm1", scale=False), f"block{number}_{kind}1", kind)
        x = _near_identity(x, filters, f"block{number}_conv2", config)
        x = activate(norm(x, f"block{number}_norm2", scale=False), f"block{number}_{kind}2", kind)
    x = layers.GlobalMaxPooling2D(name="largest")(x)
    return layers.Rescaling(1 / 9, name="smaller")(x)


def _near_identity(x: Any, filters: int, name: str, config: NetConfig) -> Any:
    """A 3 x 3 convolution whose first filters pass on their channels, and whose others begin as PyTorch's do."""
    import numpy as np
    from keras import initializers

    start = initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")
    y = conv(x, filters, 3, name, config, start=start)
    kernel = y._keras_history.operation.kernel
    weights = np.array(kernel)
    same = min(x.shape[-1], filters)
    weights[..., :same] = 0
    weights[1, 1, range(same), range(same)] = 1
    kernel.assign(weights)
    return y


NETS: dict[str, Net] = {
    "simple-cnn": Net("three convolutions; a first network, 60 thousand parameters", simple_cnn),
    "resnet9": Net("few layers and two shortcuts; most accuracy for an hour on a processor", resnet9, ResNet9Options),
    "airbench": Net(
        "learns in the fewest epochs of all; a pooled VGG that begins near identity", airbench, AirbenchOptions
    ),
}
