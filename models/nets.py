"""Networks that learn classes from pictures, one function each: standardised pictures in, features out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.training.config import NetConfig


@dataclass(frozen=True)
class Net:
    """A network by name."""

    about: str
    """What it is good for, in a line."""
    features: Callable[[Any, NetConfig], Any]
    """From a Keras tensor `(N, H, W, C)`, standardised, to features `(N, F)`."""


def simple_cnn(x: Any, config: NetConfig) -> Any:
    """Three 3 x 3 convolutions of 64, 64 and 32 filters, each with ReLU and 2 x 2 pooling, then 32 dense with ReLU."""
    from keras import layers

    for number, filters in enumerate((64, 64, 32), 1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(32, activation="relu", name="dense")(x)


NETS: dict[str, Net] = {
    "simple-cnn": Net("three convolutions; a first network, 60 thousand parameters", simple_cnn),
}
