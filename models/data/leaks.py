"""Pictures that are in two splits: what a network is judged on, it would have learnt by heart."""

import contextlib
import os
from collections.abc import Callable

import numpy as np

from models.data.decoded import Decoded
from models.data.duplicates import same_as
from models.data.gathered import TEST, TRAIN, VALIDATION
from pipeline.errors import SourceError

SAME = "same.npy"
"""Beside the pictures that are kept."""
NAMES = {TRAIN: "train", VALIDATION: "validation", TEST: "test"}


def same_of(
    whole: Decoded, say: Callable[[str], None] = lambda _: None, told: Callable[[int], None] = lambda _: None
) -> np.ndarray:
    """`duplicates.same_as` of a set, from the cache where it was found before.

    Returns:
        `(N,) int64`.
    """
    kept = whole.folder / SAME if whole.folder else None
    if kept is not None:
        with contextlib.suppress(OSError, ValueError, EOFError):
            found: np.ndarray = np.load(kept)
            if found.shape == whole.classes.shape:
                return found
    say(f"{whole.name}: comparing {len(whole.images):,} pictures")
    found = same_as(whole.images, told)
    if kept is not None:
        with contextlib.suppress(OSError):  # it can be found again
            beside = kept.with_name(f".{os.getpid()}.npy")
            np.save(beside, found)
            beside.replace(kept)
    return found


def leaking(same: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Which pictures have to go so that no picture is in two splits: those for training first, never those for test.

    Args:
        same: `(N,) int64`, as `same_of` gives it.
        parts: `(N,) int8`.

    Returns:
        `(N,) bool`.

    >>> leaking(np.array([0, 0, 2, 2]), np.array([TRAIN, TEST, TRAIN, TRAIN])).tolist()
    [True, False, False, False]
    """
    last = np.full(len(same), TRAIN, parts.dtype)
    np.maximum.at(last, same, parts)
    leaks: np.ndarray = parts < last[same]
    return leaks


def refused(whole: Decoded, same: np.ndarray, parts: np.ndarray, leaks: np.ndarray) -> SourceError:
    """The error that says which."""
    row = int(np.flatnonzero(leaks)[0])
    other = int(np.flatnonzero((same == same[row]) & (parts > parts[row]))[0])
    first, second = (f"{name(whole, one)} ({NAMES[int(parts[one])]})" for one in (row, other))
    return SourceError(
        f"{whole.name}: {leaks.sum():,} pictures are in two splits, such as {first} and {second}; remove one of each,"
        " or set data.duplicates to drop; `python -m models data check` lists them"
    )


def name(whole: Decoded, row: int) -> str:
    """What a person knows a picture by."""
    return whole.names[row] if whole.names else f"picture {row}"
