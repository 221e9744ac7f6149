"""Searches over a training that takes no time: its accuracy is a formula of its settings."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.experiments.run import HISTORY, LAST, MODEL, STATE, Run
from models.training.checkpoint import Checkpoint, load_checkpoint
from models.training.config import TrainConfig
from models.tuning.search import Epoch
from models.tuning.space import Space, read_space

EPOCHS = 4


def small_space(**base: Any) -> Space:
    """A rate whose best value is 0.01, a width that matters less, and a batch size that does not."""
    ranges = {
        "optimiser.rate": {"log": [1e-4, 1.0]},
        "net.options.width": {"choice": [8, 16, 32]},
        "batch": {"int": [16, 64, 16]},
    }
    return read_space({"base": {"epochs": EPOCHS, "seed": 3} | base, "space": ranges})


def grid_space() -> Space:
    ranges = {"optimiser.rate": {"choice": [0.1, 0.01]}, "net.options.width": {"choice": [8, 16]}}
    return read_space({"base": {"epochs": 1}, "space": ranges})


@dataclass(frozen=True)
class Told:
    epoch: int
    epochs: int
    val_accuracy: float


def accuracy(config: TrainConfig, epoch: int) -> float:
    """Best at rate 0.01 and width 16."""
    off = abs(math.log10(config.optimiser.rate) + 2) / 4 + (config.net.options.get("width", 16) != 16) / 20
    return float((1 - off) * (1 - 0.5**epoch))


def pretend(config: TrainConfig, folder: Path, told: Callable[[Epoch], bool | None], resume: bool) -> Run:
    """Leaves a run folder like that of a training, with a checkpoint after each epoch."""
    run, first = Run(folder), 0
    if resume and run.path(LAST).exists():
        first = load_checkpoint(run.path(LAST)).epochs
    folder.mkdir(parents=True, exist_ok=True)
    run.path("config.yaml").write_text("{}\n")
    run.path(STATE).write_text(json.dumps({"state": "running"}))
    if not first:
        run.path(HISTORY).write_text("epoch,val_accuracy\n")
    for epoch in range(first + 1, config.epochs + 1):
        reached = accuracy(config, epoch)
        run.path(MODEL).write_bytes(b"weights")
        Checkpoint(epoch, [], [], [], {}).save(run.path(LAST))
        run.path(STATE).write_text(
            json.dumps({"state": "running", "first": first + 1, "best": {"epoch": epoch, "val_accuracy": reached}})
        )
        with run.path(HISTORY).open("a") as rows:
            rows.write(f"{epoch},{reached}\n")
        if told(Told(epoch, config.epochs, reached)) is False:
            break
    return run
