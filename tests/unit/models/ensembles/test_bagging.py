import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.bagging import bagging
from models.ensembles.boosting import boosting
from models.ensembles.rows import bootstrap
from models.ensembles.snapshot import snapshot
from models.training.config import TrainConfig
from pipeline.errors import ConfigError
from quick_training import QuickTraining


def test_each_member_learns_from_its_own_sample_and_seed(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    bagging(settings, tmp_path / "bag", 3, digits, training)
    assert [config.seed for _, config, _ in training.calls] == [0, 1, 2]
    for number, (_, _, data) in enumerate(training.calls):
        rows = bootstrap(digits.train.classes, number)
        np.testing.assert_array_equal(data.train.images, digits.train.images[rows])
        assert data.validation is digits.validation
    assert len({data.fingerprint for _, _, data in training.calls}) == 3


def test_the_report_has_what_members_say_of_pictures_they_did_not_draw(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    made = bagging(settings.model_copy(update={"epochs": 3}), tmp_path / "bag", 3, digits, training)
    drawn_by_all = set.intersection(*(set(bootstrap(digits.train.classes, number).tolist()) for number in range(3)))
    note = json.loads((made.folder / "ensemble.json").read_text())["notes"]["out-of-bag accuracy"]
    assert f"of {len(digits.train) - len(drawn_by_all)} training pictures" in note
    assert made.judgement.over_mean > 0


def test_an_interrupted_bagging_goes_on_with_the_members_that_are_done(
    settings: TrainConfig, digits: DataSet, tmp_path: Path
) -> None:
    killed, again, whole = QuickTraining(dies_at=1), QuickTraining(), QuickTraining()
    with pytest.raises(KeyboardInterrupt):
        bagging(settings, tmp_path / "bag", 2, digits, killed)
    lines: list[str] = []
    bagging(settings, tmp_path / "bag", 2, digits, again, lines.append)
    assert lines == ["bag-1: done before", "bag-2: training goes on"]
    assert [name for name, _, _ in again.calls] == ["bag-2"]
    bagging(settings, tmp_path / "whole", 2, digits, whole)
    first, second = (json.loads((tmp_path / name / "ensemble.json").read_text()) for name in ("bag", "whole"))
    assert first == second


def test_a_folder_of_other_settings_is_not_gone_on_with(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        bagging(settings, tmp_path / "bag", 2, digits, QuickTraining(dies_at=0))
    with pytest.raises(ConfigError, match="was begun with another members; go on with the same"):
        bagging(settings, tmp_path / "bag", 4, digits, training)
    bagging(settings, tmp_path / "bag", 2, digits, training)
    with pytest.raises(ConfigError, match="is there already"):
        bagging(settings, tmp_path / "bag", 2, digits, training)
    with pytest.raises(ConfigError, match="needs 2 at least, not 1"):
        bagging(settings, tmp_path / "one", 1, digits, training)
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("method", [bagging, boosting, snapshot])
def test_a_set_without_validation_pictures_is_refused_before_anything_is_made(
    settings: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path, method: Any
) -> None:
    blind = replace(digits, validation=digits.validation.take(np.arange(0)))
    with pytest.raises(ConfigError, match="keeps no pictures back to choose by"):
        method(settings.model_copy(update={"epochs": 2}), tmp_path / "made", 2, blind, training)
    assert not list(tmp_path.iterdir())
