"""Every picture below a folder, in an order that does not change."""

import os
from collections.abc import Iterator
from pathlib import Path

from models.data.files import Found, on_disk
from models.data.pictures import is_picture
from pipeline.errors import SourceError


def find_files(folder: Path) -> tuple[list[Found], list[tuple[str, str]]]:
    """Pictures below `folder`; links are followed, each folder once; hidden files and folders are left out.

    Returns:
        The pictures, by name; and what cannot be used with the reason: files of other kinds, folders without any.

    Raises:
        SourceError: it cannot be looked into.
    """
    found: list[Found] = []
    left_out: list[tuple[str, str]] = []
    for entry, name in _walk(folder, "", set()):
        if entry is None:
            left_out.append((name, "the folder is empty"))
        elif not is_picture(entry.name):
            left_out.append((name, "not a picture by its name"))
        else:
            try:
                found.append(on_disk(Path(entry.path), name))
            except OSError as error:
                left_out.append((name, str(error.strerror)))
    return found, left_out


def _walk(folder: Path | str, above: str, seen: set[tuple[int, int]]) -> Iterator[tuple[os.DirEntry[str] | None, str]]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda one: one.name)
    except OSError as error:
        raise SourceError(f"cannot look into {folder}: {error.strerror}; check your right to read it") from error
    if not inside and above:
        yield None, above.rstrip("/")
    for entry in inside:
        if not _is_folder(entry):
            yield entry, above + entry.name
            continue
        about = entry.stat()
        if (about.st_dev, about.st_ino) not in seen:
            seen.add((about.st_dev, about.st_ino))
            yield from _walk(entry.path, f"{above}{entry.name}/", seen)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
