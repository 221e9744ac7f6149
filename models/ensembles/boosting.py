"""Boosting: each member learns what those before it got wrong (SAMME, Zhu et al. 2009, "Multi-class AdaBoost")."""

from pathlib import Path

import numpy as np

from models.data.dataset import DataSet
from models.ensembles.bagging import MEMBERS
from models.ensembles.fitting import vote_temperature
from models.ensembles.members import Member, load_run
from models.ensembles.resumable import Begun, Train, begin, trained
from models.ensembles.rows import weighted_sample
from models.ensembles.rule import Rule
from models.ensembles.samme import reweighted, vote_weight, weighted_error
from models.ensembles.samples import learning_from, with_validation
from models.ensembles.save import Made, Recipe, save_joined
from models.ensembles.spec import FILE
from models.training.config import TrainConfig
from pipeline.errors import ConfigError, ModelError


def boosting(
    config: TrainConfig, into: Path, rounds: int, data: DataSet, train: Train, begun: Begun = lambda line: None
) -> Made:
    """Train members one after the other and let them vote.

    The first learns from all training pictures, each later one from a sample of as many, drawn by the weights. It ends
    early after a member that gets everything right, and before one that is no better than chance on what is weighted.
    How sure the votes are is set by a temperature, on the validation split.

    Args:
        config: Of every member; member m has `seed + m`. The network should be small: boosting needs errors to learn.
        into: A folder that is not there yet, or that an interrupted boosting of the same settings left.
        rounds: Most members, two at least.
        data: As for a training.
        train: Trains one.
        begun: Told which member is trained.

    Raises:
        ConfigError: too few rounds, no validation pictures, or `into` is there for something else.
        ModelError: a training failed, or the first member cannot be boosted: it has no errors, or is as bad as chance.
    """
    with_validation(data)
    if rounds < 2:
        raise ConfigError(f"rounds: boosting needs 2 at least, not {rounds}")
    settings = config.model_dump(mode="json")
    begin(into, {"method": "boosting", "rounds": rounds, "settings": settings, "pictures": data.fingerprint}, FILE)
    weights = np.full(len(data.train), 1 / len(data.train))
    members: list[Member] = []
    alphas: list[float] = []
    state = None
    for number in range(rounds):
        own = config.model_copy(update={"seed": config.seed + number})
        sample = data if number == 0 else learning_from(data, weighted_sample(weights, own.seed))
        run = trained(train, own, into / MEMBERS / f"round-{number + 1}", sample, begun)
        state = state or run.state()
        member = load_run(run)
        wrong = member.says(data.train.images).argmax(1) != data.train.classes
        alpha = vote_weight(weighted_error(wrong, weights), len(data.labels))
        if alpha <= 0:
            begun(f"round {number + 1}: no better than chance on what is weighted; it is left out, and boosting ends")
            break
        members.append(member)
        alphas.append(alpha)
        if not wrong.any():
            begun(f"round {number + 1}: every training picture is right; boosting ends")
            break
        weights = reweighted(weights, wrong, alpha)
    _check(members, len(data.train))
    assert state is not None
    rule = Rule(kind="votes", weights=tuple(alphas))
    said = np.stack([member.says(data.validation.images) for member in members])
    temperature = vote_temperature(rule.logits(said), data.validation.classes)
    chosen = (
        "each member's best epoch and the temperature of the votes, on the validation pictures;"
        " the votes' weights on the training pictures, as SAMME has it"
    )
    recipe = Recipe("boosting", chosen, config, data, state, {"temperature of the votes": f"{temperature:.3g}"})
    return save_joined(into, recipe, members, rule.model_copy(update={"temperature": temperature}))


def _check(members: list[Member], pictures: int) -> None:
    if not members:
        raise ModelError("boosting: the first member is no better than chance; give it more epochs or another net")
    if len(members) == 1:
        raise ModelError(
            f"boosting: one member remains, as the first gets all {pictures} training pictures right, or the second is"
            " no better than chance on those it gets wrong; take a smaller net or fewer epochs, or bagging"
        )
