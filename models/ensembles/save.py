"""An ensemble on the disk: a folder like that of a run, so that whatever takes a run takes it."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.data.dataset import DataSet
from models.ensembles.card import card
from models.ensembles.graph import join
from models.ensembles.judged import Judgement, judge
from models.ensembles.members import Member, probabilities
from models.ensembles.rule import Rule
from models.ensembles.spec import FILE, REPORT, EnsembleSpec, Method
from models.experiments.git import git_state
from models.experiments.run import CARD, CONFIG, MODEL, STATE, Run
from models.experiments.versions import versions
from models.training.config import TrainConfig
from models.training.records import write_model
from pipeline.errors import ConfigError, ModelError
from pipeline.whole import write_whole

_KEPT = ("begun", "data", "labels", "shape", "prepare", "mean", "deviation", "pictures", "fingerprint", "seed")
"""What an ensemble has from its first member's state."""


@dataclass(frozen=True)
class Made:
    """An ensemble that was just made."""

    folder: Path
    spec: EnsembleSpec
    judgement: Judgement
    """On the validation split."""


@dataclass(frozen=True)
class Recipe:
    """How an ensemble came about."""

    method: Method
    chosen: str
    """What was chosen, and on which pictures."""
    config: TrainConfig
    """Of the first member: it names the data."""
    data: DataSet
    state: dict[str, Any]
    """What is in the first member's `run.json`."""
    notes: dict[str, str] = field(default_factory=dict)
    """More of what a person should know, by what it is about."""


def save_joined(
    folder: Path, recipe: Recipe, members: Sequence[Member], rule: Rule, taken: Sequence[int] | None = None
) -> Made:
    """Join the members by a rule, judge that on the validation split, and write it.

    Args:
        folder: As in `save`.
        recipe: How it came about.
        members: All of them.
        rule: For those that are taken.
        taken: Rows of the members that are in it; all by default.

    Raises:
        ModelError: it cannot be written.
    """
    used = [members[row] for row in (range(len(members)) if taken is None else taken)]
    network = join([one.network for one in used], rule, [one.mirrored for one in used])
    said = np.stack([member.says(recipe.data.validation.images) for member in members])
    return save(folder, recipe, members, said, network, rule, taken)


def save(
    folder: Path,
    recipe: Recipe,
    members: Sequence[Member],
    said: np.ndarray,
    network: Any,
    rule: Rule | None = None,
    taken: Sequence[int] | None = None,
) -> Made:
    """Write a folder that `evaluate`, `predict` and `export` take, `ensemble.yaml` last.

    Args:
        folder: Made if need be; what is in it stays.
        recipe: How it came about.
        members: All of them, those that were left out too.
        said: `(M, N, K)`, what they say of the validation pictures.
        network: The whole ensemble.
        rule: How answers are combined; None for a soup.
        taken: Rows of the members that are in it; all by default.

    Raises:
        ModelError: it cannot be written.
    """
    run, used, validation = Run(folder), range(len(members)) if taken is None else taken, recipe.data.validation
    answers = probabilities(network, validation.images)
    judgement = judge("validation", [one.name for one in members], said, answers, validation.classes)
    state = {
        "state": "done",
        "net": recipe.method,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        **{key: recipe.state[key] for key in _KEPT if key in recipe.state},
        "fingerprint": recipe.data.fingerprint,
        "parameters": int(network.count_params()),
        "best": {"val_accuracy": judgement.ensemble.accuracy, "val_loss": judgement.ensemble.log_loss},
        "git": git_state(),
        "versions": versions(),
    }
    report = {"method": recipe.method, "chosen": recipe.chosen, "notes": recipe.notes, **judgement.as_data()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        spec = EnsembleSpec(
            method=recipe.method,
            members=tuple(one.spec(folder, row in used) for row, one in enumerate(members)),
            rule=rule,
            chosen=recipe.chosen,
        )
        write_model(network, run.path(MODEL))
        write_whole(run.path(CONFIG), yaml.safe_dump(recipe.config.model_dump(mode="json"), sort_keys=False))
        write_whole(run.path(REPORT), json.dumps(report, indent=2) + "\n")
        write_whole(run.path(STATE), json.dumps(state, indent=2) + "\n")
        write_whole(run.path(CARD), card(spec, judgement, state, recipe.notes))
        write_whole(run.path(FILE), yaml.safe_dump(spec.model_dump(mode="json", exclude_none=True), sort_keys=False))
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return Made(folder, spec, judgement)


def refuse_existing(folder: Path) -> None:
    """Raise ConfigError where something is there already."""
    if folder.exists():
        raise ConfigError(f"{folder} is there already; name another with -o")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that takes its place when the block ends well, and is gone where it does not.

    Raises:
        ConfigError: `folder` is there already.
        ModelError: it cannot be made.
    """
    refuse_existing(folder)
    part = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        part.replace(folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError) -> ModelError:
    return ModelError(f"cannot write to {folder}: {error.strerror or error}; free the disk or mend its rights")
