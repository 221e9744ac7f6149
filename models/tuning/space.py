"""A search space: settings that stay, and those that are tried, each with its range."""

import copy
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from models.training.config import TrainConfig
from models.tuning.ranges import Range, read_range
from pipeline.errors import ConfigError

MEASURE = ("source", "data_dir", "validation", "test", "seed", "limit", "duplicates")
"""Settings under `data` that say what is measured on: figures of two trials would not compare."""


@dataclass(frozen=True)
class Space:
    """What a search goes over."""

    base: Mapping[str, Any]
    """Settings that stay, as a file for `train -c` has them."""
    ranges: Mapping[str, Range]
    """By the path of the setting, such as `optimiser.rate`."""

    def config(self, chosen: Mapping[str, Any]) -> TrainConfig:
        """The settings of a trial.

        Args:
            chosen: By path, as a study keeps them.

        Raises:
            ConfigError: they do not go together.
        """
        data = copy.deepcopy(dict(self.base))
        for path, label in chosen.items():
            _put(data, path, self.ranges[path].value(label))
        try:
            return TrainConfig.model_validate(data)
        except ValidationError as error:
            raise ConfigError(_first(error)) from error

    def written(self) -> dict[str, Any]:
        """As plain data, which `read_space` takes again."""
        ranges = {path: {one.kind: list(one.values or one.numbers)} for path, one in self.ranges.items()}
        return {"base": json.loads(json.dumps(self.base, default=str)), "space": ranges}


def read_space(data: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> Space:
    """Check a search space.

    Args:
        data: `base` (settings that stay) and `space` (ranges by path).
        base: Settings that stay, where they are known already.

    Raises:
        ConfigError: an unknown setting, a range that is none or does not fit; the message begins with the path.
    """
    unknown = [str(key) for key in data if key not in ("base", "space")]
    if unknown:
        raise ConfigError(
            f"{unknown[0]}: a search space has 'base', settings that stay, and 'space', ranges by setting"
        )
    kept = data.get("base") or {} if base is None else base
    given = data.get("space")
    if not isinstance(kept, Mapping):
        raise ConfigError(f"base: settings are expected, as in a file for train -c, not {kept!r}")
    if not isinstance(given, Mapping) or not given:
        raise ConfigError(
            "space: nothing to search; name a setting with its range: optimiser.rate: {log: [1e-4, 1e-1]}"
        )
    try:
        TrainConfig.model_validate(kept)
    except ValidationError as error:
        raise ConfigError(f"base.{_first(error)}") from error
    ranges: dict[str, Range] = {}
    for path, range_data in given.items():
        _check_path(str(path))
        try:
            ranges[str(path)] = read_range(range_data)
        except ConfigError as error:
            raise ConfigError(f"space.{path}: {error}") from error
    _check_apart(list(ranges))
    space = Space(kept, ranges)
    for path, one in ranges.items():
        for value in one.ends():
            _check_value(kept, path, value)
    return space


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The first thing in which two spaces differ, in words; None where they are the same.

    Args:
        before: As `Space.written` gave it.
        now: Likewise.
    """
    for part in ("space", "base"):
        was, is_now = _flat(before.get(part, {}), part), _flat(now.get(part, {}), part)
        for path in sorted({*was, *is_now}):
            if was.get(path) != is_now.get(path):
                name = path.removeprefix("space.")
                return f"{name} was {_shown(was, path)}, now it is {_shown(is_now, path)}"
    return None


def _flat(data: Any, above: str) -> dict[str, Any]:
    """Values by path; a range is one value."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict) and value and not above.startswith("space"):
            found |= _flat(value, f"{above}.{key}")
        else:
            found[f"{above}.{key}"] = value
    return found


def _shown(values: Mapping[str, Any], path: str) -> str:
    if path not in values:
        return "not there"
    value = values[path]
    return str(read_range(value)) if path.startswith("space.") else json.dumps(value)


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for part in above:
        inner = data.get(part)
        data[part] = dict(inner) if isinstance(inner, Mapping) else {}
        data = data[part]
    whole = isinstance(value, Mapping) and isinstance(data.get(last), Mapping)
    data[last] = {**data[last], **value} if whole else value


def _check_path(path: str) -> None:
    """Raise ConfigError unless it is a setting that may be searched."""
    model: type[BaseModel] | None = TrainConfig
    parts = path.split(".")
    for position, part in enumerate(parts):
        if model is None:
            raise ConfigError(f"space.{path}: {'.'.join(parts[:position])} has no settings of its own")
        if part not in model.model_fields:
            raise ConfigError(f"space.{path}: there is no such setting{_near(path)}")
        kind = model.model_fields[part].annotation
        if kind is dict or str(kind).startswith("dict"):
            if position == len(parts) - 2:
                return
            raise ConfigError(f"space.{path}: name one of its options, such as {'.'.join(parts[: position + 1])}.width")
        model = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    if path in ("out", "tensorboard", "data") or (parts[0] == "data" and parts[-1] in MEASURE):
        raise ConfigError(f"space.{path}: it says what is measured or kept, not how is learned; set it under 'base'")


def _near(path: str) -> str:
    close = difflib.get_close_matches(path, list(_paths(TrainConfig, "")), 1, 0.5)
    return f"; did you mean {close[0]}?" if close else "; `python -m models train --settings` lists them"


def _paths(model: type[BaseModel], above: str) -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        inner = isinstance(kind, type) and issubclass(kind, BaseModel)
        found += _paths(kind, f"{above}{name}.") if inner else [f"{above}{name}"]  # type: ignore[arg-type]
    return found


def _check_apart(paths: list[str]) -> None:
    for path in paths:
        inside = [other for other in paths if other.startswith(f"{path}.")]
        if inside:
            raise ConfigError(f"space.{path}: {inside[0]} is inside it; search one of them")


def _check_value(base: Mapping[str, Any], path: str, value: Any) -> None:
    data = copy.deepcopy(dict(base))
    _put(data, path, value)
    try:
        TrainConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"space.{path}: {json.dumps(value, default=str)} does not fit: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{path}: there is no such setting{_near(path)}"
    return f"{path}: {first['msg'].removeprefix('Value error, ')}"
