"""Snapshots: several networks of one training, each from the end of a cycle of the learning rate.

Huang et al., "Snapshot Ensembles: Train 1, get M for free" (2017): the rate falls to nothing and begins anew, M times.
"""

from pathlib import Path

import numpy as np

from models.data.dataset import DataSet
from models.ensembles.bagging import MEMBERS
from models.ensembles.judged import score
from models.ensembles.members import Member
from models.ensembles.resumable import Begun, Train, begin, trained
from models.ensembles.rule import plain_mean
from models.ensembles.samples import with_validation
from models.ensembles.save import Made, Recipe, save_joined
from models.ensembles.spec import FILE
from models.evaluation.keras_form import load_keras
from models.training.config import TrainConfig
from models.training.records import write_model
from models.training.schedules import ends_cycle
from models.training.train import Epoch
from pipeline.errors import ConfigError, ModelError

TRAINING = "training"
"""Folder of the one run."""


def cyclic(config: TrainConfig, cycles: int) -> TrainConfig:
    """The same settings with a rate that begins anew, each cycle as many whole epochs, and without an early end.

    Raises:
        ConfigError: fewer than two cycles, or epochs that cannot be shared out.
    """
    if cycles < 2:
        raise ConfigError(f"cycles: an ensemble needs 2 at least, not {cycles}")
    if config.epochs % cycles:
        fits = max(cycles, config.epochs - config.epochs % cycles)
        raise ConfigError(f"epochs: {config.epochs} cannot be shared out to {cycles} cycles; set it to {fits}")
    schedule = config.schedule.model_copy(update={"kind": "cosine", "cycles": cycles, "warmup": 0.0})
    return config.model_copy(update={"schedule": schedule, "early_stopping": 0})


def snapshot(
    config: TrainConfig, into: Path, cycles: int, data: DataSet, train: Train, begun: Begun = lambda line: None
) -> Made:
    """Train once, keep the weights at the end of each cycle, and take the mean of the answers of the last of them.

    How many of the last is chosen on the validation split: the first cycles of a short training may be worth nothing.

    Args:
        config: Of the training; its schedule becomes `cyclic`.
        into: A folder that is not there yet, or that an interrupted one of the same settings left.
        cycles: And members.
        data: As for a training.
        train: Trains it.
        begun: Told that it is trained.

    Raises:
        ConfigError: cycles that cannot be, no validation pictures, or `into` is there for something else.
        ModelError: the training failed, the disk is full, or it was ended just before a snapshot was written.
    """
    with_validation(data)
    asked = cyclic(config, cycles)
    settings = asked.model_dump(mode="json")
    plan = {"method": "snapshot", "cycles": cycles, "settings": settings, "pictures": data.fingerprint}
    begin(into, plan, FILE)
    files = [into / MEMBERS / f"cycle-{number + 1}.keras" for number in range(cycles)]
    files[0].parent.mkdir(exist_ok=True)

    def keep(epoch: Epoch) -> None:
        if ends_cycle(asked.schedule, epoch.epoch - 1, epoch.epochs):
            write_model(epoch.model(), files[epoch.epoch * cycles // epoch.epochs - 1])

    run = trained(train, asked, into / TRAINING, data, begun, keep)
    lost = [path.name for path in files if not path.is_file()]
    if lost:
        raise ModelError(f"{into} has no {lost[0]}: it was ended just before; remove {into} and begin anew")
    members = [Member(path.stem, path, load_keras(path)) for path in files]
    said = np.stack([member.says(data.validation.images) for member in members])
    taken = last_few(said, data.validation.classes)
    chosen = (
        f"how many of the last snapshots are in it, by the log-loss on the {len(data.validation)} validation pictures;"
        " each counts the same"
    )
    recipe = Recipe("snapshot", chosen, asked, data, run.state())
    return save_joined(into, recipe, members, plain_mean(len(taken)), taken)


def last_few(said: np.ndarray, classes: np.ndarray) -> range:
    """Rows of the last snapshots, two at least, whose mean has the smallest log-loss (Huang et al. 2017, section 4.2).

    Args:
        said: `(M, V, K)`, what each says of validation pictures.
        classes: `(V,)`, what they are.
    """
    count = len(said)
    losses = {first: score("", said[first:].mean(axis=0), classes).log_loss for first in range(count - 1)}
    return range(min(losses, key=lambda first: losses[first]), count)
