"""How good settings are, by training them several times and judging each time by what was held out; which are best."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.data.dataset import DataConfig, DataSet, Split
from models.ensembles.judged import Difference, difference
from models.ensembles.members import load_run, probabilities
from models.ensembles.resumable import Begun, Train, begin, trained
from models.ensembles.rows import folds, held_back
from models.ensembles.samples import pooled, split_anew
from models.evaluation.interval import wilson
from models.experiments.run import Run
from models.training.config import TrainConfig
from pipeline.errors import ConfigError, ModelError
from pipeline.whole import write_whole

RESULT = "cross-validation.json"
CHOSEN = "chosen.yaml"
"""The settings that were best; `train -c` takes them."""
_RIGHT = "held-out.json"
"""In a fold's run: which of the held out pictures were told right."""
_LEAST_SHARE = 0.1
"""Of the pictures, to choose the best epoch by, where the settings keep none back."""


@dataclass(frozen=True)
class Candidate:
    """Settings under a name."""

    name: str
    config: TrainConfig


@dataclass(frozen=True)
class Result:
    """Of one candidate."""

    name: str
    accuracies: tuple[float, ...]
    """Of each fold, on what it held out."""
    mean: float
    deviation: float
    """Standard deviation over the folds (n - 1)."""
    right: np.ndarray
    """`(N,) bool`, of every picture, each judged once, by the fold that held it out."""

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        low, high = wilson(int(self.right.sum()), len(self.right))
        told = {"mean": self.mean, "deviation": self.deviation, "low": low, "high": high}
        return {"name": self.name, **told, "accuracies": list(self.accuracies)}


@dataclass(frozen=True)
class CrossValidation:
    """Of all candidates on the same folds."""

    results: tuple[Result, ...]
    chosen: int
    """Row of the best mean, the first of equals."""
    behind: tuple[Difference | None, ...]
    """How each compares with the chosen one, on the same pictures; None for that itself."""


def cross_validate(
    candidates: Sequence[Candidate],
    into: Path,
    count: int,
    train: Train,
    load: Callable[[DataConfig], DataSet],
    seed: int = 0,
    begun: Begun = lambda line: None,
) -> CrossValidation:
    """Train each candidate on every fold, and choose the one with the best mean accuracy.

    Training and validation pictures are shared out to folds, the test split stays untouched. A part of what a fold
    learns from is kept back to choose its best epoch by, so that nothing is chosen on what is held out.

    Args:
        candidates: One at least, names all different.
        into: A folder that is not there yet, or that an interrupted one of the same settings left: folds that are done
            are not trained again.
        count: Folds.
        train: Trains one.
        load: Gives the pictures.
        seed: Of the folds.
        begun: Told which training begins.

    Raises:
        ConfigError: folds that cannot be, candidates with other pictures, or `into` is there for something else.
        ModelError: a training failed, or the disk is full.
    """
    sets = _pictures(candidates, load)
    parts = list(folds(sets[0][1].classes, count, seed, sets[0][0].labels))
    plan = {
        "folds": count,
        "seed": seed,
        "settings": {one.name: one.config.model_dump(mode="json") for one in candidates},
        "pictures": [data.fingerprint for data, _ in sets],
    }
    begin(into, plan, RESULT)
    results = []
    for candidate, (data, pictures) in zip(candidates, sets, strict=True):
        right = np.zeros(len(pictures), bool)
        for fold, (rows, held) in enumerate(parts):
            place = into / candidate.name / f"fold-{fold + 1}"
            part = _fold(candidate.config, data, pictures, rows, held)
            own = _starting(begun, candidate.name)
            right[held] = _right(trained(train, candidate.config, place, part, own), part)
        accuracies = tuple(float(right[held].mean()) for _, held in parts)
        results.append(
            Result(candidate.name, accuracies, float(np.mean(accuracies)), float(np.std(accuracies, ddof=1)), right)
        )
    best = max(range(len(results)), key=lambda row: results[row].mean)
    behind = tuple(
        None if row == best else difference(one.right, results[best].right) for row, one in enumerate(results)
    )
    found = CrossValidation(tuple(results), best, behind)
    _write(into, found, candidates[best], count, seed)
    return found


def _pictures(candidates: Sequence[Candidate], load: Callable[[DataConfig], DataSet]) -> list[tuple[DataSet, Split]]:
    """The set of each candidate and what its folds are made of; loaded once where two have the same."""
    names = [one.name for one in candidates]
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"settings need a name each, all different, not {', '.join(names) or 'none'}")
    loaded: dict[str, tuple[DataSet, Split]] = {}
    for one in candidates:
        key = one.config.data.model_dump_json()
        if key not in loaded:
            data = load(one.config.data)
            loaded[key] = data, pooled(data)
    found = [loaded[one.config.data.model_dump_json()] for one in candidates]
    (first, ours), name = found[0], candidates[0].name
    for one, (data, theirs) in zip(candidates[1:], found[1:], strict=True):
        if (
            data.labels != first.labels
            or not np.array_equal(theirs.classes, ours.classes)
            or theirs.names != ours.names
        ):
            raise ConfigError(
                f"{one.name} and {name} have other pictures or another order, so that their folds cannot be compared;"
                " give both the same data.source, seed, validation, test and limit"
            )
    return found


def _fold(config: TrainConfig, data: DataSet, pictures: Split, rows: np.ndarray, held: np.ndarray) -> DataSet:
    share = config.data.validation or _LEAST_SHARE
    learnt, kept = held_back(pictures.classes[rows], share, config.data.seed)
    return split_anew(data, pictures, rows[learnt], rows[kept], held)


def _right(run: Run, part: DataSet) -> np.ndarray:
    """`(H,) bool`: what the fold's network tells right of what it did not learn from; kept beside it."""
    path = run.path(_RIGHT)
    if path.is_file():
        kept = run.read_json(_RIGHT).get("right")
        if isinstance(kept, list) and len(kept) == len(part.test):
            return np.array(kept, bool)
    said = probabilities(load_run(run).network, part.test.images)
    right: np.ndarray = said.argmax(1) == part.test.classes
    try:
        write_whole(path, json.dumps({"accuracy": float(right.mean()), "right": right.astype(int).tolist()}) + "\n")
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror or error}; free the disk or mend its rights") from error
    return right


def _write(into: Path, found: CrossValidation, best: Candidate, count: int, seed: int) -> None:
    behind = [
        None if one is None else {"share": one.share, "low": one.low, "high": one.high, "p": one.p}
        for one in found.behind
    ]
    report = {
        "folds": count,
        "seed": seed,
        "pictures": len(found.results[0].right),
        "chosen": best.name,
        "chosen_by": "the best mean accuracy on what the folds held out; the test split was not looked at",
        "results": [
            {**one.as_data(), "against_chosen": apart} for one, apart in zip(found.results, behind, strict=True)
        ],
    }
    config = best.config.model_dump(mode="json")
    try:
        write_whole(into / CHOSEN, yaml.safe_dump(config, sort_keys=False))
        write_whole(into / RESULT, json.dumps(report, indent=2) + "\n")
    except OSError as error:
        raise ModelError(f"cannot write to {into}: {error.strerror or error}; free the disk") from error


def _starting(begun: Begun, name: str) -> Begun:
    return lambda line: begun(f"{name}{os.sep}{line}")
