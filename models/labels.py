"""Names of classes, from a text file."""

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import ModelError

GAP = "???"
"""Stands where a numbering leaves a number out, as COCO's does."""
_BACKGROUND = {GAP, "unlabeled", "background", "__background__"}
_NUMBERED = re.compile(r"^(\d+)[\s:]+(\S.*)$")


def parse_labels(lines: Iterable[str], *, keep_background: bool = False) -> tuple[str, ...]:
    """Names by class_id, from lines `name` or `number name`.

    A first line that names the background (`???`, `unlabeled`, `background`) is left out, as detectors count from the
    first class after it; `keep_background` leaves it in, as classifiers and class maps count it. Numbers may leave
    gaps; they become '???'.

    >>> parse_labels(["0 person", "2  car"])
    ('person', '???', 'car')
    >>> parse_labels(["???", "person", "bicycle"])
    ('person', 'bicycle')
    """
    rows = [line.strip() for line in lines]
    while rows and not rows[-1]:
        rows.pop()
    matches = [_NUMBERED.match(row) for row in rows if row]
    if matches and all(matches):
        numbered = {int(match[1]): match[2] for match in matches if match}
        names = [numbered.get(number, GAP) for number in range(max(numbered) + 1)]
    else:
        names = [row or GAP for row in rows]
        if names and names[0].lower() in _BACKGROUND and not keep_background:
            names = names[1:]
    return tuple(names)


def read_labels(path: Path, *, keep_background: bool = False) -> tuple[str, ...]:
    """The names in a text file, by `parse_labels`.

    Raises:
        ModelError: it cannot be read, or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        names = parse_labels(lines, keep_background=keep_background)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ModelError(f"cannot read labels from {path}: {reason}; it has to be text, a name a line") from error
    if not names:
        raise ModelError(f"no labels in {path}; it needs a name a line")
    return names
