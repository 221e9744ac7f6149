"""Which guesses are learned from."""

import numpy as np

from models.adaptation.self_training import balanced, sure_ones


def answers() -> np.ndarray:
    """A network that likes class 0: of 300 pictures, a hundred of each class."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(300, 3)) + 3 * np.eye(3)[np.arange(300) % 3] + [4, 0, 0]
    made = np.exp(logits)
    return np.asarray(made / made.sum(1, keepdims=True))


def test_balance_gives_each_class_its_share_and_finds_more_of_the_truth() -> None:
    plain, truth = answers(), np.arange(300) % 3
    for shares in (np.full(3, 1 / 3), np.array([0.2, 0.3, 0.5])):
        found = balanced(plain, shares)
        assert np.allclose(found.sum(1), 1)
        assert np.allclose(found.mean(0), shares, atol=1e-3)
    even = balanced(plain, np.full(3, 1 / 3))
    assert (plain.argmax(1) == truth).mean() < 0.6
    assert (even.argmax(1) == truth).mean() > 0.9


def test_a_class_that_is_not_expected_is_not_guessed() -> None:
    found = balanced(answers(), np.array([0.5, 0.5, 0]))
    assert found[:, 2].max() == 0


def test_the_surest_of_each_class_are_chosen_and_none_below_the_threshold() -> None:
    probability = np.array([[0.9, 0.1], [0.8, 0.2], [0.95, 0.05], [0.4, 0.6], [0.3, 0.7], [0.51, 0.49]])
    rows, guesses = sure_ones(probability, 0.65, np.array([2, 2]))
    assert rows.tolist() == [2, 0, 4]
    assert guesses.tolist() == [0, 0, 1]
    assert len(sure_ones(probability, 0.99, np.array([2, 2]))[0]) == 0
