import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from models.data.dataset import DataConfig, DataSet
from models.ensembles.cross_validation import Candidate, CrossValidation, cross_validate
from models.training.config import TrainConfig
from pipeline.errors import ConfigError
from quick_training import QuickTraining


@pytest.fixture
def candidates(settings: TrainConfig) -> list[Candidate]:
    return [Candidate("narrow", settings), Candidate("wide", settings.model_copy(update={"epochs": 3}))]


def test_every_picture_but_those_of_the_test_split_is_held_out_once_and_nothing_is_chosen_on_it(
    candidates: list[Candidate], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    cross_validate(candidates[:1], tmp_path / "cv", 3, training, lambda config: digits)
    seen = {image.tobytes() for split in (digits.train, digits.validation) for image in split.images}
    held: list[bytes] = []
    for _, _, data in training.calls:
        learned, chosen, out = (
            {image.tobytes() for image in split.images} for split in (data.train, data.validation, data.test)
        )
        assert not out & (learned | chosen)
        assert not learned & chosen
        assert set(np.unique(data.validation.classes)) == set(range(10))
        held += out
    assert sorted(held) == sorted(seen)


def test_the_settings_with_the_best_mean_are_chosen_and_written_as_train_takes_them(
    candidates: list[Candidate], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    found = cross_validate(candidates, tmp_path / "cv", 3, training, lambda config: digits)
    narrow, wide = found.results
    assert found.chosen == 1
    assert wide.mean == pytest.approx(np.mean(wide.accuracies))
    assert wide.deviation == pytest.approx(np.std(wide.accuracies, ddof=1))
    behind = found.behind[0]
    assert behind is not None
    assert behind.share == pytest.approx(narrow.right.mean() - wide.right.mean())
    assert behind.high < 0
    assert found.behind[1] is None
    chosen = yaml.safe_load((tmp_path / "cv" / "chosen.yaml").read_text())
    assert TrainConfig.model_validate(chosen) == candidates[1].config
    report = json.loads((tmp_path / "cv" / "cross-validation.json").read_text())
    assert report["chosen"] == "wide"
    assert len(report["results"][0]["accuracies"]) == 3


def test_a_killed_cross_validation_goes_on_with_the_folds_that_are_done_to_the_same_figures(
    candidates: list[Candidate], digits: DataSet, tmp_path: Path
) -> None:
    def run(folder: str, train: QuickTraining) -> CrossValidation:
        return cross_validate(candidates, tmp_path / folder, 2, train, lambda config: digits)

    with pytest.raises(KeyboardInterrupt):
        run("cv", QuickTraining(dies_at=2))
    assert not (tmp_path / "cv" / "cross-validation.json").exists()
    again = QuickTraining()
    found = run("cv", again)
    assert [name for name, _, _ in again.calls] == ["fold-1", "fold-2"]
    whole = run("whole", QuickTraining())
    assert [one.accuracies for one in found.results] == [one.accuracies for one in whole.results]


def test_a_plan_that_changed_is_not_gone_on_with(
    candidates: list[Candidate], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        cross_validate(candidates, tmp_path / "cv", 3, QuickTraining(dies_at=0), lambda config: digits)
    with pytest.raises(ConfigError, match="was begun with another folds"):
        cross_validate(candidates, tmp_path / "cv", 4, training, lambda config: digits)
    with pytest.raises(ConfigError, match="was begun with another settings"):
        cross_validate(candidates[:1], tmp_path / "cv", 3, training, lambda config: digits)


def test_settings_with_other_pictures_cannot_be_compared(
    candidates: list[Candidate], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    other = candidates[1].config.model_copy(update={"data": DataConfig(seed=1)})
    shuffled = replace(digits, train=digits.train.take(np.arange(len(digits.train))[::-1]))
    with pytest.raises(ConfigError, match="wide and narrow have other pictures or another order"):
        cross_validate(
            [candidates[0], Candidate("wide", other)],
            tmp_path / "cv",
            3,
            training,
            lambda config: shuffled if config.seed else digits,
        )
    assert not (tmp_path / "cv").exists()


def test_more_folds_than_pictures_of_a_class_and_names_that_are_one_are_refused(
    candidates: list[Candidate], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"are more than the .* pictures of class"):
        cross_validate(candidates, tmp_path / "cv", 400, training, lambda config: digits)
    with pytest.raises(ConfigError, match="all different, not narrow, narrow"):
        cross_validate(candidates[:1] * 2, tmp_path / "cv", 3, training, lambda config: digits)
    assert not training.calls
