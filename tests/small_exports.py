"""A run with a small network for digits in colour, with batch norm, and its data."""

import json
from pathlib import Path

import numpy as np
from small_classifiers import digits

from models.data.dataset import DataSet, Split
from models.experiments.run import Run

COLOURS = ("red", "green", "blue")


def coloured_run(folder: Path) -> tuple[Run, DataSet]:
    """Digits in red, green or blue, and a network that tells which, with batch norm before and after its ReLU."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    grey, _ = digits()
    classes = np.arange(len(grey)) % 3
    images = grey * np.eye(3, dtype=np.uint8)[classes][:, None, None]  # (N, 8, 8, 3)
    pixels = keras.Input((8, 8, 3), name="pixels")
    x = layers.Rescaling([1 / 255] * 3, [-0.1, 0.0, 0.1], name="standardise")(pixels)
    x = layers.Conv2D(8, 3, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.5)(x))
    x = layers.Conv2D(8, 3, activation="relu")(x)
    x = layers.BatchNormalization(momentum=0.5)(x)
    x = layers.Dense(3, name="logits")(layers.GlobalAveragePooling2D()(x))
    x = layers.Rescaling(1 / 1.5, name="temperature")(x)
    network = keras.Model(pixels, layers.Softmax(name="probability")(x))
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    network.fit(images[:1200].astype(np.float32), classes[:1200], batch_size=32, epochs=2, verbose=0)
    folder.mkdir(parents=True)
    network.save(folder / "model.keras")
    data = _split("coloured", COLOURS, images, classes)
    state = {"labels": COLOURS, "shape": [8, 8, 3], "fingerprint": data.fingerprint, "net": "small", "data": data.name}
    (folder / "run.json").write_text(json.dumps(state), encoding="utf-8")
    return Run(folder), data


def _split(name: str, labels: tuple[str, ...], images: np.ndarray, classes: np.ndarray) -> DataSet:
    whole = Split(images, classes.astype(np.int64))
    parts = (slice(0, 1200), slice(1200, 1400), slice(1400, None))
    train, validation, test = (whole.take(np.arange(len(classes))[part]) for part in parts)
    return DataSet(name, labels, train, validation, test, "0" * 64)
