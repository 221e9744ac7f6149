"""Trials of a search: begun one after another by whoever is free, and tried again where their process died."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.training.config import TrainConfig
from models.tuning.samplers import Sampler, make_sampler, seeds
from models.tuning.space import Space
from models.tuning.study import TRIALS, alone
from pipeline.locks import lock, unlock

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

MOST_TRIES = 3
"""After so many processes that died over it, a trial counts as failed."""
NUMBER, TRIES, REASON = "number", "tries", "reason"
"""What a study keeps of a trial beside Optuna's own: a trial that is tried again keeps its number."""


@dataclass(frozen=True)
class Begun:
    """A trial that this process is to train."""

    trial: "Trial"
    number: int
    """From 0, without gaps."""
    config: TrainConfig
    folder: Path
    """Of its run; there may be something to go on from."""
    reported: set[int]
    """Epochs whose validation accuracy the study has."""
    held: int | None
    """The lock that says that it is alive."""


def begin(study: "Study", folder: Path, space: Space, most: int, sampler: Sampler) -> Begun | None:
    """The next trial: one whose process died, or a new one; None where `most` have begun.

    Raises:
        OSError: the folder cannot be written.
        ConfigError: settings that do not go together.
    """
    from optuna.samplers import RandomSampler
    from optuna.trial import TrialState

    (folder / TRIALS).mkdir(exist_ok=True)
    with alone(folder):
        _reclaim(study, folder)
        known = study.get_trials(deepcopy=False)
        number = len({trial.user_attrs[NUMBER] for trial in known if NUMBER in trial.user_attrs})
        if number >= most and not any(trial.state == TrialState.WAITING for trial in known):
            return None
        study.sampler = make_sampler(sampler, space, number)
        trial = study.ask({path: one.distribution() for path, one in space.ranges.items()})
        study.sampler = RandomSampler(0)  # has no say when a trial ends; a grid's wants to end Optuna's own loop
        number = trial.user_attrs.get(NUMBER, number)
        trial.set_user_attr(NUMBER, number)
        trial.set_user_attr(TRIES, trial.user_attrs.get(TRIES, 0) + 1)
        reported = set(study.get_trials(deepcopy=False)[trial.number].intermediate_values)
        held = lock(_alive(folder, number), wait=False)
    config = trial_config(space, trial.params, number)
    return Begun(trial, number, config, run_folder(folder, number), reported, held)


def trial_config(space: Space, params: dict[str, Any], number: int) -> TrainConfig:
    """Settings of a trial, with a seed of its own unless the seed is what is searched."""
    config = space.config(params)
    return config if "seed" in params else config.model_copy(update={"seed": seeds(space, number)[0]})


def run_folder(folder: Path, number: int) -> Path:
    """Where a trial's run is."""
    return folder / TRIALS / f"{number:04}"


def done(study: "Study", folder: Path, begun: Begun, value: float) -> None:
    """The trial came to its end with this validation accuracy, in [0, 1]."""
    study.tell(begun.trial, value)
    _let_go(folder, begun)


def pruned(study: "Study", folder: Path, begun: Begun, reason: str | None = None) -> None:
    """The trial was not worth going on with, or cannot be trained for a reason; the sampler takes it as a bad one."""
    from optuna.trial import TrialState

    if reason is not None:
        begun.trial.set_user_attr(REASON, reason)
    study.tell(begun.trial, state=TrialState.PRUNED)
    _let_go(folder, begun)


def put_back(study: "Study", folder: Path, begun: Begun) -> None:
    """The trial was interrupted: whoever goes on with the search goes on with it."""
    with alone(folder):
        frozen = next(one for one in study.get_trials() if one.number == begun.trial.number)
        _again(study, frozen, int(frozen.user_attrs[TRIES]) - 1)
        _let_go(folder, begun)


def latest(study: "Study") -> "Iterator[FrozenTrial]":
    """The last try of each trial, by number."""
    found: dict[int, FrozenTrial] = {}
    for trial in study.get_trials(deepcopy=False):
        if NUMBER in trial.user_attrs:
            found[trial.user_attrs[NUMBER]] = trial
    return (found[number] for number in sorted(found))


def _reclaim(study: "Study", folder: Path) -> None:
    """Mark trials whose process died as failed, and queue them anew."""
    from optuna.trial import TrialState

    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        number = trial.user_attrs.get(NUMBER)
        if number is None:  # its process died while it chose: nothing is known of it
            study.tell(trial.number, state=TrialState.FAIL)
            continue
        try:
            held = lock(_alive(folder, number), wait=False)
        except BlockingIOError:
            continue
        if held is None:  # no locks on this system: it may be alive
            continue
        unlock(held)
        tries = int(trial.user_attrs.get(TRIES, 1))
        if tries < MOST_TRIES:
            _again(study, trial, tries)
            continue
        study.tell(trial.number, state=TrialState.FAIL)


def _again(study: "Study", trial: "FrozenTrial", tries: int) -> None:
    """Queue a trial anew with what it came to, and mark this one as failed; in this order, so that none is lost."""
    from optuna.trial import TrialState, create_trial

    number = trial.user_attrs[NUMBER]
    later = [one for one in study.get_trials(deepcopy=False) if one.number > trial.number]
    if not any(one.user_attrs.get(NUMBER) == number for one in later):
        study.add_trial(
            create_trial(
                state=TrialState.WAITING,
                params=trial.params,
                distributions=trial.distributions,
                user_attrs={**trial.user_attrs, TRIES: tries},
                system_attrs=trial.system_attrs,
                intermediate_values=trial.intermediate_values,
            )
        )
    study.tell(trial.number, state=TrialState.FAIL)


def _alive(folder: Path, number: int) -> Path:
    return folder / TRIALS / f".{number:04}.alive"


def _let_go(folder: Path, begun: Begun) -> None:
    with suppress(OSError):
        _alive(folder, begun.number).unlink(missing_ok=True)
    unlock(begun.held)
