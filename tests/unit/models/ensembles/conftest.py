"""Runs that are trained in milliseconds."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from models.data.dataset import DataSet
from models.training.config import TrainConfig
from quick_training import CONFIG, QuickTraining

collect_ignore_glob = [] if find_spec("tensorflow") and find_spec("sklearn") else ["test_*.py"]
"""Nothing of this folder where the workshop is not installed."""


@pytest.fixture
def training() -> QuickTraining:
    return QuickTraining()


@pytest.fixture(scope="session")
def digits() -> DataSet:
    """600 digits of 8 x 8 pixels."""
    from models.data.load import load

    return load(CONFIG.data)


@pytest.fixture(scope="session")
def settings() -> TrainConfig:
    return CONFIG


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, digits: DataSet) -> list[Path]:
    """Three runs that differ by their seed."""
    folder = tmp_path_factory.mktemp("runs")
    train = QuickTraining()
    made = [
        train(CONFIG.model_copy(update={"seed": seed, "epochs": 3}), folder / name, data=digits)
        for seed, name in enumerate(("one", "two", "three"))
    ]
    return [run.folder for run in made]
