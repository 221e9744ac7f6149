"""Workers on this machine: processes of one core each, told by pipes, and started again where one dies."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from batch.engine import Done, Task

ORPHAN_LOOK_S = 1.0
"""How often a worker looks whether the one who started it is still there."""


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    task: Task | None = None


class LocalEngine:
    """Processes on this machine.

    Args:
        workers: How many; each keeps to one core, where the system lets it.
    """

    name = "local"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._context = multiprocessing.get_context("spawn")
        self._all: list[_Worker] = []
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self._cores = [cores[number % len(cores)] if cores else None for number in range(workers)]
        try:
            for number in range(workers):
                self._all.append(self._worker(number))
        except BaseException:
            self.close()
            raise

    def start(self, task: Task) -> None:
        """Give a task to a free worker."""
        worker = next(one for one in self._all if one.task is None)
        worker.task = task
        with contextlib.suppress(OSError):  # it died: `wait` finds that
            worker.pipe.send(task)

    def wait(self, timeout_s: float) -> list[Done]:
        """Tasks that are over."""
        handles: dict[object, int] = {}
        for number, worker in enumerate(self._all):
            handles[worker.pipe] = number
            handles[worker.process.sentinel] = number
        ready = {handles[one] for one in wait(list(handles), timeout_s)}  # type: ignore[arg-type]
        return [done for number in sorted(ready) if (done := self._heard(number)) is not None]

    def close(self) -> None:
        """End every worker, at once."""
        for worker in self._all:
            worker.process.kill()
        for worker in self._all:
            worker.process.join()
            worker.pipe.close()
        self._all = []

    def pids(self) -> list[int]:
        """Of the workers."""
        return [worker.process.pid for worker in self._all if worker.process.pid is not None]

    def _heard(self, number: int) -> Done | None:
        worker = self._all[number]
        try:
            if worker.pipe.poll():
                result, error = worker.pipe.recv()
                task, worker.task = worker.task, None
                assert task is not None
                return Done(task, result, error)
        except (EOFError, OSError):
            worker.process.join(1.0)
        if worker.process.is_alive():
            return None
        worker.pipe.close()
        code = worker.process.exitcode
        self._all[number] = self._worker(number)
        if worker.task is None:
            return None
        told = f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with {code}"
        return Done(worker.task, error=f"its worker was {told}", died=True)

    def _worker(self, number: int) -> _Worker:
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._cores[number], os.getpid())
        process = self._context.Process(target=serve, args=arguments, name=f"sluice-worker-{number}", daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)


def serve(pipe: Connection, core: int | None, parent: int) -> None:
    """The body of a worker process: does what the pipe says, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started it, which then ends this one
    if core is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {core})
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # as long as the process
    from batch.serving import answer  # what it imports is slow, and the first worker need not wait for it

    while True:
        try:
            task: Task = pipe.recv()
        except EOFError:
            return
        with contextlib.suppress(BrokenPipeError):
            pipe.send(answer(task))


def _end_with(parent: int) -> None:
    """End this process where the one that started it is gone: nobody would hear of what it does."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_LOOK_S)
    os._exit(1)
