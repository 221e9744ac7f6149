"""A reader that hangs or breaks in one picture is given up after a time limit, and the next picture is read.

A reader works behind a guard: in a thread of its own, or in a process of its own. A thread that hangs cannot be ended:
it is left to itself, and a new one is started with a new reader. A process that hangs is killed, and one in which
native code crashes takes nobody along.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from pipeline.errors import StageError
from readers.reader import Line, Reader, Taste

logger = logging.getLogger(__name__)

MOST_IN_A_ROW = 5
"""A reader that is given up so often with nothing read between is broken, and the run ends."""

Open = Callable[[], Reader]


class GaveUpError(Exception):
    """The worker did not answer in time or broke; `str(error)` says which. It is of no use any more."""


class Worker(Protocol):
    """A reader somewhere else: in another thread, in another process."""

    name: str
    taste: Taste

    def read(self, picture: np.ndarray) -> Line:
        """What one picture says.

        Raises:
            GaveUpError: no answer in time, or it broke.
        """
        ...

    def close(self) -> None:
        """End it; one that hangs is left or killed. May be called twice."""
        ...


class GuardedReader:
    """A reader that is started anew whenever it has to be given up.

    Args:
        start: Starts a worker; what its reader raises when it is opened comes out of here.
    """

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self._worker: Worker | None = start()
        self.name, self.taste = self._worker.name, self._worker.taste
        self.given_up = 0
        """Pictures that were given up so far."""
        self._in_a_row = 0

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        """See `readers.reader.Reader.read`.

        Raises:
            StageError: too many pictures in a row had to be given up.
        """
        return [self._read(line) for line in lines]

    def _read(self, picture: np.ndarray) -> Line:
        if self._worker is None:
            self._worker = self._start()
        try:
            line = self._worker.read(picture)
        except GaveUpError as error:
            self._worker.close()
            self._worker = None
            line = Line("", (), str(error))
        self._in_a_row = self._in_a_row + 1 if line.given_up else 0
        if line.given_up:
            self.given_up += 1
            height, width = picture.shape[:2]
            told = f"{self.name}: a picture of {width} x {height} px was given up: {line.given_up}"
            if self._in_a_row >= MOST_IN_A_ROW:
                raise StageError(f"{told}; it was the {self._in_a_row}th in a row: set another reader")
            logger.warning("%s (%d so far); the next is read", told, self.given_up)
        return line

    def close(self) -> None:
        """End the worker; may be called twice."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
