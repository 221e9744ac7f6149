"""Bagging: each member learns from another bootstrap sample (Breiman, "Bagging predictors", 1996)."""

from pathlib import Path

import numpy as np

from models.data.dataset import DataSet
from models.ensembles.members import Member, load_run
from models.ensembles.resumable import Begun, Train, begin, trained
from models.ensembles.rows import bootstrap
from models.ensembles.rule import plain_mean
from models.ensembles.samples import learning_from, with_validation
from models.ensembles.save import Made, Recipe, save_joined
from models.ensembles.spec import FILE
from models.evaluation.interval import wilson
from models.training.config import TrainConfig
from pipeline.errors import ConfigError

MEMBERS = "members"
"""Folder of the members' runs."""


def bagging(
    config: TrainConfig, into: Path, members: int, data: DataSet, train: Train, begun: Begun = lambda line: None
) -> Made:
    """Train members, each with its own sample and seed, and take the mean of their answers.

    What a member did not draw, it did not learn: those answers make an estimate without any picture kept back, the
    out-of-bag accuracy in the report.

    Args:
        config: Of every member; member m has `seed + m`.
        into: A folder that is not there yet, or that an interrupted bagging of the same settings left.
        members: How many, two at least.
        data: Training pictures are drawn from, validation pictures choose each member's best epoch.
        train: Trains one.
        begun: Told which member is trained.

    Raises:
        ConfigError: too few members, no validation pictures, or `into` is there for something else.
        ModelError: a training failed, or the disk is full.
    """
    with_validation(data)
    if members < 2:
        raise ConfigError(f"members: an ensemble needs 2 at least, not {members}")
    settings = config.model_dump(mode="json")
    plan = {"method": "bagging", "members": members, "settings": settings, "pictures": data.fingerprint}
    begin(into, plan, FILE)
    made: list[Member] = []
    sums = np.zeros((len(data.train), len(data.labels)))
    first = None
    for number in range(members):
        rows = bootstrap(data.train.classes, config.seed + number)
        own = config.model_copy(update={"seed": config.seed + number})
        run = trained(train, own, into / MEMBERS / f"bag-{number + 1}", learning_from(data, rows), begun)
        first = first or run
        made.append(load_run(run))
        left = np.setdiff1d(np.arange(len(data.train)), rows)
        sums[left] += made[-1].says(data.train.images[left])
    assert first is not None
    judged = sums.any(axis=1)
    right = int((sums.argmax(1) == data.train.classes)[judged].sum())
    low, high = wilson(right, int(judged.sum()))
    note = (
        f"{right / max(int(judged.sum()), 1):.2%} ({low:.2%} to {high:.2%}) of {int(judged.sum())} training pictures,"
        " each judged by the members that did not draw it"
    )
    recipe = Recipe(
        "bagging",
        "each member's best epoch, on the validation pictures; every member counts the same",
        config,
        data,
        first.state(),
        {"out-of-bag accuracy": note},
    )
    return save_joined(into, recipe, made, plain_mean(members))
