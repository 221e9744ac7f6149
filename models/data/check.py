"""What is wrong with a set: damaged files, copies, classes that contradict each other, too few of a kind."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.data.decoded import Decoded
from models.data.gathered import TRAIN
from models.data.leaks import NAMES, name, same_of

FEW = 5
"""Pictures for training below which a class can hardly be learnt."""
UNEVEN = 10
"""How many times as many pictures the largest class may have as the smallest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that is wrong."""

    kind: str
    """damaged, leakage, contradiction, copies, few, uneven."""
    about: str
    """What it means, in a line."""
    cases: tuple[tuple[str, str], ...]
    """Picture or class, and what is the matter with it."""


def check(whole: Decoded, parts: np.ndarray, told: Callable[[int], None] = lambda _: None) -> tuple[Finding, ...]:
    """Look a set over.

    Args:
        whole: The set.
        parts: `(N,) int8`, its splits.
        told: How many pictures have been compared.

    Returns:
        What was found, worst first; empty where all is well.
    """
    same = same_of(whole, told=told)
    copies = np.flatnonzero(same != np.arange(len(same)))
    leaks, contradictions, doubles = [], [], []
    for row in copies.tolist():
        first = int(same[row])
        if whole.classes[row] != whole.classes[first]:
            one, other = (whole.labels[whole.classes[at]] for at in (row, first))
            contradictions.append((name(whole, row), f"{one}, and as {name(whole, first)} {other}"))
        if parts[row] != parts[first]:
            leaks.append(
                (f"{name(whole, row)}", f"{_part(parts, row)}, and {_part(parts, first)} as {name(whole, first)}")
            )
        else:
            doubles.append((name(whole, row), f"the same as {name(whole, first)}"))
    learnt = np.bincount(whole.classes[parts == TRAIN], minlength=len(whole.labels))
    few = [(label, f"{count} for training") for label, count in zip(whole.labels, learnt, strict=True) if count < FEW]
    findings = [
        Finding("damaged", "left out, as they cannot be used", whole.skipped),
        Finding("leakage", "in two splits: what is judged has been learnt", tuple(leaks)),
        Finding("contradiction", "the same picture in two classes", tuple(contradictions)),
        Finding("copies", "the same picture twice in one split", tuple(doubles)),
        Finding("few", f"classes with less than {FEW} pictures for training", tuple(few)),
        Finding("uneven", "train with class_weights: balanced, or add pictures", tuple(_uneven(whole.labels, learnt))),
    ]
    return tuple(finding for finding in findings if finding.cases)


def _uneven(labels: tuple[str, ...], learnt: np.ndarray) -> list[tuple[str, str]]:
    most, least = int(learnt.argmax()), int(np.where(learnt > 0, learnt, learnt.max() + 1).argmin())
    if learnt[most] <= UNEVEN * learnt[least]:
        return []
    return [(f"{labels[most]} : {labels[least]}", f"{learnt[most]:,} to {learnt[least]:,} pictures")]


def _part(parts: np.ndarray, row: int) -> str:
    return NAMES[int(parts[row])]
