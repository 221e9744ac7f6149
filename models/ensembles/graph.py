"""Several networks and what combines them as one, of Keras's own layers: it is saved, exported and run as any."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.ensembles.rule import LEAST, Rule
from models.training.network import LOGITS, PROBABILITY, TEMPERATURE


def join(networks: Sequence[Any], rule: Rule, mirrored: Sequence[bool] = ()) -> Any:
    """One `keras.Model` that gives what `rule` makes of the members' probabilities.

    Its last layers are `logits`, `temperature` and `probability`, as those of every network; each member is a layer,
    `member0` and so on, a network that is there twice one layer that is called twice.

    Args:
        networks: From `(N, H, W, C) float32` to `(N, K)` probabilities, all of one shape.
        rule: How they are combined.
        mirrored: Which are asked about mirror images; none by default.

    Raises:
        ValueError: the rule is for another number of members or classes.
    """
    import keras
    from keras import layers, ops

    shape, classes = networks[0].input_shape[1:], int(networks[0].output_shape[-1])
    _check(networks, rule, classes)
    pixels = keras.Input(shape, name="pixels", dtype="float32")
    each: dict[int, Any] = {}
    told = []
    for network, other_way in zip(networks, mirrored or (False,) * len(networks), strict=True):
        if id(network) not in each:
            each[id(network)] = keras.Model(network.input, network.output, name=f"member{len(each)}")
        told.append(each[id(network)](ops.flip(pixels, axis=2) if other_way else pixels, training=False))
    logits = _logits(told, rule, classes)
    warm = layers.Rescaling(1 / rule.temperature, name=TEMPERATURE, dtype="float32")(logits)
    return keras.Model(pixels, layers.Softmax(name=PROBABILITY, dtype="float32")(warm), name="ensemble")


def _logits(told: list[Any], rule: Rule, classes: int) -> Any:
    from keras import layers, ops

    if rule.kind == "stacking":
        dense = layers.Dense(classes, name=LOGITS, dtype="float32")
        logits = dense(layers.Concatenate(name="answers")(told) if len(told) > 1 else told[0])
        dense.set_weights([np.array(rule.coefficients, np.float32).T, np.array(rule.intercepts, np.float32)])
        return logits
    weights = np.array(rule.weights)
    if rule.kind == "votes":
        # Keras's argmax looks at bits, which ONNX cannot.
        best = [ops.equal(one, ops.max(one, axis=-1, keepdims=True)) for one in told]
        votes = [ops.cast(one, "float32") for one in best]
        return layers.Rescaling(1.0, name=LOGITS)(_weighted(votes, weights))
    mean = _weighted(told, weights / weights.sum())
    return layers.Rescaling(1.0, name=LOGITS)(ops.log(ops.maximum(mean, LEAST)))


def _weighted(tensors: list[Any], weights: np.ndarray) -> Any:
    from keras import layers

    scaled = [
        layers.Rescaling(float(weight), name=f"weight{row}")(tensor)
        for row, (tensor, weight) in enumerate(zip(tensors, weights, strict=True))
    ]
    return layers.Add(name="sum")(scaled) if len(scaled) > 1 else scaled[0]


def _check(networks: Sequence[Any], rule: Rule, classes: int) -> None:
    members = len(networks)
    takes = {(network.input_shape[1:], network.output_shape[1:]) for network in networks}
    if len(takes) > 1:
        raise ValueError(f"members take and give different shapes: {sorted(map(str, takes))}")
    if rule.kind != "stacking":
        fits = len(rule.weights) == members
    else:
        fits = np.shape(rule.coefficients) == (classes, members * classes)
    if not fits:
        raise ValueError(f"the rule is for another ensemble than {members} members of {classes} classes")
