"""What became of every frame of every source, as JSON: at the end and every few seconds."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from commands.live_run import LiveRun
from pipeline.errors import ConfigError
from pipeline.whole import write_whole

logger = logging.getLogger(__name__)


class StatsFile:
    """Writes `{"schema": 1, "seconds": ..., "memory_mb": ..., "board": {...}, "sources": [...]}`, whole each time."""

    def __init__(self, path: Path, every_s: float, board: Callable[[], Mapping[str, object]] = dict) -> None:
        """Raises ConfigError where the file cannot be written."""
        self._path, self._every_s, self._board = path, every_s, board
        self._began_s = self._wrote_s = time.monotonic()
        if not path.parent.is_dir():
            raise ConfigError(f"cannot write {path}: there is no folder {path.parent}; make it first")
        self.write([])

    def write_if_due(self, runs: Sequence[LiveRun]) -> None:
        """Write, if the last time was long enough ago."""
        if time.monotonic() - self._wrote_s < self._every_s:
            return
        try:
            self.write(runs)
        except ConfigError as error:  # a full disk may have room again; what is watched goes on
            logger.warning("%s", error)

    def write(self, runs: Sequence[LiveRun]) -> None:
        """Write now.

        Raises:
            ConfigError: it cannot be written.
        """
        self._wrote_s = time.monotonic()
        document = {
            "schema": 1,
            "seconds": round(self._wrote_s - self._began_s, 3),
            "memory_mb": round(memory_mb(), 1),
            "board": dict(self._board()),
            "sources": [run.stats() for run in runs],
        }
        try:
            write_whole(self._path, json.dumps(document, indent=2) + "\n")
        except OSError as error:
            raise ConfigError(f"cannot write {self._path}: {error.strerror}; choose another place") from error


def memory_mb() -> float:
    """What this process holds in memory now; its most, where the system does not tell."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def told(stats: dict[str, Any]) -> str:
    """One source in a line, for a terminal."""
    dropped, latency = sum(stats["dropped"].values()), stats["latency_ms"]
    line = f"{stats['name']}: {stats['state']}, {stats['fps']:.1f} fps, {latency['p50']:.0f} ms old"
    line += f" (99 %: {latency['p99']:.0f} ms), {stats['delivered']} shown, {dropped} dropped"
    if stats["reconnects"]:
        line += f", came back {stats['reconnects']} times"
    return line + (f"; {stats['error']}" if stats["error"] else "")
