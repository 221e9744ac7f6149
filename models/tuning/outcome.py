"""What a search found so far: a row for each trial, the best settings as a file, and the weights of the best alone."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from models.experiments.run import LAST, MODEL
from models.tuning.space import Space
from models.tuning.study import BEST, TABLE
from models.tuning.trials import MOST_TRIES, REASON, latest, run_folder, trial_config
from pipeline.whole import write_whole

if TYPE_CHECKING:
    from optuna import Study

State = Literal["done", "pruned", "failed", "running", "waiting"]
KEPT = 3
"""Of so many trials the weights stay."""


@dataclass(frozen=True)
class Row:
    """A trial."""

    number: int
    state: State
    value: float | None
    """Best validation accuracy, in [0, 1]; of a trial that did not end, as far as it came."""
    epochs: int
    """Done."""
    chosen: dict[str, Any]
    """Values by the path of their setting."""
    params: dict[str, Any]
    """The same as the study keeps them: a list or a mapping as text."""
    seconds: float | None
    reason: str | None = None
    """Why it failed."""


def read_rows(study: "Study", space: Space) -> list[Row]:
    """All trials by number."""
    return [_row(trial, space) for trial in latest(study)]


def best_of(rows: Sequence[Row]) -> list[Row]:
    """Trials that came to their end, the best first, the earlier first where two are alike."""
    return sorted((row for row in rows if row.state == "done"), key=lambda row: (-(row.value or 0.0), row.number))


def write_best(folder: Path, space: Space, rows: Sequence[Row]) -> Path | None:
    """The settings of the best trial as a file that `train -c` takes; None before one is done.

    Raises:
        OSError: it cannot be written.
    """
    first = next(iter(best_of(rows)), None)
    if first is None:
        return None
    config = trial_config(space, first.params, first.number)
    head = [f"# Trial {first.number} of {len(rows)}: validation accuracy {first.value:.2%}, with", *_lines(first)]
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    write_whole(folder / BEST, "\n".join(head) + "\n" + text)
    return folder / BEST


def write_table(folder: Path, rows: Sequence[Row]) -> None:
    """All trials as CSV.

    Raises:
        OSError: it cannot be written.
    """
    paths = sorted({path for row in rows for path in row.chosen})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", "val_accuracy", "epochs", "seconds", *paths, "reason"])
    for row in rows:
        chosen = [row.chosen.get(path, "") for path in paths]
        seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
        value = "" if row.value is None else f"{row.value:.6g}"
        writer.writerow([row.number, row.state, value, row.epochs, seconds, *chosen, row.reason or ""])
    write_whole(folder / TABLE, text.getvalue())


def drop_weights(folder: Path, rows: Sequence[Row]) -> None:
    """Remove what is large from the runs of trials that ended, less the best ones' weights.

    A trial that waits to be gone on with keeps everything.
    """
    kept = {row.number for row in best_of(rows)[:KEPT]}
    for row in rows:
        if row.state in ("running", "waiting"):
            continue
        run = run_folder(folder, row.number)
        with suppress(OSError):  # what stays takes room, and no more
            (run / LAST).unlink(missing_ok=True)
            if row.number not in kept:
                (run / MODEL).unlink(missing_ok=True)


def _row(trial: Any, space: Space) -> Row:
    from optuna.trial import TrialState

    states: dict[Any, State] = {
        TrialState.COMPLETE: "done",
        TrialState.PRUNED: "pruned",
        TrialState.FAIL: "failed",
        TrialState.RUNNING: "running",
        TrialState.WAITING: "waiting",
    }
    state, reason = states[trial.state], trial.user_attrs.get(REASON)
    if state == "failed":
        reason = f"its process died {MOST_TRIES} times"
    elif reason is not None:
        state = "failed"
    reported = list(trial.intermediate_values.values())
    value = trial.value if state == "done" else max(reported, default=None)
    chosen = {path: space.ranges[path].value(label) for path, label in trial.params.items()}
    seconds = None if trial.duration is None else trial.duration.total_seconds()
    return Row(trial.user_attrs["number"], state, value, len(reported), chosen, dict(trial.params), seconds, reason)


def _lines(row: Row) -> list[str]:
    return [
        f"#   {path}: {value:.4g}" if isinstance(value, float) else f"#   {path}: {value}"
        for path, value in row.chosen.items()
    ]
