"""A progress bar with frames, rate and time left on a terminal; nothing anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(ProgressColumn):
    """Frames a second, lately."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:5.1f} fps" if speed else "  -   fps", style="progress.data.speed")


class _Count(ProgressColumn):
    """Frames done, of how many where that is known; a header's count is a guess, so it is never passed."""

    def render(self, task: Task) -> Text:
        of = f"/{int(task.total)}" if task.total else ""
        return Text(f"{int(task.completed)}{of} frames", style="progress.download")


@contextmanager
def frame_progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress on stderr while the block runs; yields a function that takes the number of frames done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _Count(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def show(done: int) -> None:
            progress.update(task, completed=done, total=max(total, done) if total else None)

        yield show
