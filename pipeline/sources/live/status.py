"""The states of a live source and the moves between them."""

import threading
import time
from dataclasses import dataclass
from typing import Literal

State = Literal["connecting", "running", "lost", "ended"]
MOVES: dict[State, tuple[State, ...]] = {
    "connecting": ("running", "lost", "ended"),
    "running": ("lost", "ended"),
    "lost": ("connecting", "ended"),
    "ended": (),
}
"""Where each state may go. Ended is the end."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing."""

    state: State
    since_s: float
    """Seconds in this state."""
    attempts: int
    """Times it was tried since it was last there."""
    reconnects: int
    """Times it came back."""
    newest_s: float | None
    """`time.monotonic()` of the newest picture."""
    error: str | None
    """Why it is not there, in one line without secrets; None while it is."""


class StateMachine:
    """Keeps the state of one source; read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State = "connecting"
        self._since_s = time.monotonic()
        self._attempts, self._runs = 1, 0
        self._newest_s: float | None = None
        self._error: str | None = None

    def move(self, state: State, error: str | None = None) -> None:
        """Go to another state.

        Raises:
            ValueError: no move leads there from here.
        """
        with self._lock:
            if state not in MOVES[self._state]:
                raise ValueError(f"state: expected one of {MOVES[self._state]} after {self._state}, received {state}")
            self._state, self._since_s = state, time.monotonic()
            if state == "connecting":
                self._attempts += 1
            elif state == "running":
                self._runs += 1
                self._attempts, self._error = 0, None
            else:
                self._error = error or self._error

    def saw(self, captured_s: float) -> None:
        """A picture came."""
        with self._lock:
            self._newest_s = captured_s

    @property
    def state(self) -> State:
        """Now."""
        return self._state

    def status(self) -> SourceStatus:
        """All of it, now."""
        with self._lock:
            since_s = time.monotonic() - self._since_s
            reconnects = max(0, self._runs - 1)
            return SourceStatus(self._state, since_s, self._attempts, reconnects, self._newest_s, self._error)
