"""Pictures that a table names: a CSV file with path, label and perhaps split."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.data.files import Files, Found, on_disk
from models.data.gathered import PARTS, UNDECIDED, Gathered
from models.data.listing import number
from pipeline.errors import SourceError

PATH, LABEL, SPLIT = ("path", "file", "filename", "file_name", "image"), ("label", "class"), ("split", "part", "subset")
"""What the columns may be called."""


def gather_table(path: Path) -> Gathered:
    """The pictures of a CSV file, whose paths are relative to it; a file that is absent is left out and listed.

    Raises:
        SourceError: it cannot be read, or a line is wrong.
    """
    rows = _rows(path)
    kinds, parts = [], []
    files: list[Found] = []
    skipped: list[tuple[str, str]] = []
    for line, name, label, part in rows:
        if not name or not label:
            raise SourceError(
                f"{path} line {line}: no {'label' if name else 'path'}; a line is path,label or path,label,split"
            )
        if part and part.lower() not in PARTS:
            raise SourceError(f"{path} line {line}: split '{part}'; it has to be train, validation or test")
        try:
            files.append(on_disk(path.parent / name, name))
        except (OSError, ValueError) as error:
            skipped.append((name, str(getattr(error, "strerror", error))))
            continue
        kinds.append((label, f"line {line}"))
        parts.append(PARTS[part.lower()] if part else UNDECIDED)
    if not files:
        raise SourceError(f"{path}: none of its {len(rows)} pictures is there; paths are relative to {path.parent}")
    labels, classes = number(kinds, path.parent, str(path))
    names = tuple(found.name for found in files)
    return Gathered(path.stem, labels, Files(files), classes, np.array(parts, np.int8), names, skipped=tuple(skipped))


def _rows(path: Path) -> list[tuple[int, str, str, str]]:
    """Line number, path, label and split of each."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise SourceError(f"cannot read {path}: {why}") from error
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = [
            (number, row) for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1) if row
        ]
    except csv.Error as error:
        raise SourceError(f"cannot read {path}: {error}; it has to be path,label[,split], a line a picture") from error
    names = [name.strip().lower() for name in lines[0][1]] if lines else []
    columns = [_column(names, PATH), _column(names, LABEL), _column(names, SPLIT)]
    if columns[0] is None or columns[1] is None:
        columns = [0, 1, 2]  # no heading
    else:
        lines = lines[1:]
    if not lines:
        raise SourceError(f"{path} names no pictures; a line each: path,label or path,label,split")
    return [(line, *(_cell(row, column) for column in columns)) for line, row in lines]  # type: ignore[misc]


def _column(names: Sequence[str], called: Sequence[str]) -> int | None:
    return next((names.index(name) for name in called if name in names), None)


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""
