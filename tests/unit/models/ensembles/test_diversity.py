import numpy as np
import pytest

from models.ensembles.diversity import diversity

# Two classifiers, ten pictures: both right on 5, only the first on 2, only the second on 1, neither on 2.
FIRST = np.array([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], bool)
SECOND = np.array([1, 1, 1, 1, 1, 0, 0, 1, 0, 0], bool)


def test_the_measures_of_two_classifiers_are_those_counted_by_hand() -> None:
    found = diversity(np.array([FIRST, SECOND])).means()
    assert found["disagreement"] == pytest.approx(3 / 10)
    assert found["double_fault"] == pytest.approx(2 / 10)
    assert found["q"] == pytest.approx((5 * 2 - 2 * 1) / (5 * 2 + 2 * 1))
    assert found["correlation"] == pytest.approx(np.corrcoef(FIRST, SECOND)[0, 1])


def test_a_classifier_and_its_twin_err_together() -> None:
    found = diversity(np.array([FIRST, FIRST])).means()
    assert found == pytest.approx({"disagreement": 0, "q": 1, "double_fault": 0.3, "correlation": 1})


def test_what_cannot_be_told_is_none_and_not_a_number_made_up() -> None:
    never_wrong = diversity(np.ones((2, 4), bool))
    assert never_wrong.means() == {"disagreement": 0.0, "q": None, "double_fault": 0.0, "correlation": None}
    assert never_wrong.as_data()["q"] == [[None, None], [None, None]]
    assert diversity(FIRST[None]).means()["disagreement"] is None


def test_no_pictures_say_nothing_of_diversity() -> None:
    with pytest.raises(ValueError, match="a picture at least"):
        diversity(np.zeros((2, 0), bool))
