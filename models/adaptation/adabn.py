"""Batch norm's statistics taken from new pictures, everything else left as it is.

Li et al., "Revisiting Batch Normalization For Practical Domain Adaptation" (2016): what a network learned is in its
weights, what its pictures look like in these means and variances. Needs no classes, no old pictures and no training.
"""

from typing import Any

import numpy as np

from pipeline.errors import ConfigError

BATCH = 256
"""Pictures that are normalised together, as in training."""


def has_norms(model: Any) -> bool:
    """Whether there is any batch norm in a `keras.Model`, at any depth."""
    return bool(_norms(model))


def adapt_norms(model: Any, images: np.ndarray) -> None:
    """Set mean and variance of every batch norm to those of new pictures.

    Args:
        model: A `keras.Model` from pixels 0 to 255; changed in place.
        images: `(N, H, W, C) uint8`, some hundreds at least, of all classes in their usual shares.

    Raises:
        ConfigError: it has no batch norm, or there are fewer than two pictures.
    """
    if not has_norms(model):
        raise ConfigError(f"{model.name} has no batch norm to adapt; take --method coral or self-training")
    if len(images) < 2:
        raise ConfigError(f"{len(images)} pictures have no statistics; give some hundreds")
    import tensorflow as tf

    norms = _norms(model)
    probe = _probe(model)
    counted = _norms(probe)
    look = tf.function(lambda pixels: probe(pixels, training=True), reduce_retracing=True, autograph=False)
    parts = -(-len(images) // BATCH)
    seen: list[list[tuple[np.ndarray, np.ndarray]]] = []
    shares = []
    for rows in np.array_split(np.arange(len(images)), parts):
        look(tf.constant(images[rows], tf.float32))
        seen.append([(norm.moving_mean.numpy(), norm.moving_variance.numpy()) for norm in counted])
        shares.append(len(rows) / len(images))
    for place, norm in enumerate(norms):
        means, variances = (np.stack([batch[place][part] for batch in seen]) for part in (0, 1))  # (parts, C)
        mean = np.average(means, 0, shares)
        variance = np.average(variances + (means - mean) ** 2, 0, shares)
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(variance)


def _norms(model: Any) -> list[Any]:
    """Every batch norm, in order, in nested models too."""
    import keras

    found = model._flatten_layers(include_self=False, recursive=True)
    return [layer for layer in found if isinstance(layer, keras.layers.BatchNormalization)]


def _probe(model: Any) -> Any:
    """The same network, in which a batch norm keeps the statistics of one batch, and nothing is left to chance."""
    import keras

    chance = (
        keras.layers.Dropout,
        keras.layers.SpatialDropout2D,
        keras.layers.GaussianDropout,
        keras.layers.GaussianNoise,
        keras.layers.AlphaDropout,
    )

    def copy(layer: Any) -> Any:
        if isinstance(layer, chance):
            return keras.layers.Identity(name=layer.name)
        settings = layer.get_config()
        if isinstance(layer, keras.layers.BatchNormalization):
            settings["momentum"] = 0.0
        return type(layer).from_config(settings)

    probe = keras.models.clone_model(model, clone_function=copy, recursive=True)
    by_order = [weight for weight in model.weights if "seed_generator" not in weight.path]
    for own, weight in zip(probe.weights, by_order, strict=True):
        own.assign(weight)
    return probe
