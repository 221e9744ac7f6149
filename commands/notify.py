"""Tells systemd how the program is doing, by the protocol of sd_notify(3): a datagram to the socket it names.

No library: the protocol is a line of text, promised to stay (systemd's "interface stability" page).
"""

import contextlib
import os
import socket
import time

STUCK_S = 20.0
"""A source whose pictures come and whose frames do not come out for so long is stuck, and the watchdog may act."""


class Notifier:
    """Says when the program is ready, that it is alive, and in a line what it does. Silent where nobody listens.

    Args:
        address: `$NOTIFY_SOCKET`: a path, or a name after `@` in Linux's abstract namespace. None: nobody listens.
        watchdog_s: `$WATCHDOG_USEC` in seconds: systemd restarts a program that is silent for so long. None: none.
    """

    def __init__(self, address: str | None, watchdog_s: float | None = None) -> None:
        self._address = address
        self._every_s = None if watchdog_s is None else watchdog_s / 3
        self._told_s = 0.0
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    def ready(self, status: str) -> None:
        """Everything that was asked for runs."""
        self._send(f"READY=1\nSTATUS={_line(status)}\nMAINPID={os.getpid()}")

    def alive(self, status: str) -> None:
        """Call it often; it is passed on a few times in each period of the watchdog."""
        now_s = time.monotonic()
        if self._every_s is not None and now_s - self._told_s >= self._every_s:
            self._told_s = now_s
            self._send(f"WATCHDOG=1\nSTATUS={_line(status)}")

    def stopping(self) -> None:
        """The program ends because it was asked to."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()

    def _send(self, text: str) -> None:
        if self._socket is None or not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError):  # a full or vanished socket must not end what is being watched over
            self._socket.sendto(text.encode(), address)


def _line(status: str) -> str:
    return " ".join(status.split())


class Pulse:
    """Whether frames still come out of every source whose pictures come in; a source that is silent is not stuck."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, int, float]] = {}
        """Of each source: frames read, frames delivered, and when it was last seen to move."""

    def beats(self, source: str, read: int, delivered: int, now_s: float) -> bool:
        """Take in where a source is now.

        Args:
            source: Its name.
            read: Frames captured so far.
            delivered: Frames that came out so far.
            now_s: Monotonic seconds.
        """
        before = self._last.get(source)
        if before is None or delivered != before[1] or read == before[0]:
            self._last[source] = read, delivered, now_s
            return True
        self._last[source] = read, delivered, before[2]
        return now_s - before[2] < STUCK_S
