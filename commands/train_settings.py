"""From what a person names for a training, a config file and assignments, to checked settings."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from commands.console import open_console
from models.training.config import TrainConfig
from pipeline.config_file import Document, read_document, with_overrides
from pipeline.errors import ConfigError


def train_settings(config: Path | None, assignments: tuple[str, ...]) -> TrainConfig:
    """The settings of a training.

    Args:
        config: A YAML file; None: the defaults.
        assignments: `a.b=value`, put in last.

    Raises:
        ConfigError: a mistake in them; the message has the file, the line and the setting.
    """
    document = Document("the defaults", {}) if config is None else read_document(config)
    document = with_overrides(document, assignments)
    try:
        return TrainConfig.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        keys = tuple(str(part) for part in first["loc"])
        told = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            told = "there is no such setting; `python -m models train --settings` lists them"
        where = f"{document.place(keys)}: " if config is not None else ""
        raise ConfigError(f"{where}{'.'.join(keys) or 'settings'}: {told}") from error


def describe_settings() -> None:
    """Print every setting of a training with its default and what it does."""
    console = open_console()
    for line in _lines(TrainConfig, ""):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _lines(model: type[BaseModel], above: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        default = field.default
        if isinstance(default, BaseModel):
            yield from _lines(type(default), f"{above}{name}.")
            continue
        shown = "" if default is None else json.dumps(to_jsonable_python(default))
        yield f"{above}{name} = {shown}".ljust(44) + (f"  # {field.description}" if field.description else "")
