"""Settings that may change while a stage runs."""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.stage import StageConfig
from pipeline.station import Station


@dataclass(frozen=True)
class Changeable:
    """Marks a setting that a stage reads from `self.config` at each call: `min_score: Annotated[float, Changeable()]`.

    A stage with such settings keeps its config as `self.config`, and nothing made from them.
    """


def changeable(config: type[StageConfig]) -> tuple[str, ...]:
    """The settings of a stage that are marked so, in their order."""
    return tuple(
        name
        for name, field in config.model_fields.items()
        if any(isinstance(mark, Changeable) for mark in field.metadata)
    )


def change(station: Station, setting: str, value: Any) -> None:
    """Give a setting another value; the stage sees it with the next frame.

    Raises:
        ConfigError: the stage has no such setting that may change, or the value does not fit.
    """
    before = station.plan.config
    names = changeable(type(before))
    if setting not in names:
        may = f"what may change is {', '.join(names)}" if names else "nothing of it may"
        raise ConfigError(f"stages.{station.name}: '{setting}' cannot change while it runs; {may}")
    try:
        config = type(before).model_validate({**before.model_dump(), setting: value})
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"stages.{station.name}.{setting}: {why}; it stays {getattr(before, setting)!r}") from error
    station.plan = replace(station.plan, config=config)
    for worker in station.plan.workers:
        worker.config = config  # type: ignore[attr-defined]
