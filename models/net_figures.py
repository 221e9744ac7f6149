"""How large a network is and how much it computes: parameters, multiply-adds, bytes."""

from dataclasses import dataclass
from math import prod
from typing import Any

_BYTES = 4
"""Of a float32."""


@dataclass(frozen=True)
class LayerFigures:
    """Of one layer, for one picture."""

    name: str
    kind: str
    """Its class in Keras."""
    gives: tuple[int, ...]
    """Shape of its output without the batch."""
    parameters: int
    multiply_adds: int
    """Of convolutions and dense layers; all else is small beside them, or folded into them."""


@dataclass(frozen=True)
class NetFigures:
    """Of a whole network, for one picture."""

    layers: tuple[LayerFigures, ...]
    parameters: int
    """All, batch norm's running figures with them."""
    learned: int
    """Those that training moves."""
    multiply_adds: int
    disk_bytes: int
    """Of the weights in float32; half of it in float16, a quarter in int8."""
    activation_bytes: int
    """Of all that training keeps for one picture, in float32: times the batch, it is what training needs at least."""


def figures(model: Any) -> NetFigures:
    """Count everything in a `keras.Model`."""
    layers = tuple(_of(layer) for layer in model.layers)
    parameters = int(model.count_params())
    learned = sum(prod(weight.shape) for weight in model.trainable_weights)
    kept = sum(prod(layer.gives) for layer in layers)
    return NetFigures(
        layers,
        parameters,
        learned,
        sum(layer.multiply_adds for layer in layers),
        parameters * _BYTES,
        kept * _BYTES,
    )


def _of(layer: Any) -> LayerFigures:
    gives = tuple(int(side) for side in layer.output.shape[1:])
    kind = type(layer).__name__
    kernel = layer.kernel.shape if kind in ("Conv2D", "DepthwiseConv2D", "Dense") else ()
    places = prod(gives[:2]) if len(gives) == 3 else 1  # a kernel is multiplied once at each
    multiply_adds = prod(kernel) * places if kernel else 0
    return LayerFigures(layer.name, kind, gives, int(layer.count_params()), int(multiply_adds))
