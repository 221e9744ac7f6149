"""A `.keras` file as a classifier."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluation.classifier import Classifier
from models.experiments.run import STATE, Run
from models.keras_export import input_of
from models.workshop import require
from pipeline.errors import ModelError
from vision.probabilities import softmax


def open_keras(path: Path) -> Classifier:
    """The network of a `.keras` file, labelled by the run that it lies in; by numbers where it lies in none.

    Raises:
        ModelError: it cannot be read, is of another version, or is no classifier of pictures.
    """
    network = load_keras(path)
    from importlib.metadata import version

    height, width, channels = network.input_shape[1:]
    classes = int(network.output_shape[-1])
    names, prepare = _of_the_run(path, classes)
    labels = names or tuple(str(number) for number in range(classes))
    runtime = f"keras {version('keras')} on tensorflow {version('tensorflow')}"
    size = width, height
    run = _runner(network)
    return Classifier(labels, size, channels, "keras", run, prepare, runtime=runtime, named=bool(names))


def load_keras(path: Path) -> Any:
    """The `keras.Model` of a file; it takes `(N, H, W, 1 or 3)` and gives `(N, K)`.

    Raises:
        ModelError: as `open_keras`.
    """
    if not path.is_file():
        raise ModelError(f"no model file {path}; name one that is there, or the folder of a run")
    input_of(path)
    require(("tensorflow", "keras"), f"opening {path.name}")
    import keras

    try:
        network = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError, RuntimeError) as error:
        why = " ".join(str(error).split())[:160]
        raise ModelError(f"cannot load {path}: {_version_of(path)}{why}; train or save it again") from error
    except zipfile.BadZipFile as error:
        raise ModelError(f"cannot load {path}: it is damaged; take another copy") from error
    takes, gives = network.input_shape, network.output_shape
    if not (isinstance(gives, tuple) and len(gives) == 2 and len(takes) == 4 and takes[3] in (1, 3)):
        raise ModelError(f"{path} takes {takes} and gives {gives}: no classifier of grey or RGB pictures")
    return network


def _runner(network: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A function from pixels to probabilities, whether or not the network ends in a softmax."""
    logits = _ends_in_logits(network)

    def run(images: np.ndarray) -> np.ndarray:
        found = np.asarray(network.predict_on_batch(images.astype(np.float32)), np.float64)
        return softmax(found) if logits else found

    return run


def _ends_in_logits(network: Any) -> bool:
    last = network.layers[-1]
    while getattr(last, "layers", None):
        last = last.layers[-1]
    if type(last).__name__ == "Softmax":
        return False
    activation = getattr(last, "activation", None)
    return getattr(activation, "__name__", "linear") == "linear"


def _of_the_run(path: Path, classes: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels, none where nobody knows them, and the steps before the network.

    Raises:
        ModelError: the run's file is damaged, or has labels for another number of classes.
    """
    run = Run(path.parent)
    if not run.path(STATE).is_file():
        return (), ()
    state = run.state()
    labels = tuple(str(label) for label in state.get("labels") or ())
    if labels and len(labels) != classes:
        raise ModelError(f"{path} has {classes} classes, {run.path(STATE)} {len(labels)} labels; mend 'labels' there")
    return labels, tuple(state.get("prepare") or ())


def _version_of(path: Path) -> str:
    """'it was saved by Keras 3.x, here is 3.y: ' where the two differ."""
    import keras

    try:
        with zipfile.ZipFile(path) as archive:
            saved = json.loads(archive.read("metadata.json")).get("keras_version")
    except (OSError, KeyError, ValueError, AttributeError, zipfile.BadZipFile):
        return ""
    return f"it was saved by Keras {saved}, here is {keras.__version__}: " if saved != keras.__version__ else ""
