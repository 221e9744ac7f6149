"""The learning rate of every step, as a function of where a training is, so that a resumed one goes on alike."""

import math
from collections.abc import Sequence

from models.training.config import ScheduleConfig

ONE_CYCLE_START = 0.04
"""Share of the highest rate that one-cycle begins with (Smith and Topin 2018 begin with a tenth to a 25th)."""


def share_of_rate(config: ScheduleConfig, step: int, steps: int, epoch: int, val_losses: Sequence[float] = ()) -> float:
    """What share of the highest rate a step has.

    cosine: Loshchilov and Hutter 2017, with `cycles` restarts; one-cycle: Smith and Topin 2018, linear both ways.

    Args:
        config: The schedule.
        step: Of the whole training, from 0.
        steps: How many there are.
        epoch: Which one it is in, from 0.
        val_losses: Of the epochs before it; plateau looks at them.

    Returns:
        From 0 to 1.
    """
    warmup = config.warmup * steps
    if config.kind == "one-cycle":
        top = max(warmup, 1.0)
        if step < top:
            return ONE_CYCLE_START + (1 - ONE_CYCLE_START) * step / top
        return 1 + (config.last - 1) * (step - top) / max(steps - top, 1.0)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    if config.kind == "step":
        return max(float(config.factor ** (epoch // config.every)), config.last)
    if config.kind == "plateau":
        return max(float(config.factor ** drops(val_losses, config.patience)), config.last)
    if config.kind == "cosine":
        along = (step - warmup) / max(steps - warmup, 1)
        along = min(along, 1.0 - 1e-9) * config.cycles % 1.0
        return config.last + (1 - config.last) * (1 + math.cos(math.pi * along)) / 2
    return 1.0


def ends_cycle(config: ScheduleConfig, epoch: int, epochs: int) -> bool:
    """Whether a cosine cycle ends within an epoch, counted from 0: then its weights are worth keeping as a snapshot."""
    if config.kind != "cosine":
        return epoch + 1 == epochs
    begin = config.warmup * epochs
    done, before = ((end - begin) / max(epochs - begin, 1e-9) * config.cycles for end in (epoch + 1, epoch))
    return math.floor(done + 1e-9) > math.floor(max(before, 0.0) + 1e-9)


def drops(val_losses: Sequence[float], patience: int) -> int:
    """How often the validation loss did not get better for `patience` epochs."""
    best, waited, count = math.inf, 0, 0
    for loss in val_losses:
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                count, waited = count + 1, 0
    return count
