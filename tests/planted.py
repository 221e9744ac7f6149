"""Pictures in which a small thing in a corner decides the class, and networks that have learnt it.

So it is known what a heat map has to show.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 28
PATCH = 7
LABELS = ("nothing", "square", "stripes")
CORNERS = ((1, 1), (1, SIDE - PATCH - 1), (SIDE - PATCH - 1, 1), (SIDE - PATCH - 1, SIDE - PATCH - 1))


def planted(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures `(N, 28, 28, 1) uint8` of noise, classes `(N,)`, and the thing's row and column `(N, 2)`."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (count, SIDE, SIDE, 1), np.uint8)
    classes = np.arange(count) % len(LABELS)
    places = np.array(CORNERS)[random.integers(0, 4, count)]
    for image, number, place in zip(images, classes, places, strict=True):
        plant(image, int(number), (int(place[0]), int(place[1])))
    return images, classes, places


def plant(image: np.ndarray, number: int, place: tuple[int, int]) -> None:
    """Put the thing of a class into a picture."""
    row, column = place
    patch = image[row : row + PATCH, column : column + PATCH]
    if number == 1:
        patch[:] = 255
    elif number == 2:
        patch[:, ::2], patch[:, 1::2] = 255, 0


def mass_in(heat: np.ndarray, places: np.ndarray, margin: int = 4) -> np.ndarray:
    """Share of each map `(N, 28, 28)` that lies in the thing or at most `margin` pixels beside it: `(N,)`."""
    shares = []
    for one, (row, column) in zip(heat, places, strict=True):
        inside = one[max(0, row - margin) : row + PATCH + margin, max(0, column - margin) : column + PATCH + margin]
        shares.append(inside.sum() / max(float(one.sum()), 1e-9))
    return np.array(shares)


def pooled_network() -> Any:
    """One that ends in global average pooling, so that CAM can be had."""
    import keras
    from keras import layers

    pixels = keras.Input((SIDE, SIDE, 1), name="pixels")
    x = layers.Rescaling(1 / 128, -0.4, name="standardise")(pixels)
    for number, filters in enumerate((8, 16, 16), 1):
        x = layers.Conv2D(filters, 3, 1 if number == 1 else 2, "same", activation="relu", name=f"conv{number}")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    return _ended(pixels, x, "pooled")


def nested_network() -> Any:
    """One whose convolutions stand in a model of their own, a Sequential, and which ends in two dense layers."""
    import keras
    from keras import layers

    backbone = keras.Sequential(name="backbone")
    backbone.add(keras.Input((SIDE, SIDE, 1)))
    for number, filters in enumerate((8, 16), 1):
        backbone.add(layers.Conv2D(filters, 3, padding="same", name=f"conv{number}"))
        backbone.add(layers.ReLU(name=f"relu{number}"))
        backbone.add(layers.MaxPooling2D(2, name=f"pool{number}"))
    pixels = keras.Input((SIDE, SIDE, 1), name="pixels")
    x = backbone(layers.Rescaling(1 / 128, -0.4, name="standardise")(pixels))
    x = layers.Dense(16, activation="relu", name="dense")(layers.Flatten(name="flatten")(x))
    return _ended(pixels, x, "nested")


def taught(network: Any, epochs: int, seed: int = 0) -> Any:
    """The network after some epochs on planted pictures."""
    import keras

    images, classes, _ = planted(768, seed)
    network.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    network.fit(images.astype(np.float32), classes, 64, epochs, verbose=0)
    return network


def saved(make: Callable[[], Any], epochs: int, folder: Path) -> Path:
    """A network made, taught and written as `model.keras`."""
    import keras

    keras.utils.set_random_seed(0)
    taught(make(), epochs).save(folder / "model.keras")
    return folder / "model.keras"


def _ended(pixels: Any, x: Any, name: str) -> Any:
    import keras
    from keras import layers

    x = layers.Rescaling(0.8, name="temperature")(layers.Dense(len(LABELS), name="logits")(x))
    return keras.Model(pixels, layers.Softmax(name="probability")(x), name=name)
