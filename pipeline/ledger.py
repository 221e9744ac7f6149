"""The book of frames: each one read is written, dropped with a reason, or failed with a reason."""

import threading
from collections import Counter
from dataclasses import dataclass

from pipeline.types import Packet


@dataclass(frozen=True)
class Balance:
    """The book at one moment."""

    read: int
    written: int
    dropped: dict[str, int]
    """Frames by reason, such as the channel that threw them away."""
    failed: dict[str, int]
    """Frames by the stage that raised."""

    @property
    def in_flight(self) -> int:
        """Frames that are still somewhere inside; 0 once a run has ended."""
        return self.read - self.written - sum(self.dropped.values()) - sum(self.failed.values())

    def __str__(self) -> str:
        def part(count: int, what: str, reasons: dict[str, int]) -> str:
            detail = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.items()))
            return f"{count} {what}" + (f" ({detail})" if detail else "")

        dropped = part(sum(self.dropped.values()), "dropped", self.dropped)
        failed = part(sum(self.failed.values()), "failed", self.failed)
        return f"{self.read} read = {self.written} written + {dropped} + {failed}"


class Delivery:
    """One packet on its way into several sinks. It counts as written once every sink has taken it."""

    __slots__ = ("packet", "reason", "waiting")

    def __init__(self, packet: Packet, sinks: int) -> None:
        self.packet = packet
        self.waiting = sinks
        self.reason: str | None = None
        """Why one of the sinks did not get it."""


class Ledger:
    """Counts frames from any thread. Whoever holds a packet when it ends says so here, once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read = self._written = 0
        self._dropped: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def read(self) -> None:
        """A frame came out of the source."""
        with self._lock:
            self._read += 1

    def dropped(self, reason: str) -> None:
        """A frame ended on the way, for no fault of its own."""
        with self._lock:
            self._dropped[reason] += 1

    def failed(self, stage: str) -> None:
        """A frame ended because `stage` raised on it."""
        with self._lock:
            self._failed[stage] += 1

    def settle(self, delivery: Delivery, reason: str | None = None) -> bool:
        """One sink is through with a delivery; `reason` says why it did not take it.

        Returns:
            Whether the frame is written with this.
        """
        with self._lock:
            delivery.waiting -= 1
            delivery.reason = delivery.reason or reason
            if delivery.waiting:
                return False
            if delivery.reason is None:
                self._written += 1
                return True
            self._dropped[delivery.reason] += 1
            return False

    def balance(self) -> Balance:
        """What the book says now."""
        with self._lock:
            return Balance(self._read, self._written, dict(self._dropped), dict(self._failed))
