import numpy as np
import pytest

from models.ensembles.rows import bootstrap, folds, held_back, weighted_sample
from pipeline.errors import ConfigError

CLASSES = np.array([0] * 30 + [1] * 12 + [2] * 6)
LABELS = ("cat", "dog", "emu")


def test_a_bootstrap_sample_is_drawn_by_its_seed_and_keeps_every_class() -> None:
    rows = bootstrap(CLASSES, 5)
    np.testing.assert_array_equal(rows, bootstrap(CLASSES, 5))
    assert not np.array_equal(rows, bootstrap(CLASSES, 6))
    np.testing.assert_array_equal(np.bincount(CLASSES[rows]), [30, 12, 6])
    assert len(np.unique(rows)) < len(CLASSES)


def test_about_two_thirds_of_many_pictures_are_in_a_bootstrap_sample() -> None:
    rows = bootstrap(np.zeros(20_000, np.int64), 0)
    assert len(np.unique(rows)) / 20_000 == pytest.approx(1 - np.exp(-1), abs=0.01)


def test_what_has_weight_is_drawn_and_what_has_none_is_not() -> None:
    weights = np.zeros(48)
    weights[[3, 40]] = 0.5
    rows = weighted_sample(weights, 1)
    assert set(rows) == {3, 40}
    assert len(rows) == 48
    np.testing.assert_array_equal(rows, weighted_sample(weights, 1))


def test_each_picture_is_held_out_by_one_fold_and_each_class_is_spread() -> None:
    parts = list(folds(CLASSES, 3, 0, LABELS))
    held = np.concatenate([out for _, out in parts])
    np.testing.assert_array_equal(np.sort(held), np.arange(48))
    for learnt, out in parts:
        assert not set(learnt) & set(out)
        np.testing.assert_array_equal(np.bincount(CLASSES[out]), [10, 4, 2])


def test_folds_are_drawn_by_their_seed() -> None:
    first, again, other = (next(folds(CLASSES, 3, seed, LABELS))[1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("count", "says"), [(7, "6 pictures of class 'emu'; take 6"), (1, "1 is too few")])
def test_folds_that_cannot_be_are_one_line(count: int, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        list(folds(CLASSES, count, 0, LABELS))


@pytest.mark.parametrize(("share", "counts"), [(0.5, [15, 6, 3]), (0.01, [1, 1, 1]), (24, [15, 6, 3])])
def test_what_is_held_back_has_some_of_every_class(share: float, counts: list[int]) -> None:
    learnt, held = held_back(CLASSES, share, 0)
    np.testing.assert_array_equal(np.bincount(CLASSES[held]), counts)
    np.testing.assert_array_equal(np.sort(np.concatenate([learnt, held])), np.arange(48))
