"""How long frames take, in memory that does not grow: a histogram whose bins widen with the time."""

import math
import threading
from dataclasses import dataclass

import numpy as np

LEAST_S, BIN = 1e-4, 1.01
"""Every bin is one per cent wider than the one before, from 0.1 ms on: percentiles are right to half a per cent."""
BINS = 2000
"""Up to 12 hours."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Milliseconds; 0 where no frame came."""

    frames: int
    p50: float
    p95: float
    p99: float
    max: float

    def as_data(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(getattr(self, name), 2) for name in ("p50", "p95", "p99", "max")}


class Latency:
    """Adds up latencies from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = np.zeros(BINS, np.int64)
        self._max_s = 0.0

    def add(self, seconds: float) -> None:
        """One frame took so long."""
        place = int(math.log(max(seconds, LEAST_S) / LEAST_S) / math.log(BIN))
        with self._lock:
            self._counts[min(place, BINS - 1)] += 1
            self._max_s = max(self._max_s, seconds)

    def counts(self) -> np.ndarray:
        """`(BINS,) int64`: how many frames fell into each bin so far; the difference of two is what came between."""
        with self._lock:
            return self._counts.copy()

    def summary(self) -> Summary:
        """What it comes to so far."""
        return self.summary_of(self.counts())

    def summary_of(self, counts: np.ndarray) -> Summary:
        """What some of the frames come to; `max` is that of all.

        Args:
            counts: `(BINS,) int64`, such as a difference of two `counts()`.
        """
        most_s = self._max_s
        total = int(counts.sum())
        if not total:
            return Summary(0, 0.0, 0.0, 0.0, 0.0)
        below = np.cumsum(counts)
        places = [int(np.searchsorted(below, math.ceil(total * share))) for share in (0.5, 0.95, 0.99)]
        p50, p95, p99 = (min(LEAST_S * BIN ** (place + 0.5), most_s) * 1e3 for place in places)
        return Summary(total, p50, p95, p99, most_s * 1e3)
