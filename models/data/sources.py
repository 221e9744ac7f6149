"""What a source's name means: a public set, a folder, an archive, a table, a COCO file."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from models.data.archives import ARCHIVES, find_packed, is_archive
from models.data.coco import gather_coco
from models.data.dataset import DataConfig
from models.data.files import Files, Found
from models.data.folders import find_files
from models.data.gathered import Gathered
from models.data.listing import by_folder, number
from models.data.named import NAMED, gather_named
from models.data.tables import gather_table
from pipeline.errors import ConfigError, PipelineError, SourceError

Say = Callable[[str], None]


def gather(config: DataConfig, say: Say = lambda _: None) -> Gathered:
    """What a source holds, unsplit; nothing is decoded.

    Raises:
        ConfigError: there is no such source.
        SourceError: it cannot be read, or holds nothing that can be learnt from.
    """
    if config.source in NAMED:
        return gather_named(config.source, config.data_dir, say)
    path = place_of(config.source)
    if path.is_dir():
        found, left_out = find_files(path)
        return _in_classes(path, path.resolve().name, found, left_out, Files(found))
    if not path.exists():
        known = ", ".join(NAMED)
        raise ConfigError(f"data.source: no file or folder {path}, and no public set; those are {known}")
    if is_archive(path):
        say(f"{path}: looking what is in it")
        found, close = find_packed(path)
        return _in_classes(path, path.name.partition(".")[0], found, [], Files(found, close=close))
    if path.suffix.lower() in (".csv", ".tsv"):
        return gather_table(path)
    if path.suffix.lower() == ".json":
        return gather_coco(path)
    raise ConfigError(f"data.source: {path} is no folder, {', '.join(ARCHIVES)}, .csv or COCO .json; name one of these")


def place_of(source: str) -> Path:
    """The path that a source names.

    Raises:
        SourceError: what is there may not be looked at.
    """
    path = Path.home() / source[2:] if source.startswith("~/") else Path(source)
    try:
        path.exists()
    except OSError as error:
        raise SourceError(f"cannot look at {path}: {error.strerror}; check your right to read it") from error
    return path


def stamp(config: DataConfig) -> str:
    """What tells an archive from another without looking into it; empty for other sources."""
    if config.source in NAMED or not (path := place_of(config.source)).is_file() or not is_archive(path):
        return ""
    about = path.stat()
    return f"{path.resolve()}\0{about.st_size}\0{about.st_mtime_ns}"


def _in_classes(
    path: Path, name: str, found: Sequence[Found], left_out: Sequence[tuple[str, str]], files: Files
) -> Gathered:
    """A folder or archive, by the folders in it."""
    try:
        if not found:
            raise SourceError(f"no pictures in {path}; expected a folder for each class, with JPEG or PNG files in it")
        kinds, parts = by_folder([one.name for one in found])
        rows = np.array([row for row, kind in enumerate(kinds) if kind is not None], np.int64)
        if not len(rows):
            raise SourceError(f"no class in {path}: put the pictures into a folder for each class, such as {path}/cat")
        places = [(str(kinds[row]), found[row].name) for row in rows]
        labels, classes = number(places, path if path.is_dir() else path.parent, str(path))
    except PipelineError:
        files.close()
        raise
    loose = [
        (one.name, "it is in no folder of a class") for one, kind in zip(found, kinds, strict=True) if kind is None
    ]
    names = tuple(one.name for one in found)
    whole = Gathered(name, labels, files, np.zeros(len(found), np.int64), parts, names)
    return dataclasses.replace(whole.take(rows), classes=classes, skipped=(*left_out, *loose))
