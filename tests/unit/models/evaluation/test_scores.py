import numpy as np
import pytest

from models.evaluation.scores import in_top, report_text, score

PROBABILITY = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6]], np.float32)
TRUTH = np.array([0, 1, 1, 2])
LABELS = ("ant", "bee", "cat")
"""One mistake: the second, a bee, is called an ant."""


def test_every_figure_is_what_it_is_by_hand() -> None:
    told = score(PROBABILITY, TRUTH, LABELS)
    assert (told.pictures, told.right, told.accuracy) == (4, 3, 0.75)
    assert told.confusion.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    ant, bee, cat = told.classes
    assert (ant.precision, ant.recall, ant.f1) == pytest.approx((1 / 2, 1, 2 / 3))
    assert (bee.precision, bee.recall, bee.f1) == pytest.approx((1, 1 / 2, 2 / 3))
    assert (cat.precision, cat.recall, cat.f1) == pytest.approx((1, 1, 1))
    assert told.macro.precision == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert told.weighted.precision == pytest.approx((1 / 2 + 2 * 1 + 1) / 4)
    assert told.macro.recall == pytest.approx((1 + 1 / 2 + 1) / 3)
    assert told.weighted.recall == pytest.approx(told.accuracy)
    assert told.log_loss == pytest.approx(-np.log([0.7, 0.3, 0.5, 0.6]).mean())
    squares = (0.3**2 + 0.2**2 + 0.1**2, 0.6**2 + 0.7**2 + 0.1**2, 0.1**2 + 0.5**2 + 0.4**2, 0.2**2 + 0.2**2 + 0.4**2)
    assert told.brier == pytest.approx(sum(squares) / 4)
    assert told.mse == pytest.approx(sum(squares) / 12)


def test_the_area_under_the_roc_is_the_share_of_pairs_in_the_right_order() -> None:
    told = score(PROBABILITY, TRUTH, LABELS)
    # bees have 0.3 and 0.5, others 0.2 and 0.2: all four pairs are right
    assert [one.auc for one in told.classes] == pytest.approx([1.0, 1.0, 1.0])
    swapped = score(PROBABILITY, np.array([1, 0, 1, 2]), LABELS)
    # ants have 0.6; others 0.7, 0.1, 0.2: two pairs of three, and the first place is wrong
    assert swapped.classes[0].auc == pytest.approx(2 / 3)
    assert swapped.classes[0].ap == pytest.approx(1 / 2)


def test_classes_without_pictures_count_in_no_mean() -> None:
    told = score(PROBABILITY[[0, 3]], np.array([0, 2]), LABELS)
    assert [one.label for one in told.classes] == ["ant", "cat"]
    assert (told.macro.recall, told.auc) == (1.0, 1.0)


def test_a_class_that_is_said_and_never_there_is_in_the_table() -> None:
    told = score(PROBABILITY[1:2], np.array([1]), LABELS)
    assert [(one.label, one.pictures) for one in told.classes] == [("ant", 0), ("bee", 1)]
    assert (told.macro.recall, told.auc, told.classes[0].auc) == (0.0, None, None)


def test_the_truth_is_looked_for_among_the_likeliest() -> None:
    assert in_top(PROBABILITY, TRUTH, 1) == 0.75
    assert in_top(PROBABILITY, TRUTH, 2) == 1.0
    assert in_top(PROBABILITY, TRUTH, 9) == 1.0


def test_a_probability_of_nought_for_the_truth_gives_a_finite_loss() -> None:
    assert score(np.array([[1.0, 0.0]]), np.array([1]), ("a", "b")).log_loss == pytest.approx(-np.log(1e-7))


def test_it_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import log_loss, top_k_accuracy_score

    random = np.random.default_rng(0)
    probability, truth = random.dirichlet(np.ones(8), 200), random.integers(0, 8, 200)
    told = score(probability, truth, tuple("abcdefgh"))
    assert told.log_loss == pytest.approx(log_loss(truth, probability, labels=range(8)))
    assert told.top5 == pytest.approx(top_k_accuracy_score(truth, probability, k=5, labels=range(8)))
    assert "weighted avg" in report_text(probability, truth, tuple("abcdefgh"))


def test_no_pictures_are_an_error() -> None:
    with pytest.raises(ValueError, match="expected"):
        score(np.zeros((0, 3)), np.zeros(0, np.int64), LABELS)
