"""Folders as `train` and `evaluate` leave them, without a training."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.evaluation.interval import wilson
from models.experiments.predictions import PREDICTIONS, predictions_file
from models.experiments.run import Run

LABELS = ("bag", "coat", "shirt")


def small_run(folder: Path, epochs: int = 3, reached: float = 0.9, config: dict[str, Any] | None = None) -> Run:
    """A run that is done; of a network that tells bags, coats and shirts apart."""
    folder.mkdir(parents=True)
    settings = {"epochs": epochs, "data": {"source": "fashion-mnist"}} | (config or {})
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    rows = [
        f"{epoch},{1 / epoch},{reached * (1 - 0.5**epoch)},{1.2 / epoch},{reached - 0.3 / epoch},0.001,2000,1.5"
        for epoch in range(1, epochs + 1)
    ]
    head = "epoch,loss,accuracy,val_loss,val_accuracy,rate,images_per_s,seconds"
    (folder / "history.csv").write_text("\n".join([head, *rows]) + "\n")
    state = {
        "state": "done",
        "begun": "2026-01-02T03:04:05+00:00",
        "seed": 0,
        "net": "simple-cnn",
        "parameters": 57_418,
        "data": "fashion-mnist",
        "labels": LABELS,
        "shape": [28, 28, 1],
        "pictures": {"train": 5_400, "validation": 600, "test": 300},
        "fingerprint": "9a94",
        "git": {"commit": "6f68b9e6f3726f68b9e6f3726f68b9e6f3726f68", "dirty": True},
        "versions": {"python": "3.11.2", "keras": "3.15.1", "processor": "a processor", "cores": 2},
        "best": {"epoch": epochs, "val_accuracy": reached - 0.3 / epochs, "val_loss": 1.2 / epochs},
        "seconds": 1.5 * epochs,
    }
    (folder / "run.json").write_text(json.dumps(state))
    return Run(folder)


def judged(run: Run, wrong: slice, keep: bool = True) -> Run:
    """Evaluate a run on 300 pictures, of which it gets those of `wrong` wrong: it takes each for the next class."""
    truth = np.arange(300) % 3
    said = truth.copy()
    said[wrong] = (said[wrong] + 1) % 3
    right = int((truth == said).sum())
    low, high = wilson(right, 300)
    metrics = {
        "data": "fashion-mnist",
        "split": "test",
        "pictures": 300,
        "accuracy": right / 300,
        "accuracy_low": low,
        "accuracy_high": high,
        "f1_macro": right / 300,
        "classes": [
            {"label": label, "pictures": 100, "recall": 0.9 - place / 10} for place, label in enumerate(LABELS)
        ],
        "most_confused": [{"truth": "shirt", "said": "coat", "pictures": 17}],
    }
    run.path("metrics.json").write_text(json.dumps(metrics))
    if keep:
        kept = predictions_file(np.eye(3)[said], truth, LABELS, "fashion-mnist", "test")
        run.path(PREDICTIONS).write_bytes(kept)
    return run


def changed(run: Run, **state: Any) -> Run:
    """With another `run.json`."""
    run.path("run.json").write_text(json.dumps({**run.state(), **state}))
    return run
