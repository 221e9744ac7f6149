"""A trained network carried over to pictures of another kind, into a run folder of its own."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.adaptation.config import AdaptConfig
from models.adaptation.judge import Change, Judge, judge, probabilities
from models.adaptation.methods import METHODS, Task, Told
from models.adaptation.pictures import NewPictures, new_pictures
from models.data.dataset import DataConfig, Split
from models.experiments.git import git_state
from models.experiments.run import CONFIG, MODEL, STATE, Run
from models.experiments.versions import versions
from models.training.config import TrainConfig
from models.training.network import LOGITS
from models.training.quiet import quiet
from pipeline.errors import ConfigError, ModelError

ADAPTATION = "adaptation.json"
"""What was done, and what it brought."""


@dataclass(frozen=True)
class Adapted:
    """What came of it."""

    run: Run
    new: Change | None
    """On pictures of the new kind that nothing was learned from; None where their classes are not known."""
    old: Change | None
    """On the test split that the run had; None for AdaBN, which does not load it."""
    rounds: list[dict[str, Any]]
    """Of self-training."""
    seconds: float


def adapt(
    run: Run,
    config: AdaptConfig,
    folder: Path,
    say: Callable[[str], None] = lambda line: None,
    told: Told = lambda what, step, of: None,
) -> Adapted:
    """Carry a network over to new pictures, of which it is told no class.

    Args:
        run: A training that is done.
        config: How, and to which pictures.
        folder: Of the new run; must not be there yet.
        say: Told in a line what a person should know.
        told: See `Told`.

    Raises:
        ConfigError: settings that do not go together, or with this network.
        ModelError: the run cannot be read or written, or there is nothing to learn from the new pictures.
        SourceError: pictures cannot be read.
    """
    if folder.exists():
        raise ConfigError(f"{folder} is there already; name another with -o")
    begun = time.monotonic()
    quiet()
    import keras

    from models.evaluation.keras_form import load_keras

    keras.utils.set_random_seed(config.seed)
    model, trained, state = load_keras(run.path(MODEL)), run.config(), run.state()
    labels = tuple(str(label) for label in state.get("labels") or ())
    if LOGITS not in [layer.name for layer in model.layers] or len(labels) != model.output_shape[-1]:
        raise ModelError(f"{run.path(MODEL)} is no network that `python -m models train` made; name the run of one")
    origin = _origin(state, trained)
    config = config.model_copy(update={"data": _as_the_run_takes_it(config.data, trained.data, model.input_shape)})
    new = new_pictures(config.data, labels, config.pictures, config.seed, config.corruption, say)
    if config.method == "adabn":
        old, test = Split(new.images[:0], np.zeros(0, np.int64)), None
    else:
        old, test = _old_pictures(origin, run, say)
    on_new, on_old = Judge(model, new.test), Judge(model, test)
    rounds = METHODS[config.method](Task(model, old, new.images, config, trained.augment, told), new.classes)
    done = Adapted(Run(folder), on_new.change(), on_old.change(), rounds, round(time.monotonic() - begun, 1))
    _write(done, model, run, config, new, origin)
    return done


def _as_the_run_takes_it(data: DataConfig, trained: DataConfig, shape: tuple[int, ...]) -> DataConfig:
    """The new pictures at the size, in the colours and behind the steps that the network knows."""
    _, height, width, channels = shape
    colour = "rgb" if channels == 3 else "grey"
    for name, asked, own in (
        ("size", data.size, (width, height)),
        ("colour", data.colour, colour),
        ("prepare", data.prepare or None, trained.prepare),
    ):
        if asked is not None and asked != own:
            raise ConfigError(f"data.{name}: the network takes {own}, not {asked}; leave it out")
    return data.model_copy(update={"size": (width, height), "colour": colour, "prepare": trained.prepare})


def _origin(state: dict[str, Any], trained: TrainConfig) -> dict[str, Any]:
    """What a network was first trained on: the run's own set, or, where it was carried over before, an earlier one."""
    earlier: dict[str, Any] | None = state.get("adapted", {}).get("old")
    return earlier or {"data": trained.data.model_dump(mode="json"), "fingerprint": state.get("fingerprint")}


def _old_pictures(origin: dict[str, Any], run: Run, say: Callable[[str], None]) -> tuple[Split, Split]:
    """What the network was trained and tested on.

    Raises:
        ModelError: they are others by now.
    """
    from models.data.load import load

    config = DataConfig.model_validate(origin["data"])
    found = load(config, say)
    if found.fingerprint != origin["fingerprint"]:
        raise ModelError(
            f"{config.source} holds other pictures than {run.folder} was trained on; bring those back, or take"
            " --method adabn, which needs none"
        )
    return found.train, found.test


def _write(done: Adapted, model: Any, run: Run, config: AdaptConfig, new: NewPictures, origin: dict[str, Any]) -> None:
    """The new run, whole or not there.

    Raises:
        ModelError: no room, or no right.
    """
    folder, state, trained = done.run.folder, run.state(), run.config()
    report = {
        "method": config.method,
        "from": str(run.folder),
        "data": new.name,
        "learned_from": len(new.images),
        "settings": config.model_dump(mode="json"),
        "new": done.new.as_json() if done.new else None,
        "old": done.old.as_json() if done.old else None,
        "rounds": done.rounds,
        "seconds": done.seconds,
    }
    own = _state(state, model, config, new, report, origin)
    settings = (
        trained if new.data is None else TrainConfig.model_validate({**trained.model_dump(), "data": config.data})
    )
    part = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        model.save(part / MODEL)
        (part / CONFIG).write_text(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
        (part / STATE).write_text(json.dumps(own, indent=2) + "\n", encoding="utf-8")
        (part / ADAPTATION).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        part.replace(folder)
    except OSError as error:
        raise ModelError(f"cannot write {folder}: {error.strerror or error}; free the disk, or name another") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _state(
    state: dict[str, Any],
    model: Any,
    config: AdaptConfig,
    new: NewPictures,
    report: dict[str, Any],
    origin: dict[str, Any],
) -> dict[str, Any]:
    """`run.json`: that of the run, with what is another now."""
    changed: dict[str, Any] = {
        "state": "done",
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": report["seconds"],
        "seed": config.seed,
        "git": git_state(),
        "versions": versions(),
        "adapted": {"method": config.method, "from": report["from"], "data": new.name, "old": origin},
    }
    if new.data is not None:
        parts = {"train": new.data.train, "validation": new.data.validation, "test": new.data.test}
        changed |= {
            "data": new.data.name,
            "fingerprint": new.data.fingerprint,
            "pictures": {name: len(part) for name, part in parts.items()},
        }
    if new.validation is not None:
        found = probabilities(model, new.validation.images)
        now = judge(found, found, new.validation.classes)
        changed["best"] = {**state.get("best", {}), "val_accuracy": now.after, "val_loss": now.after_loss}
    return {**state, **changed}
