"""Which models a config uses."""

from pathlib import Path

from commands.settings import load_settings
from models.resolve import NamesModel, resolve
from models.spec import ModelSpec
from pipeline.config import Settings


def models_of(config: Path) -> dict[str, ModelSpec]:
    """The model of each setting that names one, by `stage.setting`, in the order of the stages.

    Raises:
        ConfigError: the config has a mistake.
        ModelError: it names a model that there is not.
    """
    return models_in(load_settings(config))


def models_in(settings: Settings) -> dict[str, ModelSpec]:
    """The same, of settings that are read already; an empty name stands for no model."""
    return {
        f"{stage.name}.{name}": resolve(getattr(stage.config, name))
        for stage in settings.stages
        for name, field in type(stage.config).model_fields.items()
        if any(isinstance(mark, NamesModel) for mark in field.metadata) and getattr(stage.config, name)
    }
