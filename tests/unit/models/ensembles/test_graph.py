from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.graph import join
from models.ensembles.members import load_run, probabilities
from models.ensembles.rule import Rule, plain_mean
from models.experiments.run import Run

RANDOM = np.random.default_rng(0)
RULES = {
    "mean": Rule(weights=(0.5, 0.3, 0.2)),
    "votes": Rule(kind="votes", weights=(1.5, 0.5, 0.75), temperature=2.0),
    "stacking": Rule(
        kind="stacking",
        coefficients=tuple(tuple(row) for row in RANDOM.normal(size=(10, 30)).tolist()),
        intercepts=tuple(RANDOM.normal(size=10).tolist()),
    ),
}


@pytest.fixture(scope="module")
def networks(runs: list[Path]) -> list[Any]:
    return [load_run(Run(folder)).network for folder in runs]


@pytest.mark.parametrize("name", RULES)
def test_one_network_gives_what_the_rule_makes_of_the_members_and_so_it_does_when_saved(
    networks: list[Any], digits: DataSet, tmp_path: Path, name: str
) -> None:
    import keras

    images = digits.validation.images
    want = RULES[name](np.stack([probabilities(one, images) for one in networks]))
    joined = join(networks, RULES[name])
    np.testing.assert_allclose(probabilities(joined, images), want, atol=1e-5)
    joined.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(probabilities(again, images), want, atol=1e-5)
    assert [layer.name for layer in again.layers[-3:]] == ["logits", "temperature", "probability"]


@pytest.mark.parametrize("rule", [plain_mean(1), Rule(weights=(7.0,))])
def test_an_ensemble_of_one_is_that_one(networks: list[Any], digits: DataSet, rule: Rule) -> None:
    alone = probabilities(networks[0], digits.validation.images)
    np.testing.assert_allclose(probabilities(join(networks[:1], rule), digits.validation.images), alone, atol=1e-6)


def test_a_rule_for_another_number_of_members_is_refused(networks: list[Any]) -> None:
    with pytest.raises(ValueError, match="another ensemble than 3 members of 10 classes"):
        join(networks, plain_mean(2))
    with pytest.raises(ValueError, match="another ensemble than 2 members"):
        join(networks[:2], RULES["stacking"])
