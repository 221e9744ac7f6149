"""Which pictures a member learns from: bootstrap samples, weighted samples and folds, each by a seed."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.errors import ConfigError


def bootstrap(classes: np.ndarray, seed: int) -> np.ndarray:
    """As many pictures as there are, drawn with replacement, each class by itself, so that none goes missing.

    Breiman, "Bagging predictors" (1996); about 63 % of the pictures are in it.

    Args:
        classes: `(N,)`.
        seed: Another one, another sample.

    Returns:
        `(N,) int64`, sorted positions.
    """
    random = np.random.default_rng(seed)
    drawn = [random.choice(rows, len(rows)) for rows in _each_class(classes)]
    return np.sort(np.concatenate(drawn))


def weighted_sample(weights: np.ndarray, seed: int) -> np.ndarray:
    """As many pictures as there are, drawn with replacement, each as likely as its weight.

    Args:
        weights: `(N,)`, sum 1.
        seed: Another one, another sample.

    Returns:
        `(N,) int64`, sorted positions.
    """
    random = np.random.default_rng(seed)
    return np.sort(random.choice(len(weights), len(weights), p=weights))


def folds(classes: np.ndarray, count: int, seed: int, labels: Sequence[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Stratified folds: each picture is held out once, and each class is spread evenly.

    Args:
        classes: `(N,)`.
        count: How many.
        seed: Of the shuffle.
        labels: Name of each class, for messages.

    Returns:
        `(rows to learn from, rows held out)` of each fold, sorted positions.

    Raises:
        ConfigError: fewer than two folds, or a class has fewer pictures than there are folds.
    """
    if count < 2:
        raise ConfigError(f"folds: {count} is too few: nothing would be held out; take 2 to 10")
    smallest = min(_each_class(classes), key=len)
    if len(smallest) < count:
        raise ConfigError(
            f"folds: {count} are more than the {len(smallest)} pictures of class"
            f" '{labels[int(classes[smallest[0]])]}'; take {len(smallest)} or fewer, or get more pictures of it"
        )
    from sklearn.model_selection import StratifiedKFold

    for learnt, held in StratifiedKFold(count, shuffle=True, random_state=seed).split(classes, classes):
        yield np.asarray(learnt, np.int64), np.asarray(held, np.int64)


def held_back(classes: np.ndarray, share: int | float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A stratified part to choose by.

    Args:
        classes: `(N,)`.
        share: So many pictures, or this share of them; of each class at least one stays on either side.
        seed: Of the draw.

    Returns:
        `(rows to learn from, rows held back)`, sorted positions.
    """
    random = np.random.default_rng(seed)
    portion = share / len(classes) if share >= 1 else share
    kept: list[np.ndarray] = []
    for rows in _each_class(classes):
        many = min(max(round(portion * len(rows)), 1), len(rows) - 1)
        kept.append(random.permutation(rows)[:many])
    held = np.sort(np.concatenate(kept))
    return np.setdiff1d(np.arange(len(classes)), held), held


def _each_class(classes: np.ndarray) -> list[np.ndarray]:
    """Positions of every class that has any, in order."""
    return [np.flatnonzero(classes == one) for one in np.unique(classes)]
