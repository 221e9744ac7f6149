"""A training that is over in a second: 60 digits, one small network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from models.data.dataset import DataConfig, DataSet
from models.data.load import load
from models.training.config import TrainConfig

DIGITS = DataConfig(source="digits", limit=12)


def settings(**changed: Any) -> TrainConfig:
    """Of three epochs over some digits, with what makes a training depend on chance."""
    base: dict[str, Any] = {
        "data": DIGITS.model_dump(),
        "net": {"name": "simple-cnn", "dropout": 0.2},
        "epochs": 3,
        "batch": 16,
        "tensorboard": False,
        "mixed_precision": "off",
    }
    return TrainConfig.model_validate(base | changed)


def digits() -> DataSet:
    """The same pictures each time."""
    return load(DIGITS)


def weights_of(run: Path) -> list[np.ndarray]:
    """Of the best epoch."""
    import keras

    weights: list[np.ndarray] = keras.models.load_model(run / "model.keras", compile=False).get_weights()
    return weights


def is_same(one: Path, other: Path) -> Iterator[bool]:
    """For each array of two runs' best weights."""
    for left, right in zip(weights_of(one), weights_of(other), strict=True):
        yield bool(np.array_equal(left, right))
