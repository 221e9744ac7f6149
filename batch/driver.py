"""Brings every recording to its end: which task comes next, what is tried again, what is set aside."""

import shutil
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from batch.engine import Done, Engine, Task
from batch.progress import Recording
from batch.records import whole_record, write_record
from batch.tasks import is_there
from pipeline.errors import SinkError

SPANNED = ("look", "follow", "render", "join")
"""Tasks of a recording that is cut."""
FOUND = ("followed", "counted", "damage")
"""What results tell that goes into records and reports."""
TRIES = 3
"""How often a task may fail or take its worker with it, before its recording is set aside."""
WAIT_S = 0.2


class Driver:
    """Gives tasks to workers until nothing is left to do.

    A long recording's tasks are: look at each span; follow, once all were looked at; render each; join. What is begun
    comes first, so that recordings are finished one after another and their parts go. Results that are wanted at an
    address are delivered last.

    Args:
        recordings: What is to be done.
        engine: Who does it.
        told: Called after each task that is over, and from time to time.
        span_s: Shortest part of a long recording, seconds.
        resume: Keep what is whole.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        engine: Engine,
        told: Callable[[Recording | None], None],
        *,
        span_s: float,
        resume: bool,
    ) -> None:
        self._engine, self._told, self._span_s, self._resume = engine, told, span_s, resume
        self._numbers = count()
        self._ready: deque[Task] = deque()
        self._waiting = deque(recordings)
        self._of: dict[str, Recording] = {one.job.given: one for one in recordings}
        self._under_way: dict[int, Task] = {}
        self._left: dict[tuple[str, str], int] = {}
        """Tasks of a kind that are not over, by recording."""
        self._tries: dict[tuple[str, str, tuple[object, ...]], int] = {}

    def run(self, over: Callable[[], bool] = lambda: False) -> None:
        """Do everything; a recording that cannot be done is set aside with its reason.

        Args:
            over: Asked often; True leaves what is under way.
        """
        while (self._waiting or self._ready or self._under_way) and not over():
            self._fill()
            for done in self._engine.wait(WAIT_S):
                self._over(done)
                self._told(self._of[done.task.job.given])
            self._told(None)

    def _fill(self) -> None:
        while len(self._under_way) < self._engine.workers:
            while self._waiting and not self._ready:
                self._begin(self._waiting.popleft())
            if not self._ready:
                return
            task = self._ready.popleft()
            self._under_way[task.number] = task
            self._engine.start(task)

    def _begin(self, one: Recording) -> None:
        one.state = "running"
        self._ask(one, "open", [(self._span_s,)])

    def _opened(self, one: Recording, result: dict[str, Any]) -> None:
        """It is known now what it is, and whether it is done already."""
        one.job, one.spans, one.whole_because = result["job"], result["spans"], result["whole_because"]
        try:
            found = whole_record(one.job) if self._resume else None
        except SinkError as error:
            one.state, one.error = "set aside", str(error)
            return
        if found is not None:
            one.state, one.frames = "kept", found["frames"]
            one.found = {key: found[key] for key in FOUND if key in found}
            return
        if not self._resume:
            shutil.rmtree(one.job.folder, ignore_errors=True)
        one.tasks = tasks_of(one)
        if not one.spans:
            self._ask(one, "whole", [()])
            return
        self._ask(one, "look", [(one.spans, number) for number in range(len(one.spans))])

    def _ask(self, one: Recording, kind: str, each: Sequence[tuple[object, ...]]) -> None:
        """What comes of a recording that is begun stands before what is new."""
        there = [arguments for arguments in each if is_there(kind, one.job, *arguments)]
        one.tasks_done += len(there)
        tasks = [Task(next(self._numbers), kind, one.job, arguments) for arguments in each if arguments not in there]
        self._left[one.job.given, kind] = len(tasks)
        self._ready.extendleft(reversed(tasks))
        if not tasks:
            self._next(one, kind)

    def _over(self, done: Done) -> None:
        task = self._under_way.pop(done.task.number)
        one = self._of[task.job.given]
        if one.is_over or (task.kind in SPANNED and not one.spans):
            return  # set aside meanwhile, or worked on in one
        if done.result is None:
            self._failed(one, task, done)
            return
        one.work_s += done.result["seconds"]
        one.tasks_done += 1
        if task.kind in ("look", "whole"):
            one.frames += done.result["frames"]
        one.found |= {key: done.result[key] for key in FOUND if key in done.result}
        if task.kind == "open":
            self._opened(one, done.result)
            return
        self._left[task.job.given, task.kind] -= 1
        if not self._left[task.job.given, task.kind]:
            self._next(one, task.kind)

    def _next(self, one: Recording, after: str) -> None:
        """All tasks of a kind are done."""
        last = after in ("whole", "join", "deliver") or (after == "follow" and not one.job.with_video)
        if after == "look":
            self._ask(one, "follow", [(one.spans,)])
        elif last and one.job.to and after != "deliver":
            self._ask(one, "deliver", [()])
        elif last:
            self._finish(one)
        elif after == "follow":
            self._ask(one, "render", [(one.spans, number) for number in range(len(one.spans))])
        else:
            self._ask(one, "join", [(one.spans,)])

    def _finish(self, one: Recording) -> None:
        try:
            write_record(one)
        except (SinkError, OSError) as error:
            one.state, one.error = "set aside", str(error)
            return
        one.state = "done"
        shutil.rmtree(one.job.folder, ignore_errors=True)
        if one.job.source != one.job.given:
            Path(one.job.source).unlink(missing_ok=True)

    def _failed(self, one: Recording, task: Task, done: Done) -> None:
        key = (task.job.given, task.kind, task.arguments[1:])
        self._tries[key] = tries = self._tries.get(key, 0) + 1
        one.tries, one.deaths = max(one.tries, tries), one.deaths + done.died
        if tries < TRIES:
            self._ready.appendleft(replace(task, number=next(self._numbers)))
            return
        self._ready = deque(other for other in self._ready if other.job.given != task.job.given)
        if task.kind in SPANNED and not done.died:  # its parts are not what they seemed: in one it may still be done
            one.spans, one.whole_because = [], done.error
            one.tasks, one.tasks_done = tasks_of(one), 1
            self._ask(one, "whole", [()])
            return
        one.state, one.error = "set aside", done.error


def tasks_of(one: Recording) -> int:
    """How many tasks a recording takes in all, once it was opened."""
    each = 2 * len(one.spans) + 2 if one.job.with_video else len(one.spans) + 1  # look, follow, and render, join
    return 1 + (each if one.spans else 1) + bool(one.job.to)
