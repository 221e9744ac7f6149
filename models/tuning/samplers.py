"""What is tried next, and which trials are not worth going on with; all of it follows from the study's seed."""

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.tuning.ranges import FORMS
from models.tuning.space import Space
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

Sampler = Literal["tpe", "random", "grid"]
Pruner = Literal["median", "halving", "none"]
REDUCTION = 3
"""Of successive halving: one in so many goes on, after 1, 3, 9 ... epochs."""


def make_sampler(kind: Sampler, space: Space, number: int) -> "BaseSampler":
    """Chooses the settings of one trial.

    Args:
        kind: tpe learns from what came out (Bergstra et al. 2011), random does not, grid tries everything.
        space: What there is to choose from.
        number: Of the trial, from 0: the same search interrupted and in one go chooses the same.

    Raises:
        ConfigError: a grid over a range that has no end of values.
    """
    from optuna.samplers import GridSampler, RandomSampler, TPESampler

    if kind == "grid":
        size(space)
        every = {path: one.every() or () for path, one in space.ranges.items()}
        return GridSampler(every, seed=study_seed(space))
    seed = seeds(space, number)[1]
    return RandomSampler(seed) if kind == "random" else TPESampler(seed=seed)


def make_pruner(kind: Pruner, epochs: int) -> "BasePruner":
    """Ends trials early.

    Args:
        kind: median: below the median of trials before at the same epoch, once five are done and a quarter of the
            epochs is over; halving: not among the best third at 1, 3, 9 ... epochs (Li et al. 2020, asynchronous).
        epochs: Of a whole training.
    """
    from optuna.pruners import MedianPruner, NopPruner, SuccessiveHalvingPruner

    if kind == "none":
        return NopPruner()
    if kind == "median":
        return MedianPruner(n_startup_trials=5, n_warmup_steps=math.ceil(epochs / 4))
    return SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION)


def size(space: Space) -> int:
    """How many trials a grid has.

    Raises:
        ConfigError: a range has no end of values.
    """
    count = 1
    for path, one in space.ranges.items():
        every = one.every()
        if every is None:
            raise ConfigError(f"space.{path}: {one} has no end of values for a grid; give a step, or one of {FORMS}")
        count *= len(every)
    return count


def study_seed(space: Space) -> int:
    """`seed` of the settings that stay."""
    return space.config({}).seed


def seeds(space: Space, number: int) -> tuple[int, int]:
    """Of a trial's training and of its choice; 31 bits."""
    made = np.random.SeedSequence([study_seed(space), number]).generate_state(2)
    return int(made[0] >> 1), int(made[1] >> 1)
