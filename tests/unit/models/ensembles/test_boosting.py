from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.boosting import boosting
from models.ensembles.samme import vote_weight
from models.ensembles.spec import read_spec
from models.evaluation.classifier import open_classifier
from models.training.config import TrainConfig
from pipeline.errors import ConfigError, ModelError
from quick_training import QuickTraining


def test_later_members_learn_more_from_what_earlier_ones_got_wrong_and_the_votes_beat_each(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    made = boosting(settings, tmp_path / "boost", 4, digits, training)
    samples = [data.train for _, _, data in training.calls]
    assert samples[0] is digits.train
    with open_classifier(tmp_path / "boost" / "members" / "round-1") as first:
        wrong = first(digits.train.images).argmax(1) != digits.train.classes
        drawn = first(samples[1].images).argmax(1) != samples[1].classes
    # SAMME gives what was wrong K - 1 of K parts of the weight.
    assert wrong.mean() < 0.5
    assert drawn.mean() == pytest.approx(0.9, abs=0.05)
    rule = read_spec(made.folder).rule
    assert rule is not None
    assert rule.kind == "votes"
    assert rule.weights[0] == pytest.approx(vote_weight(wrong.mean(), 10))
    assert made.judgement.ensemble.accuracy > max(one.accuracy for one in made.judgement.members)


def test_a_first_member_without_errors_is_told_to_be_too_good_to_boost(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    easy = replace(digits, train=digits.train.take(np.arange(12)))
    with pytest.raises(ModelError, match="the first gets all 12 training pictures right"):
        boosting(settings.model_copy(update={"epochs": 9}), tmp_path / "boost", 3, easy, training)


def test_a_first_member_that_only_guesses_cannot_be_boosted(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    swapped = (digits.train.classes + 1) % 10
    untrue = replace(digits, train=replace(digits.train, classes=swapped))

    def learns_the_truth(config: TrainConfig, folder: Path, *told: object, **named: object) -> object:
        return training(config, folder, data=replace(digits, fingerprint=untrue.fingerprint))

    with pytest.raises(ModelError, match="no better than chance; give it more epochs"):
        boosting(settings, tmp_path / "boost", 3, untrue, learns_the_truth)  # type: ignore[arg-type]


def test_fewer_than_two_rounds_are_refused(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="rounds: boosting needs 2 at least, not 1"):
        boosting(settings, tmp_path / "boost", 1, digits, training)
