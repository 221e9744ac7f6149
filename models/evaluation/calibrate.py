"""The temperature of a run's network, found on its validation split and kept inside the network (Guo et al. 2017)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.data.load import load
from models.evaluation.calibration import RANGE, at_temperature, fit_temperature, reliability
from models.evaluation.classifier import BATCH
from models.evaluation.keras_form import load_keras
from models.experiments.run import MODEL, Run
from models.training.network import TEMPERATURE
from models.training.records import write_model, write_state
from pipeline.errors import ConfigError, ModelError, SinkError

FEW = 200
"""Validation pictures below which a temperature is a guess."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What came of it, on the validation split."""

    temperature: float
    earlier: float
    """That the network had before."""
    pictures: int
    error: tuple[float, float]
    """Expected calibration error before and after."""
    log_loss: tuple[float, float]
    """Before and after."""


def calibrate(run: Run, say: Callable[[str], None] = lambda _: None) -> Calibration:
    """Find the temperature and put it into `model.keras`, whose answers stay as they are, and into `run.json`.

    Doing it again gives the same: what is looked at are the logits, before any temperature.

    Raises:
        ConfigError: there is no validation split, or it tells nothing because every answer is right.
        ModelError: there are no weights, or the network has no layer for it.
        SourceError: the data cannot be read any more.
        SinkError: it cannot be written.
    """
    network = load_keras(run.path(MODEL))
    if TEMPERATURE not in [layer.name for layer in network.layers]:
        raise ModelError(f"{run.path(MODEL)} has no layer '{TEMPERATURE}'; train it with this version")
    split = load(run.config().data, say).validation
    if not len(split):
        raise ConfigError(f"{run.folder} has no validation split; set data.validation, and train again")
    if len(split) < FEW:
        say(f"{len(split)} validation pictures are few: the temperature is a rough one")
    logits, truth = logits_of(network, split.images), split.classes
    if (logits.argmax(axis=1) == truth).all():
        raise ConfigError(
            f"all {len(split):,} validation pictures are right, so they do not tell how sure to be;"
            " keep more back by data.validation, and train again"
        )
    layer = network.get_layer(TEMPERATURE)
    earlier, found = 1 / float(layer.scale), fit_temperature(logits, truth)
    if not RANGE[0] * 1.01 < found < RANGE[1] * 0.99:
        raise ConfigError(
            f"no temperature from {RANGE[0]} to {RANGE[1]} fits: the network learnt nothing; train it anew"
        )
    layer.scale = 1 / found
    try:
        write_model(network, run.path(MODEL))
        write_state(run, temperature=round(found, 6))
    except OSError as error:
        raise SinkError(f"cannot write {run.folder}: {error.strerror or error}; free the disk") from error
    (error_then, loss_then), (error_now, loss_now) = (_judged(logits, truth, one) for one in (earlier, found))
    return Calibration(found, earlier, len(split), (error_then, error_now), (loss_then, loss_now))


def logits_of(network: Any, images: np.ndarray) -> np.ndarray:
    """`(N, K)`: what a network's layer `temperature` is given.

    Args:
        network: A `keras.Model` with such a layer.
        images: `(N, H, W, C) uint8`, as the network takes them.
    """
    import keras

    inner = keras.Model(network.input, network.get_layer(TEMPERATURE).input)
    parts = [
        np.asarray(inner.predict_on_batch(np.asarray(images[begin : begin + BATCH], np.float32)))
        for begin in range(0, len(images), BATCH)
    ]
    return np.concatenate(parts)


def _judged(logits: np.ndarray, truth: np.ndarray, temperature: float) -> tuple[float, float]:
    """Expected calibration error and log-loss."""
    probability = at_temperature(logits, temperature)
    of_truth = np.maximum(probability[np.arange(len(truth)), truth], 1e-12)
    return reliability(probability, truth).error, float(-np.log(of_truth).mean())
