"""What is said of pairs, on distances whose answer is known."""

import numpy as np
import pytest

from vision.verification import accuracy, best_threshold, folds_of, roc


def test_distances_that_tell_all_pairs_apart_have_an_area_of_one_and_no_error() -> None:
    distance, same = np.array([0.2, 0.3, 0.7, 0.9]), np.array([True, True, False, False])
    curve = roc(distance, same)
    assert curve.auc == 1.0 and curve.eer[0] == 0.0 and curve.tar_at(0.0)[0] == 1.0
    assert best_threshold(distance, same) == (0.5, 1.0)


def test_the_area_is_the_chance_that_a_true_pair_is_nearer() -> None:
    random = np.random.default_rng(1)
    near, far = random.normal(0.4, 0.1, 60), random.normal(0.6, 0.1, 80)
    same = np.arange(140) < 60
    chance = (near[:, None] < far[None]).mean()
    assert roc(np.concatenate([near, far]), same).auc == pytest.approx(chance)


def test_ties_count_half() -> None:
    assert roc(np.array([0.5, 0.5]), np.array([True, False])).auc == 0.5


def test_pairs_without_a_face_are_never_accepted_below_infinity() -> None:
    distance, same = np.array([0.2, np.inf, 0.7, np.inf]), np.array([True, True, False, False])
    curve = roc(distance, same)
    assert curve.tar_at(0.0) == (0.5, 0.2)
    assert best_threshold(distance, same)[1] == 0.75


def test_where_no_pair_could_be_compared_all_are_said_to_differ() -> None:
    distance, same = np.full(4, np.inf), np.array([True, False, True, False])
    assert best_threshold(distance, same)[1] == 0.5
    assert roc(distance, same).auc == 0.5


def test_the_equal_error_rate_lies_where_both_errors_meet() -> None:
    distance = np.array([0.1, 0.2, 0.3, 0.6, 0.4, 0.7, 0.8, 0.9])
    same = np.array([True, True, True, True, False, False, False, False])
    assert roc(distance, same).eer[0] == pytest.approx(0.25)


def test_a_fold_is_judged_by_a_threshold_that_never_saw_it() -> None:
    # the last fold's true pairs lie beyond the others' false ones: seen, they would move its own threshold to 0.8
    distance = np.array([0.1, 0.5, 0.1, 0.55, 0.8, 0.8, 0.8, 0.95])
    same = np.array([True, False, True, False, True, True, True, False])
    fold = np.array([0, 0, 1, 1, 2, 2, 2, 2])
    told = accuracy(distance, same, fold)
    assert told.mean == pytest.approx((0.5 + 0.5 + 0.25) / 3) and told.folds == 3
    assert told.low < told.mean < told.high


def test_folds_have_both_kinds_and_are_the_same_each_time() -> None:
    same = np.arange(100) % 3 == 0
    fold = folds_of(same)
    assert {int(same[fold == number].sum()) for number in range(10)} <= {3, 4}
    assert (fold == folds_of(same)).all()


def test_pairs_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="some of one person and some of two"):
        roc(np.array([0.1, 0.2]), np.array([True, True]))
