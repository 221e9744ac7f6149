"""Ctrl-C and SIGTERM: the first asks a run to finish what it has, the second ends it."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether the person, or the system, wants the run to end."""

    def __init__(self) -> None:
        self.signal: int | None = None
        """The first signal that came, or None."""
        self._ask: Callable[[], None] = lambda: None

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells have it: 130 after Ctrl-C, 143 after SIGTERM."""
        return 128 + (self.signal or 0)

    def on_ask(self, ask: Callable[[], None]) -> None:
        """Call `ask` at the first signal; at once where it already came."""
        self._ask = ask
        if self.signal is not None:
            ask()

    def handle(self, number: int, _: FrameType | None) -> None:
        """The signal handler."""
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number
        self._ask()


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Within the block, the first SIGINT or SIGTERM is noted and passed on; a second raises KeyboardInterrupt."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
