"""Runs side by side: in what their settings differ, what came out, and whether the difference may be chance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from models.ensembles.judged import difference
from models.evaluation.interval import wilson
from models.experiments.listing import read_row
from models.experiments.measured import read_metrics
from models.experiments.predictions import read_predictions
from models.experiments.run import Run
from pipeline.errors import ConfigError

FIGURES = ("top5", "f1_macro", "log_loss", "brier", "ece", "auc")
"""Of `metrics.json`, beside accuracy."""
SURE = 0.05
"""Chance below which a difference is taken for one."""


_NO_MATTER = {"out", "tensorboard"}
"""Settings that change nothing in the network."""


@dataclass(frozen=True)
class Figure:
    """One measure of every run."""

    name: str
    values: tuple[float | None, ...]
    intervals: tuple[tuple[float, float] | None, ...]
    """95 %, by Wilson, where there is one."""


@dataclass(frozen=True)
class Verdict:
    """Two runs held against each other."""

    better: str
    other: str
    share: float
    """By how much the better one's accuracy is higher, 0 and more."""
    p: float | None
    """How likely so large a difference is where there is none; None where only intervals are known."""
    is_real: bool
    """Whether chance alone is unlikely to make it."""
    how: str
    """By what that was decided."""

    def __str__(self) -> str:
        if not self.share:
            return f"{self.better} and {self.other} are right equally often ({self.how})"
        told = "is better than" if self.is_real else "may be no better than"
        chance = "" if self.p is None else f", p {self.p:.2g}"
        return f"{self.better} {told} {self.other}: {100 * self.share:.2f} points ({self.how}{chance})"


@dataclass(frozen=True)
class Comparison:
    """Of two and more runs."""

    names: tuple[str, ...]
    settings: dict[str, tuple[Any, ...]]
    """Those that differ, by path."""
    figures: tuple[Figure, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    """What a reader of the figures has to know."""

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "runs": list(self.names),
            "settings": {path: list(values) for path, values in self.settings.items()},
            "figures": [
                {
                    "name": one.name,
                    "values": list(one.values),
                    "intervals": [end and list(end) for end in one.intervals],
                }
                for one in self.figures
            ],
            "verdicts": [vars(one) | {"text": str(one)} for one in self.verdicts],
            "notes": list(self.notes),
        }


def compare(runs: Sequence[Run]) -> Comparison:
    """Compare runs, whole or not.

    Raises:
        ConfigError: fewer than two.
        ModelError: one is no run, or damaged.
    """
    if len(runs) < 2:
        raise ConfigError(f"comparing takes two runs and more, received {len(runs)}; name another")
    names = _names(runs)
    metrics = [read_metrics(run) or {} for run in runs]
    verdicts = tuple(
        verdict
        for one, other in combinations(range(len(runs)), 2)
        if (verdict := _verdict((names[one], runs[one], metrics[one]), (names[other], runs[other], metrics[other])))
    )
    return Comparison(names, _differing(runs), _figures(runs, metrics), verdicts, tuple(_notes(runs, names, metrics)))


def _names(runs: Sequence[Run]) -> tuple[str, ...]:
    """Of the folders; with the folder above where two have the same."""
    short = [run.name for run in runs]
    return tuple(name if short.count(name) == 1 else str(run.folder) for name, run in zip(short, runs, strict=True))


def _differing(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    flat = [_flat(run.config().model_dump(mode="json"), "") for run in runs]
    paths = sorted({path for one in flat for path in one} - _NO_MATTER)
    found = {path: tuple(one.get(path) for one in flat) for path in paths}
    return {path: values for path, values in found.items() if len({json.dumps(value) for value in values}) > 1}


def _flat(data: dict[str, Any], above: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = value
    return found


def _figures(runs: Sequence[Run], metrics: Sequence[dict[str, Any]]) -> tuple[Figure, ...]:
    rows = [read_row(run.folder) for run in runs]
    figures = [
        Figure("best validation accuracy", tuple(row.val_accuracy for row in rows), tuple(map(_of_validation, runs))),
        Figure("accuracy", tuple(one.get("accuracy") for one in metrics), tuple(map(_interval, metrics))),
    ]
    nothing = (None,) * len(runs)
    figures += [Figure(name, tuple(one.get(name) for one in metrics), nothing) for name in FIGURES]
    figures += [
        Figure("epochs", tuple(row.epochs for row in rows), nothing),
        Figure("parameters", tuple(row.parameters for row in rows), nothing),
        Figure("seconds", tuple(row.seconds for row in rows), nothing),
    ]
    return tuple(one for one in figures if any(value is not None for value in one.values))


def _of_validation(run: Run) -> tuple[float, float] | None:
    state = run.state()
    count, best = (state.get("pictures") or {}).get("validation"), (state.get("best") or {}).get("val_accuracy")
    return wilson(round(best * count), count) if count and best is not None else None


def _interval(metrics: dict[str, Any]) -> tuple[float, float] | None:
    return (metrics["accuracy_low"], metrics["accuracy_high"]) if metrics else None


Named = tuple[str, Run, dict[str, Any]]


def _verdict(one: Named, other: Named) -> Verdict | None:
    """None where one of the two was not evaluated, or on other pictures."""
    if not (one[2] and other[2]) or any(one[2].get(key) != other[2].get(key) for key in ("data", "split", "pictures")):
        return None
    first, second = (one, other) if one[2]["accuracy"] >= other[2]["accuracy"] else (other, one)
    share = first[2]["accuracy"] - second[2]["accuracy"]
    answers = [read_predictions(run.folder) for _, run, _ in (first, second)]
    if answers[0] is not None and answers[1] is not None and answers[0].same_questions(answers[1]):
        told = difference(answers[0].right(), answers[1].right())
        how = f"the same {len(answers[0].truth):,} pictures, McNemar's test"
        return Verdict(first[0], second[0], share, told.p, told.p < SURE, how)
    apart = first[2]["accuracy_low"] > second[2]["accuracy_high"]
    how = f"their 95 % intervals {'do not overlap' if apart else 'overlap'}; evaluate both again for a sharper test"
    return Verdict(first[0], second[0], share, None, apart, how)


def _notes(runs: Sequence[Run], names: Sequence[str], metrics: Sequence[dict[str, Any]]) -> list[str]:
    notes = []
    for name, one, run in zip(names, metrics, runs, strict=True):
        if not one:
            notes.append(f"{name} is not evaluated yet: python -m models evaluate {run.folder}")
        elif one.get("split") == "validation":
            notes.append(f"{name} was evaluated on the pictures that it was chosen by; its accuracy is likely too high")
    measured = [(one.get("data"), one.get("split"), one.get("pictures")) for one in metrics if one]
    if len(set(measured)) > 1:
        notes.append("they were evaluated on different pictures, so their figures do not compare")
    if len({run.state().get("fingerprint") for run in runs}) > 1:
        notes.append("they were trained on different pictures, or on other splits")
    if len(runs) > 2 and len(measured) > 2:
        notes.append("with many pairs one in twenty seems real by chance alone: look at the smallest p first")
    return notes
