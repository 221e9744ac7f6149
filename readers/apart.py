"""A reader in a process of its own: where native code crashes, the run goes on."""

import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from readers.guard import GaveUpError, Open
from readers.reader import Line, Taste
from readers.threaded import LEAVE_S, START_S


@dataclass(frozen=True)
class _Opened:
    """What the other process says once its reader is there."""

    name: str
    taste: Taste


class ProcessWorker:
    """Opens a reader in another process, and passes pictures there: about 0.2 ms each, and half a second to start.

    Args:
        make: Opens the reader; is sent there, so it has to be a function of a module with plain arguments.
        limit_s: After which a picture is given up, and the process is killed.

    Raises:
        GaveUpError: it did not open in time, or crashed on the way.
        Exception: what `make` raised.
    """

    def __init__(self, make: Open, limit_s: float) -> None:
        self._limit_s = limit_s
        context = multiprocessing.get_context("spawn")  # a fork takes locks of other threads along, as they are
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, theirs), name="reader", daemon=True)
        self._process.start()
        theirs.close()
        try:
            opened = self._answer(START_S)
        except GaveUpError:
            self.close()
            raise
        if isinstance(opened, Exception):
            self.close()
            raise opened
        assert isinstance(opened, _Opened)
        self.name, self.taste = opened.name, opened.taste

    def read(self, picture: np.ndarray) -> Line:
        """See `readers.guard.Worker.read`."""
        try:
            self._pipe.send(picture)
        except OSError as error:
            raise GaveUpError(self._end()) from error
        said = self._answer(self._limit_s)
        if isinstance(said, Exception):
            raise GaveUpError(f"{type(said).__name__}: {said}")
        assert isinstance(said, Line)
        return said

    def close(self) -> None:
        """End the process; killed where it does not end by itself."""
        self._pipe.close()
        self._process.join(LEAVE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _answer(self, limit_s: float) -> object:
        try:
            if self._pipe.poll(limit_s):
                return self._pipe.recv()
        except (EOFError, OSError) as error:
            raise GaveUpError(self._end()) from error
        self._process.kill()
        raise GaveUpError(f"no answer in {limit_s:g} s")

    def _end(self) -> str:
        self._process.join(LEAVE_S)
        return f"the reader's process ended with {self._process.exitcode}"


def _serve(make: Open, pipe: Connection) -> None:
    """What the other process does until its pipe is closed."""
    try:
        reader = make()
    except Exception as error:  # noqa: BLE001 - a process begins here; the caller raises it
        pipe.send(error)
        return
    pipe.send(_Opened(reader.name, reader.taste))
    while True:
        try:
            picture = pipe.recv()
        except EOFError:
            break
        try:
            pipe.send(reader.read([picture])[0])
        except Exception as error:  # noqa: BLE001 - see above
            pipe.send(error)
    reader.close()
