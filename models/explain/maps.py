"""Heat maps of why: where in a picture the evidence for a class lies, by one of several methods."""

from collections.abc import Callable
from logging import getLogger
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from models.data.pictures import fitted
from models.evaluation.classifier import Classifier, open_classifier
from models.experiments.run import MODEL
from models.explain.class_maps import cam, grad_cam, grad_cam_plus_plus, positive
from models.explain.integrated import ENOUGH, Contributions, integrate
from models.explain.network import Network, open_network
from models.explain.occlusion import occlusion
from models.explain.scale import scaled, spread
from pipeline.errors import ConfigError

logger = getLogger(__name__)

Method = Literal["cam", "grad-cam", "grad-cam++", "occlusion", "integrated-gradients"]
METHODS: tuple[Method, ...] = get_args(Method)
Look = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From pictures `(N, h, w, C) uint8` of the model's size and classes `(N,)` to maps of 0 and above, of any size."""
FAINT = 0.02
"""Probability: an occlusion map that nowhere costs so much is shown as faint as it is."""
SHOWN = 0.995
"""Share of pixels that integrated gradients are scaled by: single ones are far brighter than all others."""
PIXELS_TOGETHER = 1_000_000
"""Of a batch that gradients are taken of."""


def explain(
    model_path: Path,
    images: np.ndarray,
    method: str = "grad-cam",
    classes: np.ndarray | None = None,
    layer: str | None = None,
) -> np.ndarray:
    """Heat maps of pictures: bright where what speaks for the class is.

    Args:
        model_path: A run folder or a `.keras` file; for occlusion any form of a model.
        images: `(N, H, W, C) uint8`, RGB or grey, of any size.
        method: One of `METHODS`.
        classes: `(N,)` int, what is asked for in each picture; None is what the network says it is.
        layer: For Grad-CAM and Grad-CAM++; None is the last with a map.

    Returns:
        `(N, H, W) float32` in [0, 1], the size of the pictures. Each is scaled by itself.

    Raises:
        ConfigError: no such method, class or layer, or a network the method is not made for.
        ModelError: the model cannot be opened.
    """
    looked_at = open_to_explain(model_path, method)
    try:
        return heat(looked_at, images, method, classes, layer)
    finally:
        if isinstance(looked_at, Classifier):
            looked_at.close()


def open_to_explain(model_path: Path, method: str | None = None) -> Network | Classifier:
    """A model as a method needs it: a Keras network that can be looked into, or for occlusion any classifier.

    Without a method it is a Keras network where there is one.

    Raises:
        ConfigError: no such method, or one that needs a Keras network where there is none.
        ModelError: the model cannot be opened.
    """
    if method not in (None, *METHODS):
        raise ConfigError(f"method: there is no '{method}'; there are {', '.join(METHODS)}")
    path = model_path / MODEL if (model_path / MODEL).is_file() else model_path
    if path.suffix == ".keras":
        return open_network(path)
    if method in (None, "occlusion"):
        return open_classifier(path)
    raise ConfigError(
        f"method: {method} looks into a Keras network, which {path} is not; name a run, or take occlusion"
    )


def heat(
    looked_at: Network | Classifier,
    images: np.ndarray,
    method: str = "grad-cam",
    classes: np.ndarray | None = None,
    layer: str | None = None,
) -> np.ndarray:
    """`explain` for a model that `open_to_explain` opened."""
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
        raise ValueError(f"images: expected (N, H, W, 1 or 3) uint8, received {images.shape} {images.dtype}")
    look = _method(looked_at, method, layer)
    size = images.shape[2], images.shape[1]
    count = max(1, PIXELS_TOGETHER // (looked_at.size[0] * looked_at.size[1]))
    maps = np.zeros(images.shape[:3], np.float32)
    for part in (slice(begin, begin + count) for begin in range(0, len(images), count)):
        batch = np.stack([fitted(image, looked_at.size, looked_at.channels) for image in np.asarray(images[part])])
        wanted = looked_at(batch).argmax(1) if classes is None else classes[part]
        maps[part] = spread(look(batch, _checked(wanted, len(batch), looked_at)), size)
    return scaled(maps, FAINT if method == "occlusion" else 0.0)


def _checked(classes: np.ndarray, count: int, looked_at: Network | Classifier) -> np.ndarray:
    """The classes, where there is one for each picture and the model has them.

    Raises:
        ConfigError: it is not so.
    """
    last = len(looked_at.labels) - 1
    wrong = classes[(classes < 0) | (classes > last)]
    if len(wrong):
        raise ConfigError(f"classes: the model has classes 0 to {last}, not {wrong[0]}")
    if len(classes) != count:
        raise ValueError(f"classes: expected one for each of {count} pictures, received {len(classes)}")
    return classes


def _method(looked_at: Network | Classifier, method: str, layer: str | None) -> Look:
    if method == "occlusion":
        return lambda batch, classes: occlusion(looked_at, batch, classes)
    if not isinstance(looked_at, Network):
        raise TypeError(f"{method}: expected a Network, received a Classifier")
    network = looked_at
    if method == "cam":
        return lambda batch, classes: cam(network, batch, classes)
    if method == "integrated-gradients":
        return lambda batch, classes: _integrated(network, batch, classes)
    name = network.layer(layer).name
    one = grad_cam if method == "grad-cam" else grad_cam_plus_plus
    return lambda batch, classes: one(network, batch, classes, name)


def shown_contributions(found: Contributions) -> np.ndarray:
    """What of integrated gradients speaks for the class, `(N, H, W) float32` in [0, 1]: channels added, cut at 0."""
    return scaled(positive(found.values.sum(3)), share=SHOWN)


def _integrated(network: Network, batch: np.ndarray, classes: np.ndarray) -> np.ndarray:
    found = integrate(network, batch, classes)
    if (found.missed > ENOUGH).any():
        logger.warning(
            "integrated gradients miss %.0f %% of the score after %d steps: take the map for a rough one",
            100 * found.missed.max(),
            found.steps.max(),
        )
    return shown_contributions(found)
