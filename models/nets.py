"""Networks that learn classes from pictures, one function each: standardised pictures in, features out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.backbones import BACKBONES, Backbone, features_of
from models.blocks import activate, add, conv, conv_norm, depthwise, fits, join, left_out, mean, norm, pool, regulariser
from models.net_options import (
    AirbenchOptions,
    BackboneOptions,
    DenseNetOptions,
    InceptionOptions,
    MobileOptions,
    Options,
    ResNet9Options,
    ResNetOptions,
    VggOptions,
)
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
    backbone: Backbone | None = None
    """What it was trained on, where ImageNet's weights can be had for it."""


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


def resnet(x: Any, config: NetConfig) -> Any:
    """Residual blocks in three stages of 16, 32 and 64 filters times `width`.

    He et al. 2015, "Deep Residual Learning for Image Recognition", section 4.2, with 1 x 1 convolutions where the shape
    changes; with `preactivation` He et al. 2016, "Identity Mappings", and with width Zagoruyko and Komodakis 2016,
    "Wide Residual Networks". `stochastic_depth` grows from block to block up to its value (Huang et al. 2016).
    """
    options = ResNetOptions.of(config)
    count = (options.depth - 2) // 6
    before = options.preactivation
    x = conv(x, 16, 3, "stem", config) if before else conv_norm(x, 16, 3, "stem", config)
    for stage in range(3):
        for number in range(count):
            rate = options.stochastic_depth * (stage * count + number + 1) / (3 * count)
            filters, stride = 16 * options.width * 2**stage, 2 if stage and not number else 1
            block = _residual_before if before else _residual
            x = block(x, filters, stride, rate, f"stage{stage + 1}_{number + 1}", config)
    return mean(activate(norm(x, "last_norm"), "last_relu") if before else x)


def _residual(x: Any, filters: int, stride: int, rate: float, name: str, config: NetConfig) -> Any:
    """Convolution, norm, activation, convolution, norm, and the activation of the sum."""
    branch = conv_norm(x, filters, 3, f"{name}_a", config, stride=stride)
    branch = left_out(conv_norm(branch, filters, 3, f"{name}_b", config, kind=None), rate, f"{name}_left_out")
    if x.shape[-1] != filters or stride > 1:
        x = conv_norm(x, filters, 1, f"{name}_shortcut", config, stride=stride, kind=None)
    return activate(add([x, branch], f"{name}_add"), f"{name}_relu")


def _residual_before(x: Any, filters: int, stride: int, rate: float, name: str, config: NetConfig) -> Any:
    """Norm and activation before each of two convolutions, and the sum as it is."""
    ready = activate(norm(x, f"{name}_a_norm"), f"{name}_a_relu")
    branch = norm(conv(ready, filters, 3, f"{name}_a_conv", config, stride=stride), f"{name}_b_norm")
    branch = conv(activate(branch, f"{name}_b_relu"), filters, 3, f"{name}_b_conv", config)
    if x.shape[-1] != filters or stride > 1:
        x = conv(ready, filters, 1, f"{name}_shortcut", config, stride=stride)
    return add([x, left_out(branch, rate, f"{name}_left_out")], f"{name}_add")


def densenet(x: Any, config: NetConfig) -> Any:
    """DenseNet-BC (Huang et al. 2017, "Densely Connected Convolutional Networks", section 4.2): each layer sees all
    before it. Its norms stand before convolutions that follow a concatenation, so int8 cannot fold every one.
    """
    options = DenseNetOptions.of(config)
    x = conv(x, 2 * options.growth, 3, "stem", config)
    for block in range(1, 4):
        for number in range(1, (options.depth - 4) // 6 + 1):
            name = f"block{block}_{number}"
            new = activate(norm(x, f"{name}_a_norm"), f"{name}_a_relu")
            new = conv_norm(new, 4 * options.growth, 1, f"{name}_b", config)
            new = conv(new, options.growth, 3, f"{name}_c_conv", config)
            x = join([x, new], f"{name}_join")
        x = activate(norm(x, f"block{block}_norm"), f"block{block}_relu")
        if block < 3:
            x = conv(x, int(x.shape[-1] * options.compression), 1, f"between{block}_conv", config)
            x = pool(x, f"between{block}_pool", "mean")
    return mean(x)


def vgg(x: Any, config: NetConfig) -> Any:
    """Blocks of 3 x 3 convolutions, each halved by a pool (Simonyan and Zisserman 2015), with batch norm."""
    from keras import layers

    options = VggOptions.of(config)
    for block in range(1, options.blocks + 1):
        for number in range(1, options.convolutions + 1):
            x = conv_norm(x, options.width * 2 ** (block - 1), 3, f"block{block}_{number}", config)
        x = pool(x, f"block{block}_pool")
    if not options.dense:
        return mean(x)
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(options.dense, activation="relu", kernel_regularizer=regulariser(config), name="dense")(x)


def inception(x: Any, config: NetConfig) -> Any:
    """Modules of 1 x 1 and 3 x 3 convolutions side by side, for small pictures.

    Zhang et al. 2017, "Understanding deep learning requires rethinking generalization", appendix A: with width 1 the
    1.65 million parameters of its "Inception (small)".
    """
    options = InceptionOptions.of(config)

    def scaled(filters: int) -> int:
        return max(1, round(filters * options.width))

    x = conv_norm(x, scaled(96), 3, "stem", config)
    modules: tuple[tuple[int, ...], ...] = (
        *((32, 32), (32, 48), (80,)),
        *((112, 48), (96, 64), (80, 80), (48, 96), (96,)),
        *((176, 160), (176, 160)),
    )
    for number, filters in enumerate(modules, 1):
        name = f"module{number}"
        if len(filters) == 2:
            branches = [conv_norm(x, scaled(filters[0]), 1, f"{name}_1x1", config)]
            branches.append(conv_norm(x, scaled(filters[1]), 3, f"{name}_3x3", config))
        else:
            branches = [conv_norm(x, scaled(filters[0]), 3, f"{name}_3x3", config, stride=2)]
            branches.append(pool(x, f"{name}_pool", side=3, stride=2, padding="same"))
        x = join(branches, f"{name}_join")
    return mean(x)


def mobile(x: Any, config: NetConfig) -> Any:
    """Inverted residuals of depthwise convolutions (Sandler et al. 2018, "MobileNetV2"), in four stages, for devices.

    Few multiply-adds, and ReLU6 for int8; but slow to train on a processor: depthwise layers wait for memory.
    """
    options = MobileOptions.of(config)

    def scaled(filters: int) -> int:
        return max(8, round(filters * options.width / 8) * 8)

    x = conv_norm(x, scaled(16), 3, "stem", config, stride=options.stride, kind="relu6")
    for stage, (filters, count) in enumerate(((16, 1), (24, 2), (40, 3), (64, 3)), 1):
        for number in range(1, count + 1):
            stride = 2 if stage > 1 and number == 1 else 1
            x = _inverted(x, scaled(filters), stride, options.expansion, f"stage{stage}_{number}", config)
    return mean(conv_norm(x, scaled(256), 1, "last", config, kind="relu6"))


def _inverted(x: Any, filters: int, stride: int, expansion: int, name: str, config: NetConfig) -> Any:
    """Wider by a 1 x 1 convolution, each channel by itself, narrower; plus itself where it fits."""
    inside = conv_norm(x, expansion * x.shape[-1], 1, f"{name}_wide", config, kind="relu6")
    inside = norm(depthwise(inside, f"{name}_each_conv", config, stride), f"{name}_each_norm")
    inside = activate(inside, f"{name}_each_relu6", "relu6")
    slim = conv_norm(inside, filters, 1, f"{name}_slim", config, kind=None)
    return add([x, slim], f"{name}_add") if stride == 1 and x.shape[-1] == filters else slim


NETS: dict[str, Net] = {
    "simple-cnn": Net("three convolutions; a first network, 60 thousand parameters", simple_cnn),
    "resnet9": Net("few layers, two shortcuts; most accuracy for an hour on a processor", resnet9, ResNet9Options),
    "airbench": Net("learns in few epochs: a pooled VGG that begins near identity", airbench, AirbenchOptions),
    "resnet": Net("residual blocks of any depth and width; a strong, plain choice", resnet, ResNetOptions),
    "densenet": Net("few parameters, much memory: each layer sees all before it", densenet, DenseNetOptions),
    "vgg": Net("plain stacks of convolutions; easy to look into", vgg, VggOptions),
    "inception": Net("two sizes of convolution side by side", inception, InceptionOptions),
    "mobile": Net("depthwise convolutions; fewest multiply-adds, for devices", mobile, MobileOptions),
    **{name: Net(found.about, features_of(name), BackboneOptions, found) for name, found in BACKBONES.items()},
}
