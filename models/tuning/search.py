"""A search: trial after trial is trained, judged by its validation accuracy, and ended early where it lags behind."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from models.experiments.run import LAST, STATE, Run
from models.training.checkpoint import load_checkpoint
from models.training.config import TrainConfig
from models.tuning.outcome import drop_weights, read_rows, write_best, write_table
from models.tuning.samplers import Pruner, Sampler, make_pruner
from models.tuning.space import Space
from models.tuning.study import alone
from models.tuning.trials import Begun, begin, done, pruned, put_back
from pipeline.errors import ModelError, PipelineError

if TYPE_CHECKING:
    from optuna import Study

MOST_FAILURES = 5
"""In a row: the search ends, since the next would fail too."""


class Epoch(Protocol):
    """What is asked of an epoch."""

    @property
    def epoch(self) -> int:
        """From 1."""

    @property
    def epochs(self) -> int:
        """How many there will be."""

    @property
    def val_accuracy(self) -> float:
        """In [0, 1]."""


class Train(Protocol):
    """A training, such as `models.tuning.training.Training`."""

    def __call__(self, config: TrainConfig, folder: Path, told: Callable[[Epoch], bool | None], resume: bool) -> Run:
        """Train, tell each epoch, stop where the answer is False, go on with what is in `folder` where asked."""


@dataclass(frozen=True)
class Plan:
    """How a search goes on."""

    trials: int
    """In all: those of earlier processes count."""
    sampler: Sampler = "tpe"
    pruner: Pruner = "median"
    until_s: float | None = None
    """By `time.monotonic()`; the trial that runs then is put back, to be gone on with."""
    parent: int | None = None
    """Process for which this one works: when it is gone, this one ends too."""

    def is_over(self) -> bool:
        """Whether nothing more is to be done."""
        late = self.until_s is not None and time.monotonic() >= self.until_s
        return late or (self.parent is not None and os.getppid() != self.parent)


def search(
    study: "Study", folder: Path, space: Space, plan: Plan, train: Train, told: Callable[[], None] = lambda: None
) -> None:
    """Train trials until there are enough, or the time is over; other processes may do the same meanwhile.

    Args:
        study: From `open_study`.
        folder: Of the search.
        space: What is searched.
        plan: See `Plan`.
        train: Called for each trial.
        told: Called when a trial began, after each epoch, and when it ended.

    Raises:
        ModelError: so many trials failed one after another that the rest would; the last one's reason is in it.
        OSError: the folder cannot be written.
        KeyboardInterrupt: the trial is put back.
    """
    study.pruner = make_pruner(plan.pruner, space.config({}).epochs)
    failures = 0
    while not plan.is_over():
        begun = begin(study, folder, space, plan.trials, plan.sampler)
        if begun is None:
            return
        told()
        reason = _Trial(study, folder, begun, plan, train, told).run()
        keep(study, folder, space)
        told()
        failures = failures + 1 if reason is not None else 0
        if failures == MOST_FAILURES:
            raise ModelError(f"{failures} trials in a row failed, so the search ended; the last: {reason}")


def keep(study: "Study", folder: Path, space: Space) -> None:
    """Bring the files beside the study up to date."""
    with alone(folder):
        rows = read_rows(study, space)
        write_best(folder, space, rows)
        write_table(folder, rows)
        drop_weights(folder, rows)


@dataclass
class _Trial:
    study: "Study"
    folder: Path
    begun: Begun
    plan: Plan
    train: Train
    told: Callable[[], None]
    lags: bool = False
    late: bool = False

    def run(self) -> str | None:
        """Train it and say how it ended; the reason where it failed."""
        begun, study, folder = self.begun, self.study, self.folder
        try:
            resume = _goes_on(begun.folder)
            if resume and self._lagged_before():
                pruned(study, folder, begun)
                return None
            run = self.train(begun.config, begun.folder, self._epoch, resume)
            value = run.state()["best"]["val_accuracy"]
        except PipelineError as error:
            reason = str(error)
            pruned(study, folder, begun, reason)
            return reason
        except BaseException:
            put_back(study, folder, begun)
            raise
        if self.late:
            put_back(study, folder, begun)
        elif self.lags:
            pruned(study, folder, begun)
        else:
            done(study, folder, begun, value)
        return None

    def _lagged_before(self) -> bool:
        """Whether it would have ended where its process died; what that one could not tell any more is told now."""
        rows = Run(self.begun.folder).history()
        for row in rows:
            self._report(int(row["epoch"]), row["val_accuracy"])
        return bool(rows) and len(rows) < self.begun.config.epochs and self.begun.trial.should_prune()

    def _report(self, epoch: int, val_accuracy: float) -> None:
        if epoch not in self.begun.reported:
            self.begun.trial.report(val_accuracy, epoch)
            self.begun.reported.add(epoch)

    def _epoch(self, epoch: Epoch) -> bool:
        self._report(epoch.epoch, epoch.val_accuracy)
        self.told()
        if epoch.epoch == epoch.epochs:
            return True
        self.late = self.plan.is_over()
        self.lags = not self.late and self.begun.trial.should_prune()
        return not (self.late or self.lags)


def _goes_on(folder: Path) -> bool:
    """Whether a run is there that can be gone on with; one that cannot is removed."""
    run = Run(folder)
    try:
        if run.path(LAST).exists():
            load_checkpoint(run.path(LAST))
        if run.path(STATE).is_file():
            run.state()
            run.config()
            run.history()
            return True
    except ModelError:
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return False
