"""Other people's stages: found by an entry point, by a module that is installed, or by one beside the config file."""

import importlib
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from pipeline.errors import ConfigError
from pipeline.stage import StageConfig

GROUP = "sluice.stages"
"""Entry point group in which a package names its stages: `blink = "my_package.blink:Blink"`."""


def with_plugins(catalogue: Mapping[str, str]) -> dict[str, str]:
    """The catalogue and the stages of installed packages; a name of the catalogue's own keeps its meaning."""
    return {entry.name: entry.value for entry in entry_points(group=GROUP)} | dict(catalogue)


def module_of(use: str, name: str, beside: Path | None) -> ModuleType:
    """Import a module, which may be a file beside the config.

    Raises:
        ConfigError: there is none, or it raised while it was imported.
    """
    if beside is not None and str(beside) not in sys.path:
        sys.path.append(str(beside))  # at the end: nothing that is installed is hidden by it
        importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(f"stage '{use}' cannot be imported: {error}") from error
    except Exception as error:  # a stage begins here: whatever it raises is told in a line
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise ConfigError(f"stage '{use}' cannot be imported: {told}") from error


def check_stage(use: str, kind: object) -> None:
    """Refuse what is no stage.

    Raises:
        ConfigError: naming what it lacks.
    """
    see = "docs/write-a-stage.md has a whole one"
    lacks = [part for part in ("Config", "gives", "in_order", "process") if not hasattr(kind, part)]
    if lacks:
        raise ConfigError(f"stage '{use}' lacks {', '.join(lacks)}; {see}")
    config, gives = getattr(kind, "Config", None), getattr(kind, "gives", None)
    if not isinstance(kind, type):
        raise ConfigError(f"stage '{use}': expected a class, received {type(kind).__name__}; {see}")
    if not (isinstance(config, type) and issubclass(config, StageConfig)):
        raise ConfigError(f"stage '{use}': Config: expected a subclass of StageConfig, received {config!r}; {see}")
    if not isinstance(gives, type):
        raise ConfigError(f"stage '{use}': gives: expected a type, received {gives!r}; {see}")
    if not callable(getattr(kind, "process", None)):
        raise ConfigError(f"stage '{use}': process: expected a method; {see}")
