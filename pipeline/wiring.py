"""Checks, before the first frame, that each stage finds what it reads; and names the stage where a config says auto."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.config import StageSettings
from pipeline.errors import ConfigError
from pipeline.stage import Reads, StageConfig
from pipeline.types import Frame


def wire(stages: Sequence[StageSettings]) -> tuple[StageSettings, ...]:
    """The same stages, with every setting that reads another stage naming one that stands earlier and gives the kind.

    Raises:
        ConfigError: a stage reads one that is not there, stands later, or gives something else; or a stage that moves
            pixels stands after one that found something in them.
    """
    wired: list[StageSettings] = []
    for stage in stages:
        places = {}
        for setting, reads in _readings(type(stage.config)):
            places[setting] = _read_stage(stage.name, setting, getattr(stage.config, setting), reads, wired)
        if stage.config.when:
            _check_gate(stage.name, stage.config.when, wired)
        if stage.kind.gives is Frame and (stage.config.aside or stage.config.every == "auto"):
            raise ConfigError(
                f"stages.{stage.name}: it makes the picture that others wait for, so it cannot stand aside;"
                " leave out aside and every: auto"
            )
        if getattr(stage.kind, "moves_pixels", False):
            if stage.config.on_error == "disable":
                raise ConfigError(
                    f"stages.{stage.name}: on_error: it makes frames of another size, so the run cannot go on without"
                    " it; set stop or skip"
                )
            _check_nothing_found_yet(stage.name, wired)
        wired.append(replace(stage, config=stage.config.model_copy(update=places)) if places else stage)
    return tuple(wired)


def _readings(config: type[StageConfig]) -> Iterator[tuple[str, Reads]]:
    for setting, info in config.model_fields.items():
        for mark in info.metadata:
            if isinstance(mark, Reads):
                yield setting, mark


def _read_stage(name: str, setting: str, given: str, reads: Reads, earlier: Sequence[StageSettings]) -> str:
    fitting = [stage.name for stage in earlier if issubclass(stage.kind.gives, reads.kinds)]
    if given in fitting:
        return given
    wanted = " or ".join(kind.__name__ for kind in reads.kinds)
    if given == "auto" and fitting:
        return fitting[-1]
    if reads.optional and given in ("auto", ""):
        return ""
    mend = f"set it to '{fitting[-1]}'" if fitting else f"put one that does before '{name}'"
    if given == "auto":
        raise ConfigError(f"stages.{name}: {setting}: no earlier stage gives {wanted}; {mend}")
    raise ConfigError(f"stages.{name}: {setting}: '{given}' is not an earlier stage that gives {wanted}; {mend}")


def _is_gate(gives: type) -> bool:
    """Whether results of this type have `active`: as a property, a slot, or a field of a dataclass."""
    return hasattr(gives, "active") or "active" in getattr(gives, "__dataclass_fields__", {})


def _check_gate(name: str, given: str, earlier: Sequence[StageSettings]) -> None:
    fitting = [stage.name for stage in earlier if _is_gate(stage.kind.gives)]
    if given not in fitting:
        mend = f"set it to '{fitting[-1]}'" if fitting else f"put a stage like motion before '{name}'"
        raise ConfigError(
            f"stages.{name}: when: '{given}' is not an earlier stage that says when to ask others; {mend}"
        )


def _check_nothing_found_yet(name: str, earlier: Sequence[StageSettings]) -> None:
    for stage in earlier:
        if stage.kind.gives is not Frame:
            raise ConfigError(
                f"stages.{name}: it moves pixels, so what '{stage.name}' found before would be in the wrong place; "
                f"put '{name}' before '{stage.name}'"
            )
