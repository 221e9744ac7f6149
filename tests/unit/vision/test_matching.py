"""Overlap within a class, and the best pairs, against every possible choice."""

from itertools import permutations

import numpy as np
import pytest

from vision.matching import assign, class_iou

YES = np.ones(2, bool)


def best_by_trying(alike: np.ndarray, above: float) -> float:
    """Largest sum of gains over all ways to pair rows with columns."""
    tall = alike if alike.shape[0] <= alike.shape[1] else alike.T
    gain = np.maximum(tall - above, 0)
    rows = np.arange(len(tall))
    return max(float(gain[rows, list(columns)].sum()) for columns in permutations(range(tall.shape[1]), len(tall)))


def test_boxes_of_different_classes_do_not_overlap() -> None:
    box = np.array([[0, 0, 2, 2]], np.float32)
    got = class_iou(np.repeat(box, 2, 0), np.array([1, 2], np.int32), box, np.array([2], np.int32))
    np.testing.assert_array_equal(got, np.array([[0], [1]], np.float32))
    assert got.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 5), (5, 3), (5, 5)])
@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_the_best_of_all_choices(shape: tuple[int, int], seed: int) -> None:
    chance = np.random.default_rng(seed)
    alike = np.where(chance.random(shape) < 0.6, chance.random(shape), 0).astype(np.float32)
    row, column = assign(alike, np.ones(shape[0], bool), np.ones(shape[1], bool), 0.3)
    assert len(set(row)) == len(row)
    assert len(set(column)) == len(column)
    assert (alike[row, column] > 0.3).all()
    assert (alike[row, column] - 0.3).sum() == pytest.approx(best_by_trying(alike, 0.3), abs=1e-6)


def test_the_best_whole_beats_the_best_pair() -> None:
    row, column = assign(np.array([[0.9, 0.8], [0.8, 0.1]], np.float32), YES, YES, 0.2)
    assert list(zip(row, column, strict=True)) == [(0, 1), (1, 0)]


def test_a_pair_not_alike_enough_is_not_made_to_help_another() -> None:
    row, column = assign(np.array([[0.9, 0.8], [0.3, 0.1]], np.float32), YES, YES, 0.5)
    assert list(zip(row, column, strict=True)) == [(0, 0)]


def test_only_rows_and_columns_on_offer_are_paired() -> None:
    row, column = assign(
        np.array([[0.9, 0.8], [0.8, 0.7]], np.float32), np.array([False, True]), np.array([False, True]), 0.2
    )
    assert list(zip(row, column, strict=True)) == [(1, 1)]


def test_exactly_the_least_is_not_enough() -> None:
    row, _ = assign(np.array([[0.5]], np.float32), YES[:1], YES[:1], 0.5)
    assert not len(row)


def test_what_is_not_a_number_is_not_alike() -> None:
    row, column = assign(np.array([[np.nan, 0.6], [0.9, np.nan]], np.float32), YES, YES, 0.2)
    assert list(zip(row, column, strict=True)) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nobody_on_one_side_is_no_pairs(shape: tuple[int, int]) -> None:
    row, column = assign(np.zeros(shape, np.float32), np.ones(shape[0], bool), np.ones(shape[1], bool), 0.2)
    assert len(row) == len(column) == 0
    assert row.dtype == column.dtype == np.int64
