"""Weights of one network carried over to another: all layers that fit, and which did not."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ModelError

Held = list[tuple[str, str, list[np.ndarray]]]
"""Layer by layer, in the order of the network: kind, name, and weights as Keras orders them."""


@dataclass(frozen=True)
class Carried:
    """What became of the layers that have weights."""

    taken: tuple[str, ...]
    """Those that have the weights now."""
    left: tuple[str, ...]
    """Those that stay as they were, each with the reason."""


def read_weights(path: Path, layers: list[Any]) -> Held:
    """The weights in a `.keras` or `.weights.h5` file, or in the `model.keras` of a run's folder.

    Args:
        path: Of it.
        layers: Of the model that they are for: a `.weights.h5` file has no names but kinds and numbers.

    Raises:
        ModelError: there is none, or it is damaged or of another kind.
    """
    path = path / "model.keras" if path.is_dir() else path
    if not path.is_file():
        raise ModelError(f"net.weights: no file {path}; give a .keras or .weights.h5 file, a run's folder, or imagenet")
    if path.suffix == ".keras":
        return _of_model(path)
    if path.name.endswith(".weights.h5"):
        return _of_weights(path, layers)
    raise ModelError(f"net.weights: {path} is neither .keras nor .weights.h5; load it in Keras, and save it as one")


def held_by(layers: list[Any]) -> Held:
    """The weights of layers that have some."""
    return [(_kind(layer), layer.name, layer.get_weights()) for layer in layers if layer.weights]


def carry(held: Held, layers: list[Any]) -> Carried:
    """Give layers the weights of their namesakes; where the kinds begin with the same order, of those in their places.

    Names that Keras made up count on from process to process, so places tell more where they can.

    Args:
        held: From `read_weights` or `held_by`.
        layers: Of a Keras model, in its order; those without weights do not count.

    Returns:
        Which have them now. A layer takes all of its weights or none.
    """
    own = [layer for layer in layers if layer.weights]
    found: list[list[np.ndarray] | None]
    if [kind for kind, _, _ in held] == [_kind(layer) for layer in own][: len(held)]:
        found = [*(weights for _, _, weights in held), *(None for _ in own[len(held) :])]
    else:
        by_name = {name: weights for _, name, weights in held}
        found = [by_name.get(layer.name) for layer in own]
    taken, left = [], []
    for layer, weights in zip(own, found, strict=True):
        wants = [tuple(weight.shape) for weight in layer.weights]
        if weights is None:
            left.append(f"{layer.name} (not there)")
        elif [value.shape for value in weights] != wants:
            left.append(f"{layer.name} (has {_shapes(weights)}, not {_shapes(layer.weights)})")
        else:
            layer.set_weights(weights)
            taken.append(layer.name)
    return Carried(tuple(taken), tuple(left))


def _of_model(path: Path) -> Held:
    import keras

    try:
        return held_by(keras.models.load_model(path, compile=False).layers)
    except (OSError, ValueError, TypeError, KeyError) as error:
        why = " ".join(str(error).split())[:160]
        raise ModelError(f"net.weights: cannot read {path}: {why}; save it anew with this version of Keras") from error


def _of_weights(path: Path, layers: list[Any]) -> Held:
    import h5py

    numbers: Counter[str] = Counter()
    held: Held = []
    try:
        with h5py.File(path) as file:
            groups = file["layers"]
            for layer in layers:
                kind = _kind(layer)
                name = f"{kind}_{numbers[kind]}" if numbers[kind] else kind
                numbers[kind] += 1
                values = groups[name]["vars"] if name in groups and "vars" in groups[name] else {}
                if len(values):
                    held.append((kind, layer.name, [np.array(values[str(place)]) for place in range(len(values))]))
    except (OSError, KeyError, ValueError) as error:
        why = " ".join(str(error).split())[:160]
        raise ModelError(f"net.weights: cannot read {path}: {why}; save it anew with this version of Keras") from error
    return held


def _kind(layer: Any) -> str:
    """As Keras calls layers of that class in files, where they are numbered: Conv2D is conv2d, the next conv2d_1."""
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(layer).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()


def _shapes(weights: list[Any]) -> str:
    return " and ".join("x".join(map(str, weight.shape)) or "1" for weight in weights)
