import numpy as np
import pytest

from models.ensembles.judged import difference, judge

TRUTH = np.array([0, 0, 1, 1, 2, 2])


def sure_of(classes: list[int]) -> np.ndarray:
    return np.eye(3)[classes] * 0.7 + 0.1


def test_an_ensemble_is_held_against_the_best_member_on_the_same_pictures() -> None:
    members = np.array([sure_of([0, 0, 1, 1, 0, 0]), sure_of([0, 1, 0, 1, 2, 0])])
    found = judge("test", ["a", "b"], members, sure_of([0, 0, 1, 1, 2, 0]), TRUTH)
    assert found.ensemble.accuracy == pytest.approx(5 / 6)
    assert [one.accuracy for one in found.members] == pytest.approx([4 / 6, 3 / 6])
    assert found.over_best.share == pytest.approx(1 / 6)
    assert found.over_mean == pytest.approx(5 / 6 - 3.5 / 6)
    assert found.ensemble.log_loss == pytest.approx((-5 * np.log(0.8) - np.log(0.1)) / 6)
    assert found.diversity.means()["double_fault"] == pytest.approx(1 / 6)


def test_the_interval_of_a_difference_holds_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        draw = random.random(150)
        ours, theirs = draw < 0.9, (draw < 0.82) | (draw > 0.97)  # 0.9 and 0.85
        found = difference(ours, theirs)
        held += found.low <= 0.05 <= found.high
    assert 0.92 <= held / 400 <= 0.99


def test_two_that_differ_nowhere_are_not_called_the_same_for_sure() -> None:
    same = np.ones(50, bool)
    found = difference(same, same)
    assert (found.share, found.p) == (0, 1)
    assert found.low < 0 < found.high
