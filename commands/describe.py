"""What can be set, and what a config comes to: for `check`, `stages` and `schema`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from commands.console import open_console
from pipeline.build import build
from pipeline.config import Settings, TopLevel, find_stage
from pipeline.schema import stage_schema
from pipeline.stage import Reads, StageConfig


def check(settings: Settings) -> None:
    """Build a config, run nothing, and print what it comes to: each stage with what it reads, gives and has set.

    Raises:
        ConfigError: the wiring cannot be.
        ModelError: a model is missing, damaged, or does not fit.
    """
    plans = build(settings)
    table = Table("stage", "gives", "threads", "settings that differ from the defaults", box=None)
    for plan in plans:
        different = plan.config.model_dump(mode="json", exclude_defaults=True, exclude={"workers"})
        told = ", ".join(f"{key}={value}" for key, value in different.items())
        table.add_row(plan.name, plan.workers[0].gives.__name__, str(len(plan.workers)), told or "-")
        plan.close()
    console = open_console()
    if plans:
        console.print(table)
    console.print(f"{settings.name} holds: {len(plans)} stages built, nothing was run", highlight=False)


def list_stages(catalogue: Mapping[str, str]) -> None:
    """Print everything that can be set: what all stages share, each stage's own, and the parts around them."""
    console = open_console()
    shared = StageConfig.model_json_schema()["properties"]
    _print_settings(console, "[bold]every stage[/]", shared)
    for name in sorted(catalogue):
        kind = find_stage(name, catalogue)
        schema = stage_schema(name, catalogue)
        reads = _reads(kind.Config)
        takes = f"reads {reads}, " if reads else ""
        title = f"[bold]{name}[/]  {schema['description']}  [dim]({takes}gives {kind.gives.__name__})[/]"
        _print_settings(
            console, title, {key: field for key, field in schema["properties"].items() if key not in shared}
        )
    for part in ("source", "output", "flow"):
        model = TopLevel.model_fields[part].annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        schema = model.model_json_schema()
        _print_settings(
            console, f"[bold]{part}[/]  {schema['description'].partition(chr(10))[0]}", schema["properties"]
        )


def _print_settings(console: Console, title: str, settings: Mapping[str, Any]) -> None:
    console.print(title, highlight=False)
    table = Table("setting", "type and range", "default", "", box=None, pad_edge=True, header_style="dim")
    for key, field in settings.items():
        table.add_row(f"  {key}", setting_range(field), _default(field), field.get("description", ""))
    console.print(table)
    console.print()


def _reads(config: type[StageConfig]) -> str:
    kinds = {
        kind.__name__: None
        for info in config.model_fields.values()
        for mark in info.metadata
        if isinstance(mark, Reads)
        for kind in mark.kinds
    }
    return " or ".join(kinds)


def setting_range(field: Mapping[str, Any]) -> str:
    """Type and bounds of a setting, from its JSON schema.

    >>> setting_range({"type": "number", "minimum": 0, "maximum": 1})
    'number, 0 to 1'
    >>> setting_range({"enum": ["stop", "skip"], "type": "string"})
    'stop | skip'
    """
    if "enum" in field:
        return " | ".join(str(value) for value in field["enum"])
    if "anyOf" in field:
        return " | ".join(setting_range(form) for form in field["anyOf"])
    if "const" in field:
        return str(field["const"])
    told = str(field.get("type", "any"))
    if told == "array":
        inner: Mapping[str, Any] = field.get("items") or next(iter(field.get("prefixItems", ())), {})
        return f"list of {setting_range(inner)}"
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f"{told}, {low:g} to {high:g}"
    if low is not None:
        return f"{told}, from {low:g}"
    return told


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "-" if default is None else "true" if default is True else "false" if default is False else str(default)
