"""How far each recording of a batch is."""

from dataclasses import dataclass, field
from typing import Any, Literal

from batch.job import Job
from batch.spans import Span

State = Literal["waiting", "running", "done", "kept", "set aside"]


@dataclass
class Recording:
    """One recording, and what became of it."""

    job: Job
    spans: list[Span] = field(default_factory=list)
    """Empty: it is worked on in one."""
    whole_because: str = ""
    state: State = "waiting"
    tries: int = 0
    """Of a task of it that failed, the most."""
    error: str = ""
    tasks: int = 2
    """That it takes in all."""
    tasks_done: int = 0
    frames: int = 0
    work_s: float = 0.0
    """Of workers."""
    deaths: int = 0
    """Workers that died over it."""
    found: dict[str, Any] = field(default_factory=dict)
    """followed, counted and damage."""

    @property
    def is_over(self) -> bool:
        """Nothing is to be done for it any more."""
        return self.state in ("done", "kept", "set aside")
