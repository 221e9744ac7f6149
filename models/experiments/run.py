"""The folder of one training: what lies in it under which name, and how it is read."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from models.training.config import TrainConfig
from pipeline.errors import ModelError

CONFIG = "config.yaml"
"""The settings, whole; `train -c` takes it again."""
STATE = "run.json"
"""state (running, done, stopped, failed), seed, git, versions, data, labels, standardisation, times."""
HISTORY = "history.csv"
"""A row an epoch: epoch, loss, accuracy, val_loss, val_accuracy, rate, images_per_s, seconds."""
LAST = "last.npz"
"""Everything to go on from: weights, averages, the optimiser's memory."""
MODEL = "model.keras"
"""The best weights by validation accuracy, with standardisation, temperature and softmax inside."""
METRICS = "metrics.json"
SPEC = "model.yaml"
"""What `classify` needs to run the exported files."""
EXPORT = "export.json"
CARD = "README.md"
"""The model card."""
CURVES = "curves.png"


@dataclass(frozen=True)
class Run:
    """A folder that `train` wrote or is writing."""

    folder: Path

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.folder.resolve().name

    def path(self, name: str) -> Path:
        """Of one of its files."""
        return self.folder / name

    def config(self) -> TrainConfig:
        """What it was trained with.

        Raises:
            ModelError: the file is missing or does not fit this version.
        """
        path = self.path(CONFIG)
        try:
            return TrainConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ModelError(f"cannot read {path}: {' '.join(str(error).split())[:160]}") from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise ModelError(f"{path}: {field}: {first['msg'].removeprefix('Value error, ')}; mend it there") from error

    def state(self) -> dict[str, Any]:
        """What is in `run.json`.

        Raises:
            ModelError: it is missing or damaged.
        """
        return self.read_json(STATE)

    def read_json(self, name: str) -> dict[str, Any]:
        """One of its JSON files.

        Raises:
            ModelError: it is missing or damaged.
        """
        path = self.path(name)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot read {path}: {' '.join(str(error).split())[:160]}") from error
        if not isinstance(found, dict):
            raise ModelError(f"{path} is damaged: an object is expected")
        return found

    def history(self) -> list[dict[str, float]]:
        """A row an epoch, as far as it came; empty before the first."""
        try:
            with self.path(HISTORY).open(encoding="utf-8", newline="") as lines:
                return [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(lines)]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"cannot read {self.path(HISTORY)}: {str(error)[:160]}") from error


def open_run(folder: Path) -> Run:
    """The run in `folder`.

    Raises:
        ModelError: there is none.
    """
    run = Run(folder)
    if not run.path(STATE).is_file():
        raise ModelError(f"{folder} is no run of `python -m models train`: it has no {STATE}")
    return run
