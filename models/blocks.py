"""What networks for pictures are made of: convolution, then batch norm, then activation, so that int8 can fold them.

Every block checks that the picture is still large enough, so that an impossible network names the layer.
"""

from typing import Any

from models.training.config import NetConfig
from pipeline.errors import ConfigError

MOMENTUM = 0.9
"""Share of batch norm's running figures kept each step. Keras's 0.99 needs 500 steps to forget where it began."""
EPSILON = 1e-5
"""Added to the variance in batch norm."""


class TooSmall(ConfigError):  # noqa: N818 - what is the matter, as a reader says it
    """A layer that gets a picture with fewer pixels than it takes in."""

    def __init__(self, layer: str, got: tuple[int, int], side: int) -> None:
        self.layer, self.got, self.side = layer, got, side
        super().__init__(f"layer '{layer}' gets {got[1]} x {got[0]} pixels and needs {side} x {side}")


def regulariser(config: NetConfig) -> Any:
    """Keras's penalty on weights; None where there is none."""
    import keras

    return keras.regularizers.L1L2(config.l1, config.l2) if config.l1 or config.l2 else None


def fits(x: Any, side: int, layer: str) -> None:
    """Raise TooSmall where the tensor `(N, H, W, C)` is less than `side` high or wide."""
    height, width = x.shape[1:3]
    if min(height, width) < side:
        raise TooSmall(layer, (height, width), side)


def conv(
    x: Any,
    filters: int,
    side: int,
    name: str,
    config: NetConfig,
    *,
    stride: int = 1,
    padding: str = "same",
    bias: bool = False,
    activation: str | None = None,
    start: str = "he_normal",
) -> Any:
    """A convolution of `side` x `side`; 'valid' takes no pixels from beyond the edge.

    Args:
        x: `(N, H, W, C)`.
        filters: Channels it gives.
        side: Of the kernel, pixels.
        name: Of the layer.
        config: Its l1 and l2 are the penalty on the kernel.
        stride: Pixels between two places.
        padding: 'same' or 'valid'.
        bias: Only without a batch norm behind it.
        activation: As Keras calls it; only without a batch norm behind it.
        start: Keras's initialiser. Default: He et al. 2015, "Delving Deep into Rectifiers".

    Raises:
        TooSmall: the picture is smaller than the kernel, or there is nothing left to halve.
    """
    from keras import layers

    fits(x, side if padding == "valid" else stride, name)
    return layers.Conv2D(
        filters,
        side,
        strides=stride,
        padding=padding,
        use_bias=bias,
        activation=activation,
        kernel_initializer=start,
        kernel_regularizer=regulariser(config),
        name=name,
    )(x)


def enlarge(x: Any, times: int) -> Any:
    """Pictures made larger by bilinear interpolation, for a network that knows larger ones; themselves for 1."""
    from keras import layers

    return layers.UpSampling2D(times, interpolation="bilinear", name="enlarge")(x) if times > 1 else x


def depthwise(x: Any, name: str, config: NetConfig, stride: int = 1) -> Any:
    """A 3 x 3 convolution of each channel by itself (Howard et al. 2017, "MobileNets", section 3.1)."""
    from keras import layers

    fits(x, stride, name)
    return layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
        depthwise_regularizer=regulariser(config),
        name=name,
    )(x)


def norm(x: Any, name: str, scale: bool = True) -> Any:
    """Batch normalisation (Ioffe and Szegedy 2015); without `scale` it only shifts."""
    from keras import layers

    return layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, scale=scale, name=name)(x)


def activate(x: Any, name: str, kind: str = "relu") -> Any:
    """ReLU, or another by Keras's name."""
    from keras import layers

    return layers.Activation(kind, name=name)(x)


def conv_norm(
    x: Any, filters: int, side: int, name: str, config: NetConfig, *, stride: int = 1, kind: str | None = "relu"
) -> Any:
    """Convolution, batch norm and, where `kind` is given, activation: what int8 converters fold into one."""
    x = norm(conv(x, filters, side, f"{name}_conv", config, stride=stride), f"{name}_norm")
    return activate(x, f"{name}_{kind}", kind) if kind else x


def pool(x: Any, name: str, kind: str = "max", side: int = 2, stride: int | None = None, padding: str = "valid") -> Any:
    """The largest or mean value of each `side` x `side` pixels, by default side by side.

    Raises:
        TooSmall: there are fewer, or none to leave out.
    """
    from keras import layers

    fits(x, side if padding == "valid" else stride or side, name)
    kind_of_pool = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
    return kind_of_pool(side, stride, padding, name=name)(x)


def mean(x: Any) -> Any:
    """Of each channel over the whole picture: features `(N, C)`."""
    from keras import layers

    return layers.GlobalAveragePooling2D(name="mean")(x)


def add(branches: list[Any], name: str) -> Any:
    """Their sum."""
    from keras import layers

    return layers.Add(name=name)(branches)


def join(branches: list[Any], name: str) -> Any:
    """Their channels, one behind another."""
    from keras import layers

    return layers.Concatenate(name=name)(branches)


def left_out(x: Any, rate: float, name: str) -> Any:
    """The branch, left out of `rate` of the pictures in training (Huang et al. 2016, "Deep Networks with Stochastic
    Depth"): Dropout with one decision a picture. `x` itself where the rate is 0.
    """
    from keras import layers

    return layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=name)(x) if rate else x
