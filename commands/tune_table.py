"""A search as it goes: a table of the best trials and of those that run, or a line a trial where no terminal is."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from models.tuning.space import Space

if TYPE_CHECKING:
    from models.tuning.outcome import Row

BEST = 10
"""Trials in the table, besides those that run."""


class Shown:
    """What a person sees of a search while it runs.

    Args:
        console: Where.
        trials: There will be so many.
        space: What is searched.
    """

    def __init__(self, console: Console, trials: int, space: Space) -> None:
        self._console, self._trials, self._space = console, trials, space
        self._epochs = space.config({}).epochs
        self._told: set[int] | None = None
        columns = (TextColumn("trials"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns)
        self._task = self._progress.add_task("trials", total=trials)
        self._live = Live(console=console, transient=True) if console.is_terminal else None

    def __enter__(self) -> "Shown":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, rows: "Sequence[Row]") -> None:
        """Show how it stands."""
        ended = [row for row in rows if row.state in ("done", "pruned", "failed")]
        if self._live is not None:
            self._progress.update(self._task, completed=len(ended), total=max(self._trials, len(rows)))
            self._live.update(Group(trial_table(rows, self._space), self._progress))
        if self._told is None:
            self._told = {row.number for row in ended}
        for row in ended:
            if row.number not in self._told:
                self._told.add(row.number)
                self._console.print(self._line(row), highlight=False, markup=False, soft_wrap=True)

    def _line(self, row: "Row") -> str:
        chosen = "  ".join(f"{path}={written(value)}" for path, value in row.chosen.items())
        how = f"{row.value:7.2%}" if row.value is not None else "      -"
        ended = {"done": "", "pruned": f"  ended early after {row.epochs} of {self._epochs} epochs"}
        return f"trial {row.number:3}  {how}  {chosen}{ended.get(row.state, f'  failed: {row.reason}')}"


def trial_table(rows: "Sequence[Row]", space: Space) -> Table:
    """The best trials first, then those that run."""
    from models.tuning.outcome import best_of

    table = Table(box=None, pad_edge=False)
    table.add_column("trial", justify="right")
    table.add_column("val accuracy", justify="right")
    table.add_column("epochs", justify="right")
    for path in space.ranges:
        table.add_column(path, justify="right")
    table.add_column("")
    best = best_of(rows)[:BEST]
    for row in [*best, *(row for row in rows if row.state == "running")]:
        value = "-" if row.value is None else f"{row.value:.2%}"
        chosen = [written(row.chosen[path]) if path in row.chosen else "" for path in space.ranges]
        told = "best" if row in best[:1] else "running" if row.state == "running" else ""
        table.add_row(str(row.number), value, str(row.epochs), *chosen, told, style="bold" if told == "best" else None)
    return table


def written(value: Any) -> str:
    """A value, short.

    >>> written(0.00123456), written(["clahe"]), written(16)
    ('0.00123', "['clahe']", '16')
    """
    return f"{value:.3g}" if isinstance(value, float) else str(value)
