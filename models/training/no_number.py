"""A loss that is no number: when it happened, what it most likely comes from, and what is left."""

from collections.abc import Mapping
from pathlib import Path

from models.training.config import TrainConfig

USUAL_RATE = {"sgd": 0.5, "rmsprop": 0.01, "adam": 0.01, "adamw": 0.01, "lion": 0.003}
"""Rates above these are seldom right."""


def explain(config: TrainConfig, epoch: int, step: int, best: Mapping[str, float], folder: Path) -> str:
    """The line that a person is told; epoch and step count from 0."""
    kept = f"the weights of epoch {best['epoch']:.0f} are kept in {folder}" if best else "nothing was learned before"
    return (
        f"the loss is no number any more at step {step + 1} of epoch {epoch + 1}; most likely {cause(config)}; {kept}"
    )


def cause(config: TrainConfig) -> str:
    """What it most likely comes from, and what to change."""
    optimiser = config.optimiser
    if optimiser.rate > USUAL_RATE[optimiser.kind]:
        better = USUAL_RATE[optimiser.kind] / 10
        return f"optimiser.rate {optimiser.rate:g} is too high for {optimiser.kind}: try {better:g}"
    if optimiser.clip_norm is None:
        return "single steps are too long: set optimiser.clip_norm to 1, or a lower optimiser.rate"
    if config.mixed_precision != "off":
        return "numbers leave bfloat16's precision: set mixed_precision to off"
    return "the rate is too high for this network: lower optimiser.rate"
