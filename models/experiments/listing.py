"""The runs in a folder, each in a row; one that cannot be read says why and stops nothing."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from models.experiments.measured import read_metrics
from models.experiments.run import CONFIG, HISTORY, LAST, MODEL, STATE, Run, open_run
from pipeline.errors import ModelError
from pipeline.locks import lock, unlock

State = Literal["running", "done", "stopped", "failed", "died", "damaged"]
_SIGNS = (STATE, CONFIG, HISTORY, LAST, MODEL)
"""A folder with none of these is none of ours."""
_LOCK = ".lock"


@dataclass(frozen=True)
class Row:
    """A run; what is not known is None."""

    name: str
    folder: Path
    state: State
    net: str | None = None
    data: str | None = None
    epochs: int | None = None
    """Done; None of an ensemble."""
    of_epochs: int | None = None
    val_accuracy: float | None = None
    """Of the best epoch, in [0, 1]."""
    test_accuracy: float | None = None
    """In [0, 1], with the ends of its 95 % interval."""
    low: float | None = None
    high: float | None = None
    parameters: int | None = None
    seconds: float | None = None
    """Of all epochs."""
    begun: str | None = None
    """UTC, as ISO 8601 has it."""
    reason: str | None = None
    """Why it is failed, died or damaged."""

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "folder": str(self.folder)}


def list_runs(folder: Path) -> list[Row]:
    """All runs right under a folder, the one that began first first; the folder itself where it is a run.

    Raises:
        ModelError: there is no such folder.
    """
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}; `python -m models train` makes runs/, or name another")
    try:
        inside = [folder] if _is_ours(folder) else sorted(one for one in folder.iterdir() if one.is_dir())
    except OSError as error:
        raise ModelError(f"cannot read {folder}: {error.strerror}; mend its rights") from error
    rows = [read_row(one) for one in inside if _is_ours(one)]
    return sorted(rows, key=lambda row: (row.begun or "", row.name))


def read_row(folder: Path) -> Row:
    """What is known of a run; its state is 'damaged' where that is nothing."""
    name = folder.resolve().name
    try:
        run = open_run(folder)
        state, history, config = run.state(), run.history(), run.config()
        test = _test(run)
    except ModelError as error:
        return Row(name, folder, "damaged", reason=str(error))
    told = _state(run, state)
    reason = state.get("error")
    if told == "died":
        reason = f"its process ended without a word; go on with: python -m models train --resume {folder}"
    best = state.get("best") or {}
    trained = bool(history) or told != "done"  # an ensemble is put together
    return Row(
        name=name,
        folder=folder,
        state=told,
        net=_text(state.get("net")) or config.net.name,
        data=_text(state.get("data")) or config.data.source,
        epochs=len(history) if trained else None,
        of_epochs=config.epochs if trained else None,
        val_accuracy=_number(best.get("val_accuracy")) if isinstance(best, dict) else None,
        test_accuracy=test[0],
        low=test[1],
        high=test[2],
        parameters=int(found) if (found := _number(state.get("parameters"))) is not None else None,
        seconds=_number(state.get("seconds")) or sum(row.get("seconds", 0.0) for row in history) or None,
        begun=_text(state.get("begun")),
        reason=_text(reason),
    )


def _is_ours(folder: Path) -> bool:
    return any((folder / sign).exists() for sign in _SIGNS)


def _state(run: Run, state: dict[str, Any]) -> State:
    told = state.get("state")
    if told not in ("running", "done", "stopped", "failed"):
        return "damaged"
    return "died" if told == "running" and not is_alive(run.folder) else told


def is_alive(folder: Path) -> bool:
    """Whether a process trains this run now: it has the run's lock."""
    if not (folder / _LOCK).exists():
        return False
    try:
        held = lock(folder / _LOCK, wait=False)
    except OSError:  # somebody has it, or it may not be asked
        return True
    unlock(held)
    return held is None  # on a system without such locks a file that is there means that it is alive


def _test(run: Run) -> tuple[float | None, float | None, float | None]:
    """Accuracy on the test split with its interval, where that was measured."""
    metrics = read_metrics(run)
    if metrics is None or metrics["split"] == "validation":
        return None, None, None
    return metrics["accuracy"], metrics["accuracy_low"], metrics["accuracy_high"]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
