"""A `.onnx` or `.tflite` file as a classifier, fed as its spec says."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np

from models.backend import Backend, Opening, limits_of, open_form
from models.cache import default_cache
from models.evaluation.classifier import Classifier
from models.experiments.run import SPEC
from models.resolve import load_spec, resolve
from models.shelf import ensure, file_of
from models.spec import FILE_NAMES, ClassScores, Form, ModelSpec
from pipeline.errors import ModelError
from vision.probabilities import as_float, softmax

THREADS = 2


def open_spec(what: str, form: str) -> Classifier:
    """The classifier of a spec, of a file with a spec beside it, or of a name of the shelf.

    Raises:
        ModelError: no such model or form, no classifier, or labels that do not fit.
    """
    if form != "auto" and form not in get_args(Form):
        raise ModelError(f"no form '{form}'; there are keras, {', '.join(get_args(Form))}")
    spec = _spec_of(Path(what))
    if spec.task != "classify" or not isinstance(spec.output, ClassScores):
        raise ModelError(f"model '{spec.name}' is for {spec.task}, not a classifier; name one that is")
    cache = default_cache()
    chosen = _form_of(spec, Path(what), form, cache)
    backend = open_form(spec, chosen, cache, Opening(spec.name, THREADS, limits=limits_of(spec.input)))
    labels, count = spec.labels, backend.outputs[0].shape[1]
    if count == len(labels) + 1:
        labels = ("background", *labels)
    if count is not None and count != len(labels):
        raise ModelError(f"model '{spec.name}' has {count} classes and {len(labels)} labels; mend 'labels' in its spec")
    return Classifier(
        labels,
        spec.input.size,
        3,
        chosen,
        _runner(spec, backend, spec.output.kind == "logit"),
        spec.input.prepare,
        backend.close,
        backend.runtime,
    )


def _spec_of(path: Path) -> ModelSpec:
    """As `resolve` finds it; all files of one export share the spec `model.yaml`."""
    shared = path.with_name(SPEC)
    if path.name in FILE_NAMES.values() and path.is_file() and shared.is_file():
        return load_spec(shared)
    return resolve(str(path), "classify")


def _form_of(spec: ModelSpec, path: Path, form: str, cache: Path) -> Form:
    """Which form is meant: the one named, that of the file named, or the first there is."""
    there = ensure(spec, cache)
    if form == "auto":
        named = [one for one in there if file_of(spec, one, cache).resolve() == path.resolve()]
        return (named or list(there))[0]
    found = next((one for one in there if one == form), None)
    if found is None:
        raise ModelError(f"model '{spec.name}' has no form {form} here, only {', '.join(there)}; name one of these")
    return found


def _runner(spec: ModelSpec, backend: Backend, logits: bool) -> Callable[[np.ndarray], np.ndarray]:
    """A function from RGB pixels to probabilities: all at once where the file leaves the batch open."""
    batch = backend.input.shape[0]
    scale, mean = np.array(spec.input.scale, np.float32), np.array(spec.input.mean, np.float32)

    def run(images: np.ndarray) -> np.ndarray:
        fed = images[..., ::-1] if spec.input.colour == "bgr" else images
        if spec.input.dtype == "float32":
            fed = (fed.astype(np.float32) - mean) * scale
        if spec.input.layout == "nchw":
            fed = fed.transpose(0, 3, 1, 2)
        fed = np.ascontiguousarray(fed)
        if batch is None:
            found = backend.run(fed)[0]
        else:
            found = np.concatenate(
                [_in_batch(backend, fed[at : at + batch], batch) for at in range(0, len(fed), batch)]
            )
        found = found.reshape(len(images), -1)
        return softmax(found.astype(np.float64)) if logits else as_float(found)

    return run


def _in_batch(backend: Backend, rows: np.ndarray, batch: int) -> np.ndarray:
    """Run fewer pictures than a file's batch by repeating the last."""
    lacking = batch - len(rows)
    full = np.concatenate([rows, np.repeat(rows[-1:], lacking, axis=0)]) if lacking else rows
    return backend.run(full)[0][: len(rows)]
