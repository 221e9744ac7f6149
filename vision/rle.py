"""Masks as runs, in the form of COCO's API: column by column, the first run black; its `rleToString` as text.

What is written here is read by `pycocotools.mask.decode`.
"""

import numpy as np


def run_lengths(mask: np.ndarray) -> np.ndarray:
    """Lengths of the runs of a mask.

    Args:
        mask: `(H, W) bool`.

    Returns:
        `(R,) int64`: black, white, black ... down each column, column after column; the first may be 0.

    >>> run_lengths(np.array([[False, True], [True, True]])).tolist()
    [1, 3]
    """
    flat = np.ravel(mask, order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    begins_white = flat.size and bool(flat[0])
    ends = np.concatenate([[0], [0] if begins_white else [], edges, [flat.size]]).astype(np.int64)
    return np.diff(ends)


def compressed(counts: np.ndarray) -> str:
    """Runs as COCO's text: differences to the run before last, five bits a letter."""
    values = counts.copy()
    values[3:] -= counts[1:-2]
    letters = bytearray()
    for value in values.tolist():
        more = True
        while more:
            part, value = value & 0x1F, value >> 5
            more = value != -1 if part & 0x10 else value != 0
            letters.append((part | 0x20 if more else part) + 48)
    return letters.decode("ascii")


def decoded(text: str, size: tuple[int, int]) -> np.ndarray:
    """The mask that COCO's text stands for.

    Args:
        text: As `compressed` makes it.
        size: `(H, W)`, in COCO's order.

    Returns:
        `(H, W) bool`.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for letter in text.encode("ascii"):
        part = letter - 48
        value |= (part & 0x1F) << shift
        shift += 5
        if not part & 0x20:
            if part & 0x10:
                value -= 1 << shift
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value, shift = 0, 0
    white = np.arange(len(counts)) % 2 == 1
    return np.repeat(white, counts).reshape(size, order="F")
