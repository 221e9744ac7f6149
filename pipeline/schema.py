"""The JSON Schema of a config file, with every known stage in it: for editors, and for programs that write configs."""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.config import TopLevel, find_stage


def config_schema(catalogue: Mapping[str, str]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a config file."""
    schema = TopLevel.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sluice config"
    named = {name: _hoisted(name, stage_schema(name, catalogue), schema) for name in sorted(catalogue)}
    others = [
        {**stage, "properties": {"use": {"const": name}, **stage["properties"]}, "required": ["use"]}
        for name, stage in named.items()
    ]
    plugin = {
        "type": "object",
        "properties": {"use": {"type": "string", "pattern": "^[\\w.]+:\\w+$"}},
        "required": ["use"],
    }
    # Once for all places where it may stand: the schema of each stage in that of each other has megabytes.
    schema.setdefault("$defs", {})["UsedStage"] = {"anyOf": [*others, plugin]}
    any_other = {"$ref": "#/$defs/UsedStage"}
    schema["properties"]["stages"] = {
        "type": "object",
        "description": "the stages in order, by name",
        "properties": {name: {"anyOf": [stage, any_other, {"type": "null"}]} for name, stage in named.items()},
        "additionalProperties": any_other,
    }
    return schema


def _hoisted(name: str, stage: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A stage's schema with its definitions moved to the top of the whole one, where references look for them."""
    definitions = stage.pop("$defs", {})
    moved: dict[str, Any] = json.loads(
        json.dumps({"stage": stage, "definitions": definitions}).replace('"#/$defs/', f'"#/$defs/{name}.')
    )
    schema.setdefault("$defs", {}).update({f"{name}.{key}": value for key, value in moved["definitions"].items()})
    hoisted: dict[str, Any] = moved["stage"]
    return hoisted


def stage_schema(name: str, catalogue: Mapping[str, str]) -> dict[str, Any]:
    """JSON Schema of one stage's settings, without `use`; described by the first line of its docstring."""
    kind = find_stage(name, catalogue)
    schema = kind.Config.model_json_schema()
    schema["title"] = name
    schema["description"] = (kind.__doc__ or "").strip().partition("\n")[0]
    return schema
