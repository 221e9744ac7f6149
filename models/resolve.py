"""What the setting `model` means: a name of the shelf, a run, or a user's own file."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from models.backend import Opening, Tensor, open_file
from models.cache import sha256_of
from models.labels import read_labels
from models.shelf import find, shelf
from models.spec import (
    ClassMap,
    ClassScores,
    InputSpec,
    Keypoints,
    ModelFile,
    ModelSpec,
    Output,
    Task,
    TfliteDetection,
)
from pipeline.errors import ModelError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NamesModel:
    """Marks a setting that names a model: `model: Annotated[str, NamesModel()] = "person-ssdlite"`.

    So licences can be listed and a bundle be packed for a config without asking each stage.
    """


COUNT_BACKGROUND = ("classify", "segment")
"""Tasks whose networks give the background a number of its own."""
_SPECS, _WEIGHTS = {".yaml", ".yml"}, {".onnx", ".tflite"}
SPEC, STATE, EXPORT, MODEL = "model.yaml", "run.json", "export.json", "model.keras"
"""Names in the folder of a run, as `models.experiments.run` has them: nothing that runs video imports the workshop."""


def resolve(model: str, task: Task = "detect") -> ModelSpec:
    """The spec of a model: `person-ssdlite`, `runs/first`, `spec.yaml`, or `path/x.tflite` with `x.yaml` beside it.

    A `.tflite` file with nothing beside it is looked into: one that takes uint8 pictures and gives what is usual for
    `task` leaves nothing to ask but its labels.

    Raises:
        ModelError: no such model, no such file, a spec with a mistake in it, or weights that need a spec.
    """
    path = Path(model)
    if path.suffix in _SPECS:
        return load_spec(path)
    if path.suffix == ".keras":
        raise ModelError(_keras_is_not_run(path))
    if path.suffix not in _WEIGHTS:
        return _of_folder(path) if model not in shelf() and _is_place(model) else find(model)
    if not path.is_file():
        raise ModelError(f"no model file {path}; set model to a file that is there, or to a name of the shelf")
    beside = path.with_suffix(".yaml")
    if beside.is_file():
        return load_spec(beside)
    if (path.parent / STATE).is_file():
        raise ModelError(f"{path} is one form of {path.parent}: set model to {path.parent}, and precision to its bits")
    if path.suffix == ".tflite":
        return infer_spec(path, task)
    raise ModelError(f"{path} needs a spec: write {beside} with its input, output and labels")


def _is_place(model: str) -> bool:
    return Path(model).is_dir() or "/" in model or "\\" in model


def _of_folder(path: Path) -> ModelSpec:
    """The spec that the export of a run left in it."""
    if (path / SPEC).is_file():
        spec = load_spec(path / SPEC)
        if spec.run is not None:
            _warn_if_older(path)
        return spec
    if not path.is_dir():
        raise ModelError(f"there is no {path}; name a model of the shelf, a file, or a run: python -m models runs list")
    if (path / STATE).is_file():
        raise ModelError(f"{path} is not exported yet; run: python -m models export {path}")
    raise ModelError(f"{path} is no run and has no {SPEC}; name a run, a model of the shelf, or a file")


def _warn_if_older(run: Path) -> None:
    """Tell where the network was trained on or calibrated after it was exported."""
    try:
        wants = json.loads((run / EXPORT).read_text(encoding="utf-8"))["model"]["sha256"]
        fits = sha256_of(run / MODEL) == wants
    except (OSError, ValueError, KeyError, TypeError):
        return  # only what runs was copied here
    if not fits:
        logger.warning("%s/%s changed after it was exported; run: python -m models export %s", run, MODEL, run)


def _keras_is_not_run(path: Path) -> str:
    if (path.parent / STATE).is_file():
        return f"{path} is for training; name its run: python -m models export {path.parent}, then model: {path.parent}"
    return f"{path} is for training; make what runs: python -m models convert {path} --into FOLDER --frames PICTURES"


def load_spec(path: Path) -> ModelSpec:
    """A user's spec; its files and its `labels`, if that names a text file, are relative to it.

    Raises:
        ModelError: it cannot be read, or a field is missing or wrong; the message has the field.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        why = " ".join(str(error).split())[:160]
        raise ModelError(f"cannot read {path}: {why}; mend it or name another") from error
    if not isinstance(raw, dict):
        raise ModelError(f"{path} is no model spec: expected fields such as files, input, output and labels")
    if isinstance(raw.get("labels"), str):
        raw["labels"] = read_labels(path.parent / raw["labels"], keep_background=raw.get("task") in COUNT_BACKGROUND)
    try:
        spec = ModelSpec.model_validate({"name": path.stem, **raw})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{path}: {field}: {first['msg'].removeprefix('Value error, ')}; mend it there") from error
    folder = path.parent.resolve()
    files = {form: one.model_copy(update={"file": folder / one.file}) for form, one in spec.files.items()}
    run = None if spec.run is None else path.parent / spec.run
    return spec.model_copy(update={"files": files, "run": run})


def infer_spec(path: Path, task: Task = "detect") -> ModelSpec:
    """The spec of a bare `.tflite` file, as far as that tells.

    One that takes uint8 pictures says by its outputs what it is: a detector with the four outputs of
    TFLite_Detection_PostProcess, a classifier `(1, C)` in uint8, a class map `(1, H, W)`, or keypoints `(1, 1, K, 3)`.

    Raises:
        ModelError: it is none of these, or not for `task`.
    """
    backend = open_file(path, Opening(path.stem))
    shape, outputs = backend.input.shape, backend.outputs
    backend.close()
    plain = len(shape) == 4 and shape[0] == 1 and shape[3] == 3 and backend.input.dtype == "uint8"
    read_as = _outputs_of(outputs)
    if not plain or read_as is None or read_as[0] != task:
        raise ModelError(
            f"{path} takes {shape} {backend.input.dtype} and gives {[output.shape for output in outputs]}:"
            f" that needs a spec; write {path.with_suffix('.yaml')} with its input, output and labels"
        )
    return ModelSpec(
        name=path.stem,
        task=task,
        files={"tflite": ModelFile(file=path.resolve())},
        input=InputSpec(size=(shape[2] or 1, shape[1] or 1), colour="rgb", dtype="uint8", mean=0, scale=1),
        output=read_as[1],
    )


def _outputs_of(outputs: tuple[Tensor, ...]) -> tuple[Task, Output] | None:
    """What a file gives, by the shapes of its outputs; None where they do not tell."""
    shapes = [output.shape for output in outputs]
    if [len(shape) for shape in shapes] == [3, 2, 2, 1]:
        return "detect", TfliteDetection(form="tflite-detection")
    if len(shapes) != 1:
        return None
    if len(shapes[0]) == 2 and outputs[0].dtype == "uint8":
        return "classify", ClassScores(form="class-scores", kind="probability")
    if len(shapes[0]) == 3 and outputs[0].dtype.kind in "iu":
        return "segment", ClassMap(form="class-map")
    if len(shapes[0]) == 4 and shapes[0][1] == 1 and shapes[0][3] == 3:
        return "pose", Keypoints(form="keypoints", count=shapes[0][2] or 1)
    return None
