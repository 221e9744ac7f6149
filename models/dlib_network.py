"""dlib's face embedder: what its file has to hold, and its weights as arrays that any runtime can take.

The residual network of 29 convolutions of dlib's `dnn_face_recognition_ex.cpp` (after He et al. 2016, section 3.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.dlib_file import Layer, read_layers
from pipeline.errors import ModelError

DOWN = (False,) * 3 + (True,) + (False,) * 3 + (True,) + (False,) * 2 + (True,) + (False,) * 2 + (True,)
"""Whether each residual block halves the picture, from the input on."""
SIDE = 150
"""Of the input, pixels."""
MEAN = (122.782, 117.001, 104.298)
"""Subtracted from red, green and blue."""
DIVISOR = 256.0


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution and the affine layer after it: `y = gamma * (conv(x, filters) + biases) + beta`."""

    filters: np.ndarray
    """`(out, in, height, width) float32`."""
    biases: np.ndarray
    """`(out,) float32`, as the next two."""
    gamma: np.ndarray
    beta: np.ndarray
    stride: int
    """1 (the picture padded by one) or 2 (not padded)."""

    def folded(self) -> tuple[np.ndarray, np.ndarray]:
        """Filters and biases of the one convolution that does both."""
        gamma = self.gamma.astype(np.float64)
        filters = self.filters * gamma[:, None, None, None]
        return filters.astype(np.float32), (self.biases * gamma + self.beta).astype(np.float32)

    def folded_for_pixels(self) -> tuple[np.ndarray, np.ndarray]:
        """The same, fed RGB in 0..255 in place of `(pixel - MEAN) / DIVISOR`; exact where nothing is padded."""
        filters, biases = self.folded()
        wide = filters.astype(np.float64) / DIVISOR
        return wide.astype(np.float32), (biases - wide.sum(axis=(2, 3)) @ np.array(MEAN)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Network:
    """The weights, in the order of the forward pass."""

    stem: Convolution
    """7 x 7, on the picture."""
    blocks: tuple[tuple[Convolution, Convolution], ...]
    """Main path of each residual block of `DOWN`."""
    embedding: np.ndarray
    """`(features, values) float32`: what the averaged features are multiplied by."""


def read_network(path: Path) -> Network:
    """The face embedder in a dlib file.

    Raises:
        ModelError: the file is cut short, of another format, or holds another network.
    """
    layers = iter(_expected(path, read_layers(path)))
    stem = _convolution(path, next(layers), next(layers), 3, 7, 2)
    blocks, channels = [], len(stem.biases)
    for down in DOWN:
        first = _convolution(path, next(layers), next(layers), channels, 3, 2 if down else 1)
        wide = len(first.biases)
        second = _convolution(path, next(layers), next(layers), wide, 3, 1)
        if len(second.biases) != wide or wide < channels or (wide > channels and not down):
            raise _another(path, f"a residual block leads from {channels} to {wide} and {len(second.biases)} channels")
        blocks.append((first, second))
        channels = wide
    last = next(layers)
    values, features = last.settings[:2]
    if features != channels or last.weights.size != values * features:
        raise _another(path, f"{channels} features go into a layer of {features} with {last.weights.size} weights")
    return Network(stem, tuple(blocks), last.weights.reshape(features, values))


def _expected(path: Path, layers: list[Layer]) -> Iterator[Layer]:
    """The layers with weights, once all names are the ones of this network."""
    wants = ["loss_metric_2", "input_rgb_image_sized", "con_4", "affine_", "relu_", "max_pool_2"]
    for down in DOWN:
        wants += ["con_4", "affine_", "relu_", "con_4", "affine_", *["avg_pool_2"] * down, "add_prev_", "relu_"]
    wants += ["avg_pool_2", "fc_2"]
    for place, (want, layer) in enumerate(zip(wants, layers, strict=False)):
        if layer.name != want:
            raise _another(path, f"layer {place} is {layer.name}, not {want}")
    if len(layers) != len(wants):
        raise _another(path, f"it has {len(layers)} layers, not {len(wants)}")
    if layers[1].settings[6:8] != (SIDE, SIDE):
        raise _another(path, f"its input is {layers[1].settings[6:8]}, not {SIDE} x {SIDE}")
    return (layer for layer in layers if layer.weights.size)


def _convolution(path: Path, layer: Layer, affine: Layer, channels: int, side: int, stride: int) -> Convolution:
    """One convolution and the affine layer after it, gamma before beta."""
    found = layer.settings[:7]
    wants = (side, side, stride, stride, *((1, 1) if stride == 1 else (0, 0)))
    count = found[0] if found else 0
    sizes = (layer.weights.size, affine.weights.size)
    if count < 1 or found[1:] != wants or sizes != (count * (channels * side * side + 1), 2 * count):
        raise _another(path, f"a convolution of {channels} channels has settings {found} and {sizes} weights")
    filters = layer.weights[:-count].reshape(count, channels, side, side)
    gamma, beta = affine.weights.reshape(2, count)
    return Convolution(filters, layer.weights[-count:], gamma, beta, stride)


def _another(path: Path, why: str) -> ModelError:
    return ModelError(f"{path} is not dlib's face embedder: {why}; name dlib_face_recognition_resnet_model_v1.dat")
