"""A source that may come and go: always the newest picture, and opened again whenever it is lost."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from pipeline.errors import SourceError
from pipeline.sources.live.capture import Reader
from pipeline.sources.live.config import LiveConfig
from pipeline.sources.live.faults import LastingError
from pipeline.sources.live.status import SourceStatus, StateMachine
from pipeline.types import Damage, Frame, SourceInfo

logger = logging.getLogger(__name__)

READER = "sluice-reader"
"""How the names of reading threads begin."""
JITTER = 0.25
"""Part of a wait by which it is drawn at random, so that many sources do not knock at once."""
HUNG_MOST = 4
"""Reads of one source that may hang at a time; before there is another connection, one has to come back."""


class LiveSource:
    """Yields each picture once, the newest; none is ever made up.

    A thread of its own reads each connection and keeps the newest picture only. A connection that brings none for
    `timeout_s` is lost, also where its read hangs: that thread is left to itself, ends when its call comes back, and
    its pictures are not used. Then it is tried again, after 0.5 s doubling to 30 s.

    Args:
        name: For people, without secrets.
        connect: Makes a reader for one connection.
        config: Times and limits.
        may_end: Whether it is a recording: the end of its connection is its own end, whatever the reason, and it may
            take its time.
    """

    def __init__(self, name: str, connect: Callable[[], Reader], config: LiveConfig, *, may_end: bool = False) -> None:
        self.info = SourceInfo(name, 0, 0, 0.0, Fraction(1, 1000), live=True, reader="live")
        self.damage = Damage()
        self._connect, self._config, self._may_end = connect, config, may_end
        self._states = StateMachine()
        self._closing = threading.Event()
        self._index = 0
        self._connection: _Connection | None = None
        self._hung: list[_Connection] = []

    def state(self) -> SourceStatus:
        """How it is doing, now."""
        return self._states.status()

    def close(self) -> None:
        """End it, at once; may be called twice, from any thread."""
        self._closing.set()
        connection = self._connection
        if connection is not None:
            connection.leave()

    def __iter__(self) -> Iterator[Frame]:
        """Frames until it is closed, gone for good, or a recording is over. Indices are never reused; a gap is a loss.

        Raises:
            SourceError: it is gone for good: the limit of retries is reached, or another attempt would not mend it.
        """
        try:
            yield from self._frames()
        finally:
            self.close()
            if self._states.state != "ended":
                self._states.move("ended")

    def _frames(self) -> Iterator[Frame]:
        opened_s = time.monotonic()
        failures = 0
        while not self._closing.is_set():
            connection = self._connection = _Connection(self._connect(), self.info.name)
            if self._closing.is_set():  # closed while there was nothing to leave
                connection.leave()
            wait_s = None if self._may_end else self._config.open_timeout_s
            while (picture := connection.newest(wait_s)) is not None and not self._closing.is_set():
                if self._states.state == "connecting":
                    self._states.move("running")
                    failures, wait_s = 0, None if self._may_end else self._config.timeout_s
                image, captured_s, skipped = picture
                self._index += skipped
                self._states.saw(captured_s)
                clock_s = time.time() - (time.monotonic() - captured_s)
                yield Frame(image, self._index, captured_s - opened_s, captured_s, self.info.name, clock_s=clock_s)
                self._index += 1
            connection.leave()
            if self._closing.is_set():
                return
            if self._may_end and connection.error is None:
                return
            failures += 1
            self._lose(connection, wait_s, failures)

    def _lose(self, connection: "_Connection", wait_s: float | None, failures: int) -> None:
        """Say why, and wait until it may be tried again.

        Raises:
            SourceError: it was tried often enough, or another attempt would not mend it.
        """
        config, error = self._config, connection.error
        why = str(error) if error else f"{self.info.name}: no picture for {wait_s:g} s"
        self._states.move("lost", why)
        never_ran = self._states.status().newest_s is None
        if error is not None and (self._may_end or (never_ran and isinstance(error, LastingError))):
            raise error if isinstance(error, SourceError) else SourceError(f"{self.info.name}: {why}") from error
        if config.retries is not None and failures > config.retries:
            raise SourceError(f"{why}; given up after {failures} attempts")
        pause_s = min(config.retry_first_s * 2 ** min(failures - 1, 32), config.retry_most_s)
        pause_s *= 1 + JITTER * (2 * random.random() - 1)
        logger.warning("%s; trying again in %.1f s", why, pause_s)
        self._hung.append(connection)
        while not self._closing.wait(pause_s):
            self._hung = [one for one in self._hung if one.hangs]
            if len(self._hung) < HUNG_MOST:
                self._states.move("connecting")
                return


def hung_readers(timeout_s: float) -> int:
    """Wait for reading threads whose source was closed; how many are still in a call that does not come back."""
    until_s = time.monotonic() + timeout_s
    readers = [thread for thread in threading.enumerate() if thread.name.startswith(READER)]
    for thread in readers:
        thread.join(max(0.0, until_s - time.monotonic()))
    return sum(thread.is_alive() for thread in readers)


class _Connection:
    """One connection, read by a thread that keeps the newest picture."""

    def __init__(self, reader: Reader, name: str) -> None:
        self.error: Exception | None = None
        self._changed = threading.Condition()
        self._picture: tuple[np.ndarray, float] | None = None
        self._skipped = 0
        self._over = self._left = False
        self._thread = threading.Thread(target=self._read, args=(reader,), name=f"{READER}-{name}", daemon=True)
        self._thread.start()

    @property
    def hangs(self) -> bool:
        """Whether its thread is still there."""
        return self._thread.is_alive()

    def newest(self, timeout_s: float | None) -> tuple[np.ndarray, float, int] | None:
        """The newest picture, when it came, how many came before it unseen; None where none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._picture is not None or self._over or self._left, timeout_s)
            if self._picture is None or self._left:
                return None
            (image, captured_s), skipped = self._picture, self._skipped
            self._picture, self._skipped = None, 0
            return image, captured_s, skipped

    def leave(self) -> None:
        """Wake whoever waits, and tell the thread to end once its call comes back."""
        with self._changed:
            self._left = True
            self._changed.notify_all()

    def _read(self, reader: Reader) -> None:
        try:
            pictures = reader.pictures()
            for image in pictures:
                with self._changed:
                    if self._left:
                        break
                    self._skipped += self._picture is not None
                    self._picture = image, time.monotonic()
                    self._changed.notify_all()
            close = getattr(pictures, "close", None)
            if close is not None:
                close()
        except Exception as error:  # noqa: BLE001 - a thread's edge
            self.error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
