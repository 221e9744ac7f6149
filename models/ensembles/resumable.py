"""Work of many trainings that can be ended and gone on with: what is done is not done again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from models.data.dataset import DataSet
from models.experiments.run import STATE, Run
from models.training.config import TrainConfig
from models.training.train import Epoch
from pipeline.errors import ConfigError, ModelError
from pipeline.whole import write_whole

PLAN = "plan.json"
"""What was asked for, so that nobody goes on with something else."""


class Train(Protocol):
    """As `models.training.train.train`."""

    def __call__(
        self,
        config: TrainConfig,
        folder: Path,
        told: Callable[[Epoch], bool | None] = ...,
        *,
        data: DataSet | None = ...,
        resume: bool = ...,
    ) -> Run:
        """Train, and leave a run."""
        ...


Begun = Callable[[str], None]
"""Told in a line which training begins, or that it was done before."""


def begin(folder: Path, plan: dict[str, Any], result: str) -> None:
    """Make the folder, or go on with one of the same plan.

    Args:
        folder: Of the whole work.
        plan: What was asked for, as JSON has it.
        result: The file that is written last.

    Raises:
        ConfigError: it is whole already, or there for something else.
        ModelError: it cannot be written.
    """
    wanted = json.loads(json.dumps(plan))
    path = folder / PLAN
    try:
        if not folder.exists() or not any(folder.iterdir()):
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(wanted, indent=2) + "\n")
            return
        if (folder / result).exists() or not path.is_file():
            raise ConfigError(f"{folder} is there already; name another with -o")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"cannot write to {folder}: {error.strerror or error}; free the disk or mend its rights"
        ) from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged; remove {folder} and begin anew") from error
    if found != wanted:
        apart = _first_difference(found, wanted)
        raise ConfigError(f"{folder} was begun with another {apart}; go on with the same, or name another with -o")


def trained(
    train: Train,
    config: TrainConfig,
    folder: Path,
    data: DataSet,
    begun: Begun = lambda line: None,
    told: Callable[[Epoch], bool | None] = lambda epoch: None,
) -> Run:
    """A run in `folder`: as it is if done, gone on with if it was begun, or trained.

    Args:
        train: Does it.
        config: Settings.
        folder: Of the run.
        data: What it learns from.
        begun: Told which one it is.
        told: Called after each epoch.

    Raises:
        PipelineError: as `train` does.
    """
    import keras

    run = Run(folder)
    there = run.path(STATE).is_file()
    if there and run.state().get("state") == "done":
        if run.state().get("fingerprint") != data.fingerprint:
            raise ModelError(f"{folder} was trained on other pictures than it would be now; remove it and go on")
        begun(f"{folder.name}: done before")
        return run
    begun(f"{folder.name}: training{' goes on' if there else ''}")
    if not there and folder.exists():
        shutil.rmtree(folder)  # ended before it was a run
    made = train(config, folder, told, data=data, resume=there)
    keras.utils.clear_session(free_memory=False)
    return made


def _first_difference(found: Any, wanted: Any) -> str:
    if not isinstance(found, dict):
        return "plan"
    return next((key for key in wanted if found.get(key) != wanted[key]), "plan").replace("_", " ")
