"""What a training writes into its folder, each file whole or not at all."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from models.data.dataset import DataSet
from models.data.statistics import statistics
from models.experiments.curves import draw_curves
from models.experiments.git import git_state
from models.experiments.run import CONFIG, CURVES, HISTORY, STATE, Run
from models.experiments.versions import versions
from models.training.config import TrainConfig
from pipeline.whole import whole, write_whole


def begin_records(run: Run, config: TrainConfig, data: DataSet, network: Any) -> None:
    """Make the folder with the settings and what is known before the first epoch.

    Raises:
        OSError: it cannot be written.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    write_whole(run.path(CONFIG), yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
    mean, deviation = statistics(data.train.images)
    state = {
        "state": "running",
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": config.seed,
        "net": config.net.name,
        "parameters": int(network.count_params()),
        "data": data.name,
        "labels": list(data.labels),
        "shape": list(data.shape),
        "prepare": list(config.data.prepare),
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "pictures": {"train": len(data.train), "validation": len(data.validation), "test": len(data.test)},
        "skipped": [list(one) for one in data.skipped[:100]],
        "fingerprint": data.fingerprint,
        "git": git_state(),
        "versions": versions(),
    }
    write_whole(run.path(STATE), json.dumps(state, indent=2) + "\n")


def write_state(run: Run, **changed: object) -> None:
    """Change some of the run's state."""
    kept = {key: value for key, value in {**run.state(), **changed}.items() if value is not None}
    write_whole(run.path(STATE), json.dumps(kept, indent=2) + "\n")


def write_history(run: Run, rows: list[dict[str, float]]) -> None:
    """All epochs so far, as a table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _shown(key, value) for key, value in row.items()} for row in rows)
    write_whole(run.path(HISTORY), text.getvalue())


def draw_history(run: Run, rows: list[dict[str, float]]) -> None:
    """All epochs so far, as curves: a third of a second."""
    if rows:
        draw_curves({run.name: rows}, run.path(CURVES))


def write_model(network: Any, path: Path) -> None:
    """A `.keras` file."""
    with whole(path) as beside:
        network.save(beside)


def _shown(key: str, value: float) -> str:
    """Times rounded, what a resumed training looks at exactly."""
    places = {"epoch": 0, "images_per_s": 1, "seconds": 3}
    return f"{value:.{places[key]}f}" if key in places else repr(value)
