"""Progress of a batch: the whole and each recording that is under way, on a terminal; a line for each that is over."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table as Grid
from rich.text import Text

from batch.progress import Recording

ROWS = 12
"""Recordings under way that are shown."""


class Table:
    """Shows recordings as they now are.

    Args:
        recordings: All of them.
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = recordings
        self._began_s = time.monotonic()
        self._said: set[str] = set()

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._began_s

    def told(self, console: Console) -> Callable[[Recording | None], None]:
        """What the driver calls: prints a line for each recording that is over."""

        def told(one: Recording | None) -> None:
            if one is not None and one.is_over and one.job.given not in self._said:
                self._said.add(one.job.given)
                console.print(line(one), highlight=False, markup=False, soft_wrap=True)

        return told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The whole, and what is under way."""
        over = sum(one.is_over for one in self._recordings)
        tasks, done = sum(one.tasks for one in self._recordings), sum(self._done(one) for one in self._recordings)
        left = f", about {_clock(self.seconds * (tasks - done) / done)} left" if 0 < done < tasks else ""
        grid = Grid.grid(padding=(0, 1))
        frames = sum(one.frames for one in self._recordings if one.state != "kept")
        told = f"{over} of {len(self._recordings)} recordings, {frames:,} frames, {_clock(self.seconds)}{left}"
        grid.add_row("all", ProgressBar(tasks, done, width=30), told)
        for one in [one for one in self._recordings if one.state == "running"][:ROWS]:
            parts = f"{len(one.spans)} parts" if one.spans else "in one"
            name = Text(one.job.stem.removesuffix(".annotated"))
            grid.add_row(name, ProgressBar(one.tasks, one.tasks_done, width=30), parts)
        yield grid

    @staticmethod
    def _done(one: Recording) -> int:
        return one.tasks if one.is_over else one.tasks_done


def line(one: Recording) -> str:
    """What became of a recording."""
    if one.state == "kept":
        return f"{one.job.name}: whole already, {one.frames} frames"
    if one.state == "done":
        again = f", {one.deaths} workers died over it" if one.deaths else ""
        parts = f" in {len(one.spans)} parts" if one.spans else ""
        return f"{one.job.name}: {one.frames} frames{parts}, {one.work_s:.1f} s of work{again}"
    return f"{one.job.name}: set aside after {one.tries} tries: {one.error}"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02}"
    )
