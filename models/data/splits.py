"""Which pictures are for training, which to choose by, which to judge by: each class in the same shares, by a seed."""

import math
import warnings
from collections.abc import Callable

import numpy as np

from models.data.gathered import TEST, TRAIN, UNDECIDED, VALIDATION
from pipeline.errors import ConfigError


def split(
    classes: np.ndarray,
    parts: np.ndarray,
    validation: float,
    test: float,
    seed: int,
    say: Callable[[str], None] = lambda _: None,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """Decide what the source left open.

    Pictures are for training, less a share to judge by, where the source has no test split, and one to choose by,
    where it has no validation split. A class with a single picture keeps it for training.

    Args:
        classes: `(N,) int64`.
        parts: `(N,) int8`: TRAIN, VALIDATION, TEST or UNDECIDED.
        validation: A share below 1, or a number of pictures.
        test: The same; none where the source has a test split.
        seed: The same one gives the same splits.
        say: Told where a number had to be raised.
        groups: `(N,) int64`: what has one number stays together, and shares are then only about right.

    Returns:
        `(N,) int8`: TRAIN, VALIDATION or TEST.

    Raises:
        ConfigError: nothing would be left for training, or fewer are to be kept back than there are classes.
    """
    parts = parts.copy()
    if not (parts == TEST).any():
        open_to = np.flatnonzero((parts == UNDECIDED) | (parts == TRAIN))
        _keep_back(classes, parts, open_to, TEST, "test", test, seed, say, groups)
    parts[parts == UNDECIDED] = TRAIN
    if not (parts == VALIDATION).any():
        _keep_back(
            classes, parts, np.flatnonzero(parts == TRAIN), VALIDATION, "validation", validation, seed, say, groups
        )
    if not (parts == TRAIN).any():
        raise ConfigError("no pictures for training: lower data.validation and data.test, or add pictures")
    return parts


def _keep_back(
    classes: np.ndarray,
    parts: np.ndarray,
    rows: np.ndarray,
    part: int,
    name: str,
    amount: float,
    seed: int,
    say: Callable[[str], None],
    groups: np.ndarray | None,
) -> None:
    from sklearn.model_selection import train_test_split

    wanted = amount if isinstance(amount, int) else math.ceil(amount * len(rows))
    _, inverse, counts = np.unique(classes[rows], return_inverse=True, return_counts=True)
    shared = rows[counts[inverse] > 1]  # a class's only picture is needed to learn it
    if not wanted or not len(shared):
        return
    kinds = int((counts > 1).sum())
    if wanted > len(shared) - kinds:
        raise ConfigError(
            f"data.{name}: {wanted:,} of {len(rows):,} pictures leave less than one of each class for training;"
            f" lower it to {max(len(shared) - kinds, 0):,} at most, or add pictures"
        )
    if wanted < kinds:
        if isinstance(amount, int):
            raise ConfigError(f"data.{name}: {wanted} pictures for {kinds} classes; set it to {kinds} at least")
        say(f"data.{name}: {kinds} pictures instead of {wanted}, as many as there are classes")
        wanted = kinds
    if groups is not None:
        parts[_together(classes, groups, shared, wanted, seed)] = part
        return
    _, kept = train_test_split(shared, test_size=wanted, random_state=seed, stratify=classes[shared])
    parts[kept] = part


def _together(classes: np.ndarray, groups: np.ndarray, rows: np.ndarray, wanted: int, seed: int) -> np.ndarray:
    """About `wanted` of `rows`, whole groups, with the classes' shares as near as groups let them be.

    A group that has all there is of a class stays for training.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(round(len(rows) / wanted), len(np.unique(groups[rows])), int(np.bincount(classes[rows]).max()))
    if folds < 2:
        raise ConfigError(
            "the pictures cannot be split: too few files for their boxes; lower data.validation or data.test"
        )
    divide = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with fewer pictures than folds
        _, kept = next(divide.split(rows, classes[rows], groups[rows]))
    chosen = rows[kept]
    lost = ~np.isin(classes[chosen], classes[np.setdiff1d(rows, chosen)])  # all of a class: it has to be learnt
    return np.asarray(chosen[~np.isin(groups[chosen], groups[chosen[lost]])])


def limited(classes: np.ndarray, parts: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many pictures of each class, of each split that the source has.

    Returns:
        Positions, ascending, of those that stay: by the seed, not the first, as files often lie in some order.
    """
    order = np.random.default_rng(seed).permutation(len(classes))
    group = (classes[order] * 4 + parts[order] + 1).argsort(kind="stable")  # (N,)
    sorted_groups = (classes * 4 + parts + 1)[order][group]
    starts = np.searchsorted(sorted_groups, sorted_groups)
    return np.sort(order[group][np.arange(len(group)) - starts < most])
