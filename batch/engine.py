"""What does the tasks: some workers that may die, and a way to hear of each task that is over."""

from dataclasses import dataclass
from typing import Any, Protocol

from batch.job import Job


@dataclass(frozen=True)
class Task:
    """Something to do for one recording."""

    number: int
    """Of the task, in the order in which they were asked for."""
    kind: str
    """A key of `batch.tasks.DOES`."""
    job: Job
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Done:
    """What became of a task."""

    task: Task
    result: dict[str, Any] | None = None
    """None where it failed or its worker died."""
    error: str = ""
    """A line, where it failed."""
    died: bool = False
    """Its worker went in the middle of it: nothing is known of the task itself."""


class Engine(Protocol):
    """Workers on this machine or on others."""

    name: str
    workers: int

    def start(self, task: Task) -> None:
        """Give a task to a free worker; only while fewer than `workers` are under way."""
        ...

    def wait(self, timeout_s: float) -> list[Done]:
        """Tasks that are over, waiting for the first; none where the time ran out."""
        ...

    def close(self) -> None:
        """End every worker, at once, and what it is doing with it. May be called twice."""
        ...
