"""The thread that sends what waits in a spool: one letter after the other, each again until it has arrived."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from pipeline.sinks.data.spool import Letter, Spool

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""How long the thread waits for a letter before it looks whether it is to end."""
QUIET_S = 60.0
"""A receiver that fails now and then is told of once in this time; the counts have every failure."""


class TryLaterError(Exception):
    """It did not arrive, and may another time. `str` says why, without any secret."""

    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.after_s = after_s
        """How long the receiver asks to be left alone."""


class RefusedError(Exception):
    """The receiver will never take this letter, and may take the next."""


class Courier:
    """Sends letters in order with `send`; what fails is tried again, ever more seldom, for as long as it takes.

    Args:
        name: for messages: the kind and the host, never a whole address.
        spool: what waits.
        send: raises `TryLaterError` or `RefusedError`; what it raises else is told as a fault and tried again.
        first_wait_s: after the first failure; it doubles up to `most_wait_s`. A random part is taken off, so that
            many senders do not come back at one moment.
        hang_s: how long the end waits for a `send` that does not come back; then its thread is left to itself.
    """

    def __init__(
        self,
        name: str,
        spool: Spool,
        send: Callable[[Letter], None],
        first_wait_s: float = 1.0,
        most_wait_s: float = 60.0,
        hang_s: float = 11.0,
    ) -> None:
        self.sent = self.refused = self.failures = 0
        self.trouble: str | None = None
        """Why the last try failed; None where it did not."""
        self._name, self._spool, self._send = name, spool, send
        self._first_wait_s, self._most_wait_s, self._hang_s = first_wait_s, most_wait_s, hang_s
        self._ending = threading.Event()
        self._told = False
        """A person was told of the trouble, and not yet that it is over."""
        self._quiet_until_s = 0.0
        self._until_s = 0.0
        """Once it ends: until when it still tries."""
        self._thread = threading.Thread(target=self._run, name=f"sluice-{name}", daemon=True)
        self._thread.start()

    def end(self, drain_s: float = 0.0) -> None:
        """Send what still waits, for so long at most, and end the thread. The spool stays open. May be called twice."""
        if not self._ending.is_set():
            self._until_s = time.monotonic() + drain_s
            self._ending.set()
            self._spool.wake()
            self._thread.join(drain_s + self._hang_s)
            if self._thread.is_alive():
                logger.warning("%s: it holds the connection and does not answer; it is left to itself", self._name)
            waiting = len(self._spool)
            if waiting:
                logger.warning(
                    "%s: %d events wait in %s; the next run sends them", self._name, waiting, self._spool.path
                )

    def status(self) -> dict[str, object]:
        """How it is doing, as plain values."""
        return {
            "sent": self.sent,
            "waiting": len(self._spool),
            "lost": self._spool.lost,
            "refused": self.refused,
            "failures": self.failures,
            "error": self.trouble,
        }

    def _run(self) -> None:
        wait_s = self._first_wait_s
        while not self._over():
            letter = self._spool.oldest(0.0 if self._ending.is_set() else LOOK_S)
            if letter is None:
                if self._ending.is_set():
                    return
                continue
            try:
                self._send(letter)
            except RefusedError as error:
                self.refused += 1
                logger.warning("%s refuses an event for good: %s", self._name, error)
            except Exception as error:  # noqa: BLE001 - a thread's edge: a fault of sending ends no run
                asked_s = error.after_s if isinstance(error, TryLaterError) else 0.0
                self._failed(str(error) if isinstance(error, TryLaterError) else f"{type(error).__name__}: {error}")
                self._pause(max(asked_s, wait_s * random.uniform(0.7, 1.0)))
                wait_s = min(2 * wait_s, self._most_wait_s)
                continue
            else:
                self.sent += 1
            self._spool.done(letter)
            if self.trouble is not None and self._told:
                logger.warning("%s takes events again", self._name)
                self._told = False
            self.trouble, wait_s = None, self._first_wait_s

    def _failed(self, why: str) -> None:
        self.failures += 1
        now_s = time.monotonic()
        if self.trouble is None and now_s >= self._quiet_until_s:
            logger.warning("%s: %s; events wait in %s and are sent later", self._name, why, self._spool.path)
            self._told, self._quiet_until_s = True, now_s + QUIET_S
        self.trouble = why

    def _pause(self, wait_s: float) -> None:
        if self._ending.is_set():
            wait_s = min(0.2, wait_s, max(0.0, self._until_s - time.monotonic()))
            time.sleep(wait_s)
        else:
            self._ending.wait(wait_s)

    def _over(self) -> bool:
        return self._ending.is_set() and time.monotonic() >= self._until_s
