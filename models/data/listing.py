"""Which class and split a file belongs to, by the folders that it lies in."""

import difflib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from models.data.gathered import PARTS, UNDECIDED
from models.labels import read_labels
from pipeline.errors import SourceError


def by_folder(names: Sequence[str]) -> tuple[list[str | None], np.ndarray]:
    """Class and split of each file.

    The first folder is the class, or the split, `train`, `val` or `test`, and then the second one is the class. Folders
    around all of them, as archives often have, are left out, and so is what lies deeper.

    Args:
        names: Paths below the source's place, with slashes.

    Returns:
        Names of classes, None where a file lies in no folder; and `(N,) int8` splits.

    >>> by_folder(["set/train/cat/1.jpg", "set/test/dog/a/2.jpg"])[0]
    ['cat', 'dog']
    >>> by_folder(["cat/1.jpg", "dog/2.jpg", "3.jpg"])[0]
    ['cat', 'dog', None]
    """
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    around = _around(folders)
    folders = [folder[around:] for folder in folders]
    tops = {folder[0] for folder in folders if folder}
    divided = bool(tops) and all(top.lower() in PARTS for top in tops)
    at = 1 if divided else 0
    kinds = [folder[at] if len(folder) > at else None for folder in folders]
    parts = [PARTS[folder[0].lower()] if divided and folder else UNDECIDED for folder in folders]
    return kinds, np.array(parts, np.int8)


def _around(folders: Sequence[tuple[str, ...]]) -> int:
    """How many folders all files share above those that tell something."""
    depth = 0
    while True:
        tops = {folder[depth] if len(folder) > depth else "" for folder in folders}
        if len(tops) != 1 or (top := next(iter(tops))).lower() in PARTS or not top:
            return depth
        if not all(len(folder) > depth + 1 for folder in folders):
            return depth
        depth += 1


def in_order(labels: set[str]) -> tuple[str, ...]:
    """Names of classes as they are numbered: by their numbers where all are numbers, else by the alphabet.

    >>> in_order({"10", "9"}), in_order({"dog", "cat"})
    (('9', '10'), ('cat', 'dog'))
    """
    if all(label.isdecimal() for label in labels):
        return tuple(sorted(labels, key=int))
    return tuple(sorted(labels))


def number(kinds: Sequence[tuple[str, str]], folder: Path, where: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels, and the position of each picture's class among them.

    Args:
        kinds: Class of each picture, and where that is said.
        folder: A `labels.txt` in it fixes names and order; without one they are what there is.
        where: The source, for messages.

    Returns:
        Labels, and `(N,) int64`.

    Raises:
        SourceError: a class is not in the list, or there is only one.
    """
    listed = folder / "labels.txt"
    labels = read_labels(listed, keep_background=True) if listed.is_file() else in_order({kind for kind, _ in kinds})
    if len(labels) < 2:
        raise SourceError(f"{where}: only one class, {labels[0]}; a network needs two to tell apart")
    position = {label: at for at, label in enumerate(labels)}
    for kind, place in kinds:
        if kind not in position:
            near = difflib.get_close_matches(kind, labels, 1)
            meant = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(labels[:8])}"
            raise SourceError(f"{where}, {place}: label '{kind}' is not in {listed}{meant}")
    return labels, np.array([position[kind] for kind, _ in kinds], np.int64)
