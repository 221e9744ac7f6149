import numpy as np

from models.evaluation.mistakes import most_confused, worst_mistakes


def test_the_surest_wrong_answer_comes_first_and_right_ones_never() -> None:
    probability = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    worst = worst_mistakes(probability, np.array([0, 1, 0, 1]))
    assert [(one.row, one.said, one.truth) for one in worst] == [(2, 1, 0), (1, 0, 1)]
    assert (worst[0].sure, worst[0].of_truth) == (0.8, 0.2)


def test_of_equally_sure_ones_the_one_whose_truth_had_less_is_worse() -> None:
    probability = np.array([[0.6, 0.4, 0.0], [0.6, 0.1, 0.3]])
    assert [one.row for one in worst_mistakes(probability, np.array([1, 1]))] == [1, 0]


def test_no_more_are_told_than_asked_for_and_none_where_all_is_right() -> None:
    probability = np.tile([0.7, 0.3], (40, 1))
    assert len(worst_mistakes(probability, np.ones(40, np.int64))) == 25
    assert worst_mistakes(probability, np.zeros(40, np.int64)) == ()


def test_pairs_are_told_by_how_often_they_are_mixed_up() -> None:
    confusion = np.array([[50, 2, 0], [7, 40, 1], [0, 0, 9]])
    assert most_confused(confusion) == ((1, 0, 7), (0, 1, 2), (1, 2, 1))
