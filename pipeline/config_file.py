"""Reads a YAML file into plain data, and remembers on which line each setting stands."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ConfigError

KeyPath = tuple[str, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's truth values: `true` and `false` alone. YAML 1.1 reads the key `on` as true, and `no` as false."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True)
class Document:
    """What a config file says, before anything is checked but its YAML."""

    name: str
    """File name as given, for messages."""
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    """Line, from 1, of each key, by its path from the top."""
    beside: Path | None = None
    """Folder in which stages of one's own are looked for; None where the file came from elsewhere."""

    def place(self, path: KeyPath) -> str:
        """`file:line`, of the nearest key on the way to `path` that stands in the file; the file alone otherwise."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return f"{self.name}:{self.lines[path[:end]]}"
        return self.name


def read_document(path: Path) -> Document:
    """Read a config file.

    Raises:
        ConfigError: no such file, not YAML, a key given twice, or not a mapping at the top.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"no config file {path}; those that come with Sluice are in configs/") from None
    except OSError as error:
        raise ConfigError(f"cannot read config {path}: {error.strerror}; name a YAML file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot read config {path}: it is no text; name a YAML file") from error
    lines: dict[KeyPath, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        _note_lines(node, (), lines, path)
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{where}: not valid YAML: {problem}") from error
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: expected settings as 'key: value' lines, received {type(data).__name__}")
    return Document(str(path), data, lines, path.resolve().parent)


def _note_lines(node: yaml.Node | None, at: KeyPath, lines: dict[KeyPath, int], path: Path) -> None:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        here = (*at, str(key.value))
        line = key.start_mark.line + 1
        if here in lines:
            raise ConfigError(f"{path}:{line}: '{'.'.join(here)}' stands here and on line {lines[here]}; keep one")
        lines[here] = line
        _note_lines(value, here, lines, path)


def with_overrides(document: Document, assignments: tuple[str, ...]) -> Document:
    """The document with `a.b.c=value` assignments put in; a value is read as YAML, so `0.4`, `true` and `[1, 2]` work.

    Raises:
        ConfigError: an assignment has no `=`, an empty key, or goes through a value that is no mapping.
    """
    data = _copied(document.data)
    lines = dict(document.lines)
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        path = tuple(key.strip().split("."))
        if not equals or not all(path):
            raise ConfigError(f"--set {assignment}: expected KEY=VALUE, such as stages.ssd.min_score=0.4")
        try:
            value = yaml.load(text, Loader=_Loader)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {assignment}: the value is not valid YAML; quote it") from error
        at = data
        for part in path[:-1]:
            if at.get(part) is None:
                at[part] = {}
            at = at[part]
            if not isinstance(at, dict):
                raise ConfigError(f"--set {assignment}: '{part}' is a value, not a group of settings")
        at[path[-1]] = value
        lines = {known: line for known, line in lines.items() if known[: len(path)] != path}
    return Document(document.name, data, lines, document.beside)


def _copied(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in data.items()}
