import numpy as np
import pytest
from pydantic import ValidationError

from models.ensembles.fitting import mean_weights, vote_temperature
from models.ensembles.rule import Rule, plain_mean

THREE = np.array([[[0.6, 0.3, 0.1]], [[0.2, 0.7, 0.1]], [[0.1, 0.5, 0.4]]])  # (3 members, 1 picture, 3 classes)


def test_a_mean_is_the_weighted_mean_of_the_probabilities() -> None:
    np.testing.assert_allclose(plain_mean(3)(THREE), THREE.mean(0), atol=1e-7)
    np.testing.assert_allclose(Rule(weights=(3, 1, 0))(THREE), [[0.5, 0.4, 0.1]], atol=1e-7)


def test_votes_count_the_best_class_of_each_member_by_its_weight() -> None:
    logits = Rule(kind="votes", weights=(1.5, 0.5, 0.75)).logits(THREE)
    np.testing.assert_allclose(logits, [[1.5, 1.25, 0]])


def test_stacking_is_the_regression_on_all_probabilities_one_member_after_the_other() -> None:
    coefficients = np.arange(18, dtype=float).reshape(2, 9)
    rule = Rule(kind="stacking", coefficients=tuple(map(tuple, coefficients)), intercepts=(1, -1))
    two = np.concatenate([THREE, THREE[::-1]], axis=1)  # the second picture: members the other way round
    wants = [coefficients @ THREE.ravel() + [1, -1], coefficients @ THREE[::-1].ravel() + [1, -1]]
    np.testing.assert_allclose(rule.logits(two), wants)


def test_a_temperature_above_one_makes_it_less_sure_of_the_same_class() -> None:
    plain, warm = plain_mean(3)(THREE), plain_mean(3).model_copy(update={"temperature": 3.0})(THREE)
    assert warm.argmax() == plain.argmax()
    assert warm.max() < plain.max()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "mean"}, "a weight for each member"),
        ({"kind": "votes", "weights": (0, 0)}, "not all of them 0"),
        ({"kind": "stacking", "weights": (1,)}, "coefficients"),
        ({"weights": (1, -1)}, "greater than or equal to 0"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Rule.model_validate(fields)


def test_a_member_that_only_guesses_gets_no_weight_in_a_fitted_mean() -> None:
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 600)
    good = [0.8 * np.eye(3)[classes] + 0.2 * random.dirichlet(np.ones(3), 600) for _ in range(2)]
    weights = mean_weights(np.array([*good, random.dirichlet(np.ones(3), 600)]), classes)
    assert weights.sum() == pytest.approx(1)
    assert weights[2] < 0.01
    assert weights[:2].min() > 0.2


def test_members_that_are_each_right_where_the_other_is_wrong_are_weighted_by_how_often() -> None:
    classes = np.array([0, 0, 0, 1])
    always_0, always_1 = np.tile([1.0, 0.0], (4, 1)), np.tile([0.0, 1.0], (4, 1))
    np.testing.assert_allclose(mean_weights(np.array([always_0, always_1]), classes), [0.75, 0.25], atol=1e-6)


def test_fitted_weights_are_no_worse_on_their_pictures_than_any_others() -> None:
    random = np.random.default_rng(1)
    classes = random.integers(0, 3, 200)
    members = np.array([random.dirichlet(1 + s * np.eye(3)[c]) for s in (1, 2, 4) for c in classes]).reshape(3, 200, 3)

    def loss(weights: np.ndarray) -> float:
        return float(-np.log(np.einsum("m,mnk->nk", weights, members)[np.arange(200), classes]).mean())

    best = loss(mean_weights(members, classes))
    assert all(best <= loss(other) + 1e-6 for other in random.dirichlet(np.ones(3), 300))


def test_the_temperature_of_votes_makes_them_as_sure_as_they_are_right() -> None:
    random = np.random.default_rng(2)
    classes = random.integers(0, 2, 4000)
    right = random.random(4000) < 0.8
    logits = 40.0 * np.eye(2)[np.where(right, classes, 1 - classes)]
    temperature = vote_temperature(logits, classes)
    assert 1 / (1 + np.exp(-40 / temperature)) == pytest.approx(right.mean(), abs=1e-3)
