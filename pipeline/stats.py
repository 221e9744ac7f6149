"""How long each stage took: wall and CPU seconds of its own thread, a call at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """What one stage's calls cost."""

    calls: int
    wall_s: float
    cpu_s: float
    """Of the calling thread; work that a library does in threads of its own is not in it."""
    worst_ms: float


class StageClock:
    """Adds up the calls of one stage, from any of its workers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._wall_s = self._cpu_s = self._worst_s = 0.0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Time one call; one that raises counts as well."""
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
            with self._lock:
                self._calls += 1
                self._wall_s += wall
                self._cpu_s += cpu
                self._worst_s = max(self._worst_s, wall)

    def timing(self) -> Timing:
        """The sums so far."""
        with self._lock:
            return Timing(self._calls, self._wall_s, self._cpu_s, self._worst_s * 1e3)
