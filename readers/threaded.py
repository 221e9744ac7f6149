"""A reader in a thread of its own."""

from queue import Empty, SimpleQueue
from threading import Thread

import numpy as np

from readers.guard import GaveUpError, Open
from readers.reader import Line, Reader, Taste

START_S = 60.0
"""For opening a reader: a network has to be read and its checksum taken, perhaps from a slow card."""
LEAVE_S = 1.0


class ThreadWorker:
    """Opens a reader in a thread, and passes pictures there: 0.05 ms each.

    Args:
        make: Opens the reader; called in the thread, which is the only one that touches it.
        limit_s: After which a picture is given up.

    Raises:
        GaveUpError: it did not open in time.
        Exception: what `make` raised.
    """

    def __init__(self, make: Open, limit_s: float) -> None:
        self._limit_s = limit_s
        self._asked: SimpleQueue[np.ndarray | None] = SimpleQueue()
        self._said: SimpleQueue[Reader | Line | Exception] = SimpleQueue()
        # A daemon: native code that hangs must not keep the program from ending.
        self._thread = Thread(target=self._work, args=(make,), name="reader", daemon=True)
        self._thread.start()
        opened = self._answer(START_S)
        if isinstance(opened, Exception):
            raise opened
        assert not isinstance(opened, Line)
        self.name: str = opened.name
        self.taste: Taste = opened.taste

    def read(self, picture: np.ndarray) -> Line:
        """See `readers.guard.Worker.read`."""
        self._asked.put(picture)
        said = self._answer(self._limit_s)
        if isinstance(said, Exception):
            raise GaveUpError(f"{type(said).__name__}: {said}") from said
        assert isinstance(said, Line)
        return said

    def close(self) -> None:
        """End the thread, or leave it to itself where it hangs: it ends as soon as its reader comes back."""
        self._asked.put(None)
        self._thread.join(LEAVE_S)

    def _answer(self, limit_s: float) -> Reader | Line | Exception:
        try:
            return self._said.get(timeout=limit_s)
        except Empty:
            raise GaveUpError(f"no answer in {limit_s:g} s") from None

    def _work(self, make: Open) -> None:
        try:
            reader = make()
        except Exception as error:  # noqa: BLE001 - a thread begins here; the caller raises it
            self._said.put(error)
            return
        self._said.put(reader)
        while (picture := self._asked.get()) is not None:
            try:
                self._said.put(reader.read([picture])[0])
            except Exception as error:  # noqa: BLE001 - see above
                self._said.put(error)
        reader.close()
