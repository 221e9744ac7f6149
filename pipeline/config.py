"""The settings of a run: what a config file may hold, checked against the stages it names."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.config_file import Document, KeyPath
from pipeline.errors import ConfigError
from pipeline.plugins import check_stage, module_of, with_plugins
from pipeline.sinks.data.config import DataConfig
from pipeline.sinks.segments import SegmentConfig
from pipeline.sinks.video import VideoConfig
from pipeline.sources import SourceConfig
from pipeline.sources.live.config import LiveConfig
from pipeline.stage import Stage, StageConfig


class FlowConfig(BaseModel):
    """How packets move between the threads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    capacity: Annotated[
        int, Field(ge=1, le=256, description="packets that a channel holds; more costs memory and gains no rate")
    ] = 2
    threads: Annotated[
        Annotated[int, Field(ge=1, le=256)] | Literal["auto"],
        Field(description="cores that Sluice may keep busy: what `workers: 0` shares out; auto: all that it may use"),
    ] = "auto"
    budget_ms: Annotated[
        float,
        Field(
            ge=0,
            le=60_000,
            description="on a live source, how old a picture may get on its way through (95 of 100): stages that take"
            " longer step aside, and nobody waits for them. 0: no budget",
        ),
    ] = 0.0
    cool_above_c: Annotated[
        float | None,
        Field(
            ge=20, le=120, description="on a live source, degrees from which stages beside the flow rest now and then"
        ),
    ] = None


class TopLevel(BaseModel):
    """A config file. Everything has a default; a file holds what differs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: SourceConfig = SourceConfig()
    """How the input is read."""
    stages: dict[str, Any] = Field(default_factory=dict)
    """The stages in order, by name; `use` names the kind of stage where it is not the name itself."""
    output: VideoConfig = VideoConfig()
    """How the video is written."""
    flow: FlowConfig = FlowConfig()
    """How packets move between the threads."""
    live: LiveConfig = LiveConfig()
    """How cameras and streams are read."""
    record: SegmentConfig = SegmentConfig()
    """How they are recorded, where a folder is named."""
    data: DataConfig = DataConfig()
    """Where events and objects go beside the video."""


@dataclass(frozen=True)
class StageSettings:
    """One stage of a config: its name, its class and its settings."""

    name: str
    kind: type[Stage]
    config: StageConfig


@dataclass(frozen=True)
class Settings:
    """A config file, checked."""

    name: str
    """The file's name, for messages."""
    source: SourceConfig
    stages: tuple[StageSettings, ...]
    output: VideoConfig
    flow: FlowConfig
    live: LiveConfig
    record: SegmentConfig
    data: DataConfig = field(default_factory=DataConfig)


def check_settings(document: Document, catalogue: Mapping[str, str]) -> Settings:
    """Check a document against the schema of every part and of every stage it names.

    Args:
        document: What the file says.
        catalogue: `module:Class` of each known stage, by the name that configs use.

    Raises:
        ConfigError: a line for each setting that cannot be, with its place and the nearest name that can.
    """
    problems: list[str] = []
    top: TopLevel | None = None
    try:
        top = TopLevel.model_validate(document.data)
    except ValidationError as error:
        problems += _problems(error, document, (), TopLevel)
    given = document.data.get("stages")
    stages: list[StageSettings] = []
    for name, entry in (given if isinstance(given, dict) else {}).items():
        try:
            stages.append(_stage(str(name), entry, document, catalogue))
        except ConfigError as error:
            problems.append(str(error))
    if problems or top is None:
        raise ConfigError("\n".join(problems))
    return Settings(document.name, top.source, tuple(stages), top.output, top.flow, top.live, top.record, top.data)


def _stage(name: str, entry: object, document: Document, catalogue: Mapping[str, str]) -> StageSettings:
    path: KeyPath = ("stages", name)
    place = document.place(path)
    if entry is None:
        entry = {}
    if not isinstance(entry, dict):
        raise ConfigError(f"{place}: stages.{name}: expected settings, received {type(entry).__name__} {entry!r}")
    settings = dict(entry)
    use = str(settings.pop("use", name))
    try:
        kind = find_stage(use, catalogue, document.beside)
    except ConfigError as error:
        raise ConfigError(f"{place}: stages.{name}: {error}") from error
    try:
        config = kind.Config.model_validate(settings)
    except ValidationError as error:
        raise ConfigError("\n".join(_problems(error, document, path, kind.Config))) from error
    if kind.in_order and config.workers > 1:
        raise ConfigError(
            f"{document.place((*path, 'workers'))}: stages.{name}.workers: {config.workers} cannot be, "
            f"since '{use}' remembers earlier frames; leave it at 1"
        )
    return StageSettings(name, kind, config)


def find_stage(use: str, catalogue: Mapping[str, str], beside: Path | None = None) -> type[Stage]:
    """The class of a stage, by its name in the catalogue, by that of an entry point, or as `package.module:Class`.

    Args:
        use: the name.
        catalogue: `module:Class` of each known stage.
        beside: folder in which a module is looked for as well: the config file's.

    Raises:
        ConfigError: no such stage, it does not import, or it is no stage.
    """
    target = catalogue.get(use, use)
    if ":" not in target:
        known = with_plugins(catalogue)
        if use not in known:
            raise ConfigError(f"no stage '{use}'{suggestion(use, known)}; a stage of your own is package.module:Class")
        target = known[use]
    module_name, _, class_name = target.partition(":")
    module = module_of(use, module_name, beside)
    kind = getattr(module, class_name, None)
    if kind is None:
        raise ConfigError(f"stage '{use}': module {module_name} has no class '{class_name}'")
    check_stage(use, kind)
    return cast("type[Stage]", kind)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or the known names where none is near.

    >>> suggestion("overlya", ["overlay", "ssd"])
    "; did you mean 'overlay'?"
    >>> suggestion("zzz", ["overlay", "ssd"])
    '; there are: overlay, ssd'
    """
    names = list(known)
    near = difflib.get_close_matches(word, names, 1, 0.5)
    return f"; did you mean '{near[0]}'?" if near else f"; there are: {', '.join(sorted(names))}"


def _problems(error: ValidationError, document: Document, prefix: KeyPath, model: type[BaseModel]) -> list[str]:
    """A line for each thing that pydantic found."""
    lines = []
    for found in error.errors(include_url=False):
        path = (*prefix, *(str(part) for part in found["loc"]))
        text = found["msg"].replace("Input should be ", "expected ").replace("Value error, ", "")
        if found["type"] == "extra_forbidden":
            text = f"unknown setting{suggestion(path[-1], _keys(model, path[len(prefix) : -1]))}"
        else:
            text += f", received {found['input']!r}"
        lines.append(f"{document.place(path)}: {'.'.join(path)}: {text}")
    return lines


def _keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Names that may stand at `path` below a model."""
    for part in path:
        inner = model.model_fields[part].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
