"""The JSON Schema of a config file, with every known stage in it: for editors, and for programs that write configs."""

from collections.abc import Mapping
from typing import Any

from pipeline.config import TopLevel, find_stage


def config_schema(catalogue: Mapping[str, str]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a config file."""
    schema = TopLevel.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sluice config"
    named = {name: stage_schema(name, catalogue) for name in sorted(catalogue)}
    others = [
        {**stage, "properties": {"use": {"const": name}, **stage["properties"]}, "required": ["use"]}
        for name, stage in named.items()
    ]
    plugin = {
        "type": "object",
        "properties": {"use": {"type": "string", "pattern": "^[\\w.]+:\\w+$"}},
        "required": ["use"],
    }
    schema["properties"]["stages"] = {
        "type": "object",
        "description": "the stages in order, by name",
        "properties": {name: {"anyOf": [stage, *others, plugin, {"type": "null"}]} for name, stage in named.items()},
        "additionalProperties": {"anyOf": [*others, plugin]},
    }
    return schema


def stage_schema(name: str, catalogue: Mapping[str, str]) -> dict[str, Any]:
    """JSON Schema of one stage's settings, without `use`; described by the first line of its docstring."""
    kind = find_stage(name, catalogue)
    schema = kind.Config.model_json_schema()
    schema["title"] = name
    schema["description"] = (kind.__doc__ or "").strip().partition("\n")[0]
    return schema
