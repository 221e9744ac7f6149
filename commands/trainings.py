"""Several trainings in one command: a line for each, a bar on a terminal, and a way on after an interrupt."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from models.data.dataset import DataSet
    from models.ensembles.resumable import Begun, Train
    from models.experiments.run import Run
    from models.training.config import TrainConfig
    from models.training.loop import Step
    from models.training.train import Epoch

INTERRUPTED = 130


@contextmanager
def trainings() -> "Iterator[tuple[Train, Begun]]":
    """Yields what trains, and what is told when one begins; everything goes to stderr.

    An interrupt ends the command with 130, and says that the same one goes on.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def train(
            config: "TrainConfig",
            folder: Path,
            told: "Callable[[Epoch], bool | None]" = lambda epoch: None,
            *,
            data: "DataSet | None" = None,
            resume: bool = False,
        ) -> "Run":
            from models.training.train import train as run_training

            task, done = progress.add_task(folder.name, total=None), [0]

            def stepped(step: "Step") -> None:
                progress.update(task, completed=done[0] * step.of + step.done, total=config.epochs * step.of)

            def both(epoch: "Epoch") -> bool | None:
                done[0] = epoch.epoch
                return told(epoch)

            try:
                return run_training(config, folder, both, stepped, data, resume)
            finally:
                progress.remove_task(task)

        try:
            yield train, lambda line: console.print(line, highlight=False, soft_wrap=True, markup=False)
        except KeyboardInterrupt:
            console.print("ended; the same command goes on with what is done")
            sys.exit(INTERRUPTED)
