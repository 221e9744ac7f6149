"""A soup: one network with the mean of several networks' weights, as quick as one of them.

Wortsman et al., "Model soups" (2022): uniform, or greedy (algorithm 1). It works where the networks began from the same
weights; of networks that began elsewhere the mean is usually worth nothing.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.training.network import TEMPERATURE
from pipeline.errors import ModelError

_STATISTICS = 4096
"""Pictures that batch norm is told anew by."""
_AT_ONCE = 128


def uniform_soup(networks: Sequence[Any], images: np.ndarray, names: Sequence[str]) -> Any:
    """A network with the mean of the weights.

    Means and variances of batch norm belong to the weights before them, so they are computed anew (Izmailov et al.
    2018, section 3.2), unless all networks are the same.

    Args:
        networks: Of one architecture; they stay as they are.
        images: `(N, H, W, C) uint8`, training pictures.
        names: Of the networks, for messages.

    Raises:
        ModelError: they are not of one architecture or standardise pictures differently; the message says where.
    """
    check_alike(networks, names)
    import keras

    soup = keras.models.clone_model(networks[0])
    means = [
        np.mean(np.stack(weights), axis=0, dtype=np.float64).astype(weights[0].dtype)
        for weights in zip(*(network.get_weights() for network in networks), strict=True)
    ]
    soup.set_weights(means)
    if any(network.get_layer(TEMPERATURE).scale != 1 for network in networks if _has_temperature(network)):
        cooled = [network.get_layer(TEMPERATURE).scale for network in networks]
        soup.get_layer(TEMPERATURE).scale = float(np.mean(cooled))
    if not all(map(np.array_equal, means, networks[0].get_weights())):
        renew_batch_norm(soup, images)
    return soup


def greedy_order(accuracies: Sequence[float]) -> list[int]:
    """Rows from the best to the worst, the first of equals first.

    >>> greedy_order([0.8, 0.9, 0.9])
    [1, 2, 0]
    """
    return sorted(range(len(accuracies)), key=lambda row: -accuracies[row])


def check_alike(networks: Sequence[Any], names: Sequence[str]) -> None:
    """Whether a mean of weights means anything.

    Raises:
        ModelError: it does not; the message names the first layer that differs.
    """
    first = _layers(networks[0])
    for network, name in zip(networks[1:], names[1:], strict=True):
        other = _layers(network)
        at = next((row for row, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), None)
        if at is None and len(first) == len(other):
            continue
        where = f"layer {at} is {_told(other[at])} and {_told(first[at])}" if at is not None else "one has more layers"
        raise ModelError(
            f"{name} and {names[0]} are not of one architecture: {where};"
            " a soup needs the same net, options and data; average their answers instead"
        )


def renew_batch_norm(network: Any, images: np.ndarray) -> None:
    """Compute means and variances of every batch norm that is trained anew, by the network's weights as they are.

    Args:
        network: Changed in place.
        images: `(N, H, W, C) uint8`; up to 4,096 of them, evenly picked, are looked at.
    """
    import keras

    flat = list(network._flatten_layers(include_self=False, recursive=True))
    norms = [layer for layer in flat if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]
    if not norms:
        return
    drops = [(layer, layer.rate) for layer in flat if getattr(layer, "rate", 0) and "Dropout" in type(layer).__name__]
    momenta = [layer.momentum for layer in norms]
    picked = images[:: max(1, -(-len(images) // _STATISTICS))]
    begins = [begin for begin in range(0, len(picked), _AT_ONCE) if begin == 0 or len(picked) - begin > 1]
    for layer, _ in drops:
        layer.rate = 0.0
    for number, begin in enumerate(begins):
        for layer in norms:
            layer.momentum = number / (number + 1)  # the mean of all batches so far
        network(picked[begin : begin + _AT_ONCE].astype(np.float32), training=True)
    for layer, rate in drops:
        layer.rate = rate
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum


def _has_temperature(network: Any) -> bool:
    return any(layer.name == TEMPERATURE for layer in network.layers)


def _layers(network: Any) -> list[tuple[str, Any]]:
    """Kind and settings of each layer but its name and the temperature, down into nested ones."""
    found = []
    for layer in network._flatten_layers(include_self=False, recursive=True):
        if getattr(layer, "layers", None) or layer.name == TEMPERATURE:
            continue
        config = {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable", "dtype")}
        shapes = [tuple(weight.shape) for weight in layer.weights]
        found.append((type(layer).__name__, (config, shapes)))
    return found


def _told(layer: tuple[str, Any]) -> str:
    kind, (config, shapes) = layer
    if kind == "Rescaling":
        return f"a standardisation by {config['scale']}"
    return f"{kind} with {[' x '.join(map(str, shape)) for shape in shapes] or 'no'} weights"
