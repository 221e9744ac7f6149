"""Filters on one picture: which, from what was typed, and the picture or a sheet with every step."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from pydantic import ValidationError

from commands.describe import setting_range
from pipeline.config import find_stage
from pipeline.errors import ConfigError, SinkError, SourceError
from pipeline.sinks.staged import StagedText
from pipeline.stage import Stage, StageConfig
from pipeline.types import Frame, Packet
from stages.filters import FILTERS
from vision.drawing import draw_label, paste
from vision.lettering import Lettering

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
CELL, GAP = (640, 480), 8
"""Of a sheet, pixels: the most that a step gets, and what is left around it."""
GROUND = (40, 40, 40)
SHARED = set(StageConfig.model_fields)
"""Settings of stages in a pipeline, which mean nothing on one picture."""


@dataclass(frozen=True)
class Step:
    """One filter as it was asked for."""

    asked: str
    """As typed: `canny:low=50,high=150`."""
    stage: Stage


def parse_filter(asked: str) -> Step:
    """The filter that `name` or `name:setting=value,setting=value` names.

    Values are written as in a config: numbers, words, lists in brackets, text with commas in quotes.

    Raises:
        ConfigError: no such filter or setting, or a value out of its range; the line has what there is.
    """
    name, _, rest = asked.partition(":")
    name = name.strip()
    if name not in FILTERS:
        raise ConfigError(f"--filter {asked}: no filter '{name}'{near(name, list(FILTERS))}")
    kind = find_stage(name, FILTERS)
    settings = own_settings(kind.Config)
    given: dict[str, Any] = {}
    for part in _parts(rest):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals:
            raise ConfigError(f"--filter {asked}: expected setting=value, received '{part.strip()}'{_may(settings)}")
        if key not in settings:
            raise ConfigError(f"--filter {asked}: {name} has no '{key}'{near(key, list(settings))}{_may(settings)}")
        given[key] = _value(value.strip())
    try:
        config = kind.Config.model_validate(given)
    except ValidationError as error:
        raise ConfigError(_told(asked, error, settings)) from error
    return Step(asked, kind(config))  # type: ignore[call-arg]


def own_settings(config: type[StageConfig]) -> dict[str, str]:
    """Type and range of each of a filter's own settings, by name."""
    schema = config.model_json_schema()
    return {key: setting_range(field) for key, field in schema["properties"].items() if key not in SHARED}


def filter_lines() -> list[str]:
    """A line for each filter with its settings, for a person."""
    lines = []
    for name in FILTERS:
        kind = find_stage(name, FILTERS)
        settings = ", ".join(f"{key} ({told})" for key, told in own_settings(kind.Config).items())
        lines.append(f"{name}: {(kind.__doc__ or '').partition(chr(10))[0]} {settings}".rstrip())
    return lines


def near(word: str, known: list[str]) -> str:
    """`; did you mean x or y?`, for names that are alike or have the word in them; else all there are.

    >>> near("blur", ["box-blur", "gaussian-blur", "canny"])
    "; did you mean 'box-blur' or 'gaussian-blur'?"
    """
    alike = [name for name in known if word and word in name] or difflib.get_close_matches(word, known, 3, 0.6)
    if alike:
        return f"; did you mean {' or '.join(repr(name) for name in alike)}?"
    return f"; there are: {', '.join(known)}" if known else "; it has no settings"


def filter_image(source: Path, target: Path, asked: tuple[str, ...], *, grid: bool) -> None:
    """Read a picture, filter it, and write it; with `grid` a sheet with the picture and every step.

    Raises:
        SourceError: the picture cannot be read.
        ConfigError: a filter cannot be, or the target is no picture by its name.
        SinkError: it could not be written.
    """
    if target.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"-o {target}: expected a name that ends in {', '.join(SUFFIXES)}")
    steps = [parse_filter(one) for one in asked]
    frame = Frame(read_picture(source), 0, 0.0, 0.0, source.name)
    shown = [(source.name, frame.image)]
    for step in steps:
        try:
            made = step.stage.process(Packet(frame))
        except ConfigError as error:
            raise ConfigError(f"--filter {step.asked}: {error}") from error
        except cv2.error as error:
            raise ConfigError(f"--filter {step.asked}: OpenCV refuses: {error.err or error}") from error
        assert isinstance(made, Frame)
        frame = made
        shown.append((step.asked, frame.image))
    write_picture(target, sheet(shown) if grid else frame.image, source)


def read_picture(path: Path) -> np.ndarray:
    """A picture as `(H, W, 3) uint8` BGR, turned as its EXIF data say; transparency is left out.

    Raises:
        SourceError: there is none, or it is damaged.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; name a picture that is there") from error
    except cv2.error as error:
        raise SourceError(f"cannot read {path}: {error.err}; it is too large or damaged") from error
    if image is None:
        raise SourceError(f"cannot read {path}: it is no picture that OpenCV knows, or it is damaged; name another")
    return image


def write_picture(path: Path, image: np.ndarray, source: Path | None = None) -> None:
    """Write a picture in the format of its suffix; it gets its name when it is whole.

    Raises:
        ConfigError: the target cannot be written.
        SinkError: it could not be written whole.
    """
    try:
        done, data = cv2.imencode(path.suffix, image)
    except cv2.error as error:
        raise SinkError(f"cannot write {path}: {error.err}; choose .png") from error
    if not done:
        raise SinkError(f"cannot write {path}: OpenCV cannot encode {image.shape[1]} x {image.shape[0]} so; use .png")
    staged = StagedText(path, source)
    try:
        staged.write(data.tobytes())
        staged.finish()
    finally:
        staged.close()


def sheet(shown: list[tuple[str, np.ndarray]], columns: int = 0) -> np.ndarray:
    """Pictures side by side with their names above, as near to a square as can be: `(H, W, 3) uint8` BGR.

    Args:
        shown: Name and picture, `(h, w, 3) uint8` BGR, of each.
        columns: How many stand in a row; 0: a square.
    """
    columns = min(len(shown), columns) or int(np.ceil(np.sqrt(len(shown))))
    small = [_fitted(image) for _, image in shown]
    width, height = max(image.shape[1] for image in small), max(image.shape[0] for image in small)
    width = max(width, 160)
    lettering = Lettering(max(16, min(28, width // 20)))
    rows = -(-len(shown) // columns)
    line = lettering.height_px
    drawn = np.full((rows * (height + line + GAP) + GAP, columns * (width + GAP) + GAP, 3), GROUND, np.uint8)
    for place, ((name, _), image) in enumerate(zip(shown, small, strict=True)):
        left, top = GAP + place % columns * (width + GAP), GAP + place // columns * (height + line + GAP)
        tile = lettering.tile(name, (255, 255, 255), GROUND)[:, :width]
        draw_label(drawn, [tile], GROUND, (left, top, left + width, top + line), 0)
        paste(drawn, image, left + (width - image.shape[1]) // 2, top + line + (height - image.shape[0]) // 2)
    return drawn


def _fitted(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    factor = min(CELL[0] / width, CELL[1] / height)
    if factor >= 1:
        return image
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _parts(text: str) -> list[str]:
    """Split at commas that stand outside of brackets and quotes.

    >>> _parts("a=1,b=[1,2],c='x, y'")
    ['a=1', 'b=[1,2]', "c='x, y'"]
    """
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if letter == "," and not depth and not quote:
            parts.append("")
            continue
        parts[-1] += letter
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter in "[{(") - (letter in "]})")
    return [part for part in parts if part.strip()]


def _value(text: str) -> object:
    if text.startswith("#"):
        return text  # a colour, not a comment
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _may(settings: Mapping[str, str]) -> str:
    told = ", ".join(f"{key}: {text}" for key, text in settings.items())
    return f" (it takes {told})" if told else ""


def _told(asked: str, error: ValidationError, settings: Mapping[str, str]) -> str:
    """A line for what is wrong with a filter's settings, with the range of each setting that is meant."""
    lines = []
    for found in error.errors(include_url=False):
        key = str(found["loc"][0]) if found["loc"] else ""
        text = found["msg"].replace("Input should be ", "expected ").removeprefix("Value error, ")
        if found["type"] == "missing":
            lines.append(f"{key} is needed ({settings.get(key, '')})")
        elif key:
            lines.append(
                f"{key}: {text}, received {found['input']!r} (it takes {settings.get(key, 'no such setting')})"
            )
        else:
            lines.append(text)
    return f"--filter {asked}: {'; '.join(lines)}"
