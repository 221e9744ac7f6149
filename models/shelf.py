"""The shelf: models known by name, and where their files lie."""

from difflib import get_close_matches
from functools import cache as once
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from models.spec import Form, ModelSpec
from pipeline.errors import ModelError

SHELF = Path(__file__).with_name("shelf.yaml")


@once
def shelf() -> dict[str, ModelSpec]:
    """Every model of `shelf.yaml`, by name."""
    entries: dict[str, dict[str, object]] = yaml.safe_load(SHELF.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, ModelSpec]).validate_python(
        {name: {"name": name, **entry} for name, entry in entries.items()}
    )


def find(name: str) -> ModelSpec:
    """The model of that name.

    Raises:
        ModelError: the shelf has none; the message has the nearest name.
    """
    models = shelf()
    if name not in models:
        near = get_close_matches(name, models, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(sorted(models))}"
        raise ModelError(f"no model '{name}' on the shelf; {hint}")
    return models[name]


def folder(spec: ModelSpec, cache: Path) -> Path:
    """Where the files of a model of the shelf lie once it is pulled."""
    return cache / "models" / spec.name


def file_of(spec: ModelSpec, form: Form, cache: Path) -> Path:
    """Where one form lies, there or not; a user's own model has absolute paths, which win over the cache."""
    return folder(spec, cache) / spec.files[form].file


def cached_forms(spec: ModelSpec, cache: Path) -> tuple[Form, ...]:
    """The forms whose files are there."""
    return tuple(form for form in spec.files if file_of(spec, form, cache).is_file())


def ensure(spec: ModelSpec, cache: Path) -> tuple[Form, ...]:
    """The forms at hand.

    Raises:
        ModelError: none is; the message has the command that gets one.
    """
    forms = cached_forms(spec, cache)
    if not forms:
        if spec.source is None:
            raise ModelError(
                f"model '{spec.name}': no file at {' or '.join(str(f.file) for f in spec.files.values())};"
                " mend 'files' in its spec"
            )
        raise ModelError(
            f"model '{spec.name}' is not in {folder(spec, cache)}; get it with: python -m models pull {spec.name}"
        )
    return forms
