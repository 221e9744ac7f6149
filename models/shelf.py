"""The shelf: models known by name, and where their files lie."""

from difflib import get_close_matches
from functools import cache as once
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from models.spec import FILE_NAMES, Form, ModelSpec
from pipeline.errors import ModelError

SHELF = Path(__file__).with_name("shelf.yaml")
LABEL_SETS = Path(__file__).with_name("label_sets")
QUANTISED: tuple[Form, ...] = ("onnx-int8", "tflite-int8", "tflite-fp16")
"""Forms that are there only once somebody made them with `python -m models quantize`."""


@once
def shelf() -> dict[str, ModelSpec]:
    """Every model of `shelf.yaml`, by name."""
    return read_shelf(SHELF)


def read_shelf(path: Path) -> dict[str, ModelSpec]:
    """Every model of a shelf file, by name.

    Raises:
        ModelError: it cannot be read, or an entry has a mistake; the message has the entry and the field.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModelError(f"cannot read the shelf {path}: {' '.join(str(error).split())[:160]}") from error
    named = {name: {"name": name, **_with_labels(entry)} for name, entry in entries.items()}
    try:
        return TypeAdapter(dict[str, ModelSpec]).validate_python(named)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{path}: {field}: {first['msg'].removeprefix('Value error, ')}; mend it there") from error


def _with_labels(entry: dict[str, Any]) -> dict[str, Any]:
    """Labels by the name of a set become the names in it, a line each, as they stand."""
    labels = entry.get("labels")
    if not isinstance(labels, str):
        return entry
    return {**entry, "labels": (LABEL_SETS / f"{labels}.txt").read_text(encoding="utf-8").splitlines()}


def find(name: str) -> ModelSpec:
    """The model of that name.

    Raises:
        ModelError: the shelf has none; the message has the nearest name.
    """
    models = shelf()
    if name not in models:
        near = get_close_matches(name, models, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else "`python -m models list` shows what there is"
        raise ModelError(f"no model '{name}' on the shelf; {hint}")
    return models[name]


def folder(spec: ModelSpec, cache: Path) -> Path:
    """Where the files of a model of the shelf lie once it is pulled."""
    return cache / "models" / spec.name


def file_of(spec: ModelSpec, form: Form, cache: Path) -> Path:
    """Where one form lies, there or not; a user's own model has absolute paths, which win over the cache."""
    if form not in spec.files:
        return (spec.run or folder(spec, cache)) / FILE_NAMES[form]
    return folder(spec, cache) / spec.files[form].file


def cached_forms(spec: ModelSpec, cache: Path) -> tuple[Form, ...]:
    """The forms whose files are there, the float ones first."""
    known = (*spec.files, *(form for form in QUANTISED if form not in spec.files and spec.run is None))
    return tuple(form for form in known if file_of(spec, form, cache).is_file())


def ensure(spec: ModelSpec, cache: Path) -> tuple[Form, ...]:
    """The forms at hand.

    Raises:
        ModelError: none is; the message has the command that gets one.
    """
    forms = cached_forms(spec, cache)
    if not forms:
        if spec.run is not None:
            raise ModelError(
                f"model '{spec.name}': its files are gone from {spec.run}; run: python -m models export {spec.run}"
            )
        if spec.original is None:
            raise ModelError(
                f"model '{spec.name}': no file at {' or '.join(str(f.file) for f in spec.files.values())};"
                " mend 'files' in its spec"
            )
        raise ModelError(
            f"model '{spec.name}' is not in {folder(spec, cache)}; get it with: python -m models pull {spec.name}"
        )
    return forms


def command_for(spec: ModelSpec, form: Form) -> str:
    """The command that makes a form of a model."""
    if spec.run is not None:
        return f"python -m models export {spec.run} --form {form}"
    to = "" if form == "onnx-int8" else f" --to {form}"
    return f"python -m models quantize {spec.name}{to} --frames VIDEO"
