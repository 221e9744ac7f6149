from pathlib import Path

import pytest
import yaml
from small_trainings import digits, settings

from models.experiments.run import MODEL, Run
from models.training.config import TrainConfig
from models.tuning.outcome import best_of, read_rows
from models.tuning.search import Plan, search
from models.tuning.space import read_space
from models.tuning.study import open_study
from models.tuning.training import Training
from pipeline.errors import ConfigError

pytest.importorskip("optuna")
pytest.importorskip("tensorflow")


def test_the_winner_of_a_real_search_trained_again_comes_to_the_same(tmp_path: Path) -> None:
    from models.training.train import train

    base = settings(epochs=1).model_dump(mode="json")
    space = read_space(
        {"base": base, "space": {"optimiser.rate": {"log": [1e-4, 1e-1]}, "batch": {"choice": [16, 32]}}}
    )
    with open_study(tmp_path, space) as study:
        search(study, tmp_path, space, Plan(2), Training())
        rows = read_rows(study, space)
    assert [(row.state, row.epochs) for row in rows] == [("done", 1), ("done", 1)]
    best = best_of(rows)[0]
    config = TrainConfig.model_validate(yaml.safe_load((tmp_path / "best.yaml").read_text()))
    again = train(config, tmp_path / "again", data=digits())
    assert again.state()["best"]["val_accuracy"] == best.value
    assert again.history()[-1]["loss"] == Run(tmp_path / "trials" / f"{best.number:04}").history()[-1]["loss"]
    assert (tmp_path / "trials" / f"{best.number:04}" / MODEL).exists()


def test_without_pictures_to_choose_by_there_is_no_search(tmp_path: Path) -> None:
    config = settings(data={"source": "digits", "limit": 12, "validation": 0.0})
    with pytest.raises(ConfigError, match=r"data\.validation: no pictures are kept back to choose by"):
        Training()(config, tmp_path / "run", lambda epoch: None, False)
    assert not (tmp_path / "run").exists()
