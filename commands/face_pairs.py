"""Lists of pairs of face pictures: the layout of Labeled Faces in the Wild, or a table with a pair a line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError

_SAME = frozenset(["1", "true", "t", "yes", "y", "same", "match", "matched", "positive", "genuine"])
_OTHER = frozenset(
    ["0", "-1", "false", "f", "no", "n", "different", "diff", "other", "mismatch", "mismatched", "nonmatch"]
)
_OTHER_TOO = frozenset(["negative", "impostor", "imposter", "not same", "not_same", "non-match"])
_FIRST = ("a", "first", "image1", "path1", "img1", "left", "file1", "image_a", "path_a", "file_a")
_SECOND = ("b", "second", "image2", "path2", "img2", "right", "file2", "image_b", "path_b", "file_b")
_TRUTH = ("same", "issame", "is_same", "label", "match", "same_person", "target", "y")
SUFFIXES = (".jpg", ".jpeg", ".png", ".pgm", ".bmp", ".webp")


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of pictures and whether each is of one person."""

    a: tuple[Path, ...]
    b: tuple[Path, ...]
    same: np.ndarray
    """`(N,) bool`."""
    fold: np.ndarray | None = None
    """`(N,) int32`, where the file has folds of its own."""

    def __len__(self) -> int:
        return len(self.a)

    def some(self, count: int) -> Pairs:
        """So many of them, spread over the whole list; without the file's folds."""
        if count >= len(self):
            return self
        rows = np.linspace(0, len(self) - 1, count).round().astype(int)
        return Pairs(tuple(self.a[row] for row in rows), tuple(self.b[row] for row in rows), self.same[rows])


def read_pairs(path: Path, root: Path | None = None) -> Pairs:
    """Pairs of a file in either layout; docs/gallery.md describes both.

    Args:
        path: the list. Comma, semicolon, tab or blanks part its fields; empty lines and those with # are left out.
        root: folder that its pictures are in; else they are looked for from the list's own folder.

    Raises:
        ConfigError: it cannot be read, a line is no pair, or a picture is not there; the message has the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"cannot read the pairs {path}: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the pairs {path} are no text in UTF-8; save them as that") from error
    rows = [(number, _fields(line)) for number, line in enumerate(lines, 1) if line.strip() and line.strip()[0] != "#"]
    if not rows:
        raise ConfigError(f"the pairs {path} are empty; write a line for each: a.jpg,b.jpg,1")
    places = [root] if root is not None else []
    places += [path.parent]
    lfw = next((fields for _, fields in rows if not all(field.isdecimal() for field in fields)), [])
    if _is_lfw(lfw):
        return _read_lfw(path, rows, places)
    return _read_table(path, rows, places)


def _fields(line: str) -> list[str]:
    mark = next((mark for mark in "\t,;" if mark in line), None)
    found = line.split() if mark is None else next(csv.reader([line], delimiter=mark, skipinitialspace=True))
    return [field.strip() for field in found]


def _is_lfw(fields: Sequence[str]) -> bool:
    """Whether a line says 'name number number' or 'name number name number'."""
    return (len(fields) == 3 and fields[1].isdecimal() and fields[2].isdecimal()) or (
        len(fields) == 4 and fields[1].isdecimal() and fields[3].isdecimal() and not fields[2].isdecimal()
    )


def _read_lfw(path: Path, rows: Sequence[tuple[int, list[str]]], places: Sequence[Path]) -> Pairs:
    first, second, same = [], [], []
    roots = [folder for place in places for folder in (place, place / path.stem, place / "lfw", place / "images")]
    folds = 1
    for number, fields in rows:
        if number == rows[0][0] and all(field.isdecimal() for field in fields):
            folds = int(fields[0]) if len(fields) == 2 else 1  # '10 300': folds, and pairs of each kind in one
            continue
        if not _is_lfw(fields):
            raise ConfigError(f"{path} line {number}: expected 'name 1 2' or 'name 1 other 2', received {fields[:5]}")
        name, other = fields[0], fields[0] if len(fields) == 3 else fields[2]
        first.append(_lfw_picture(path, number, roots, name, int(fields[1])))
        second.append(_lfw_picture(path, number, roots, other, int(fields[-1])))
        same.append(len(fields) == 3)
    fold = None
    if folds > 1 and len(first) % folds == 0:
        fold = np.repeat(np.arange(folds, dtype=np.int32), len(first) // folds)
    return _checked(path, first, second, same, fold)


def _lfw_picture(path: Path, line: int, roots: Sequence[Path], name: str, number: int) -> Path:
    for root in roots:
        for stem in (f"{name}/{name}_{number:04d}", f"{name}/{number}", f"{name}_{number:04d}"):
            for suffix in SUFFIXES:
                if (found := root / f"{stem}{suffix}").is_file():
                    return found
    raise ConfigError(
        f"{path} line {line}: no picture {name}/{name}_{number:04d}.jpg in {roots[0]}; name their folder with --data"
    )


def _read_table(path: Path, rows: Sequence[tuple[int, list[str]]], places: Sequence[Path]) -> Pairs:
    columns, body = (0, 1, 2), list(rows)
    head = [field.casefold() for field in rows[0][1]]
    named = [next((head.index(word) for word in words if word in head), None) for words in (_FIRST, _SECOND, _TRUTH)]
    if _find(rows[0][1][0], places) is None:
        if None not in named:
            columns, body = (named[0] or 0, named[1] or 0, named[2] or 0), body[1:]
        elif len(head) >= 3 and _truth(head[2]) is None:
            body = body[1:]
    first: list[Path] = []
    second: list[Path] = []
    same: list[bool] = []
    for number, fields in body:
        if len(fields) <= max(columns):
            raise ConfigError(f"{path} line {number}: expected two pictures and 1 or 0, received {fields[:4]}")
        truth = _truth(fields[columns[2]])
        if truth is None:
            raise ConfigError(
                f"{path} line {number}: '{fields[columns[2]][:30]}' is neither same nor different; write 1 or 0"
            )
        for place, into in zip(columns, (first, second), strict=False):
            found = _find(fields[place], places)
            if found is None:
                raise ConfigError(
                    f"{path} line {number}: no picture {fields[place][:80]} from {places[0]}; mend it, or name the"
                    " folder of the pictures with --data"
                )
            into.append(found)
        same.append(truth)
    return _checked(path, first, second, same, None)


def _find(name: str, places: Sequence[Path]) -> Path | None:
    return next((place / name for place in places if name and (place / name).is_file()), None)


def _truth(word: str) -> bool | None:
    folded = word.strip().casefold()
    if folded in _SAME or folded in ("1.0",):
        return True
    return False if folded in _OTHER or folded in _OTHER_TOO or folded == "0.0" else None


def _checked(
    path: Path, first: Sequence[Path], second: Sequence[Path], same: Sequence[bool], fold: np.ndarray | None
) -> Pairs:
    truth = np.array(same, np.bool_)
    if not 0 < truth.sum() < len(truth):
        raise ConfigError(f"the {len(truth)} pairs of {path} are all of one kind; both are needed to measure anything")
    return Pairs(tuple(first), tuple(second), truth, fold)
