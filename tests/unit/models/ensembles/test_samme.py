"""SAMME on four pictures of three classes, two rounds, with a pencil."""

import numpy as np
import pytest

from models.ensembles.rule import Rule
from models.ensembles.samme import reweighted, vote_weight, weighted_error

WRONG_FIRST = np.array([True, False, False, False])
WRONG_SECOND = np.array([False, True, False, False])


def test_two_rounds_are_those_of_the_calculation_by_hand() -> None:
    weights = np.full(4, 1 / 4)
    error = weighted_error(WRONG_FIRST, weights)
    assert error == 1 / 4
    alpha = vote_weight(error, 3)
    assert alpha == pytest.approx(np.log(3) + np.log(2))  # ln 6
    weights = reweighted(weights, WRONG_FIRST, alpha)
    # The wrong one counts six times as much: 6, 1, 1, 1 of 9.
    np.testing.assert_allclose(weights, np.array([6, 1, 1, 1]) / 9)

    error = weighted_error(WRONG_SECOND, weights)
    assert error == pytest.approx(1 / 9)
    alpha = vote_weight(error, 3)
    assert alpha == pytest.approx(np.log(16))  # ln 8 + ln 2
    # 6, 16, 1, 1 of 24.
    np.testing.assert_allclose(reweighted(weights, WRONG_SECOND, alpha), np.array([6, 16, 1, 1]) / 24)


def test_the_member_with_the_smaller_error_outvotes_the_other_and_their_odds_are_those_of_the_paper() -> None:
    rule = Rule(kind="votes", weights=(float(np.log(6)), float(np.log(16))))
    told = np.array([[[1, 0, 0]], [[0, 1, 0]]], float)  # the first says class 0, the second class 1
    np.testing.assert_allclose(rule(told), np.array([[6, 16, 1]]) / 23, rtol=1e-6)


def test_chance_has_no_vote_and_worse_than_chance_a_negative_one() -> None:
    assert vote_weight(2 / 3, 3) == pytest.approx(0, abs=1e-12)
    assert vote_weight(0.7, 3) < 0


def test_a_member_without_an_error_has_a_vote_that_is_finite() -> None:
    assert vote_weight(weighted_error(np.zeros(4, bool), np.full(4, 0.25)), 3) == pytest.approx(np.log(7) + np.log(2))
