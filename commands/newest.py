"""The newest annotated picture of a source, for whoever wants to look: a sink that never makes anybody wait."""

import threading

from pipeline.types import Packet


class NewestSink:
    """Keeps one packet, the newest, and wakes those who wait for a newer one."""

    name = "page"

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._packet: Packet | None = None
        self._number = -1
        self._closed = False

    def write(self, packet: Packet) -> None:
        """Keep it in place of the one before."""
        with self._changed:
            self._packet, self._number = packet, self._number + 1
            self._changed.notify_all()

    def newest(self, after: int = -1, timeout_s: float = 0.0) -> tuple[int, Packet] | None:
        """The newest packet and its number, if that is above `after`, waiting for one; None where none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > after or self._closed, timeout_s)
            return (self._number, self._packet) if self._packet is not None and self._number > after else None

    def finish(self) -> None:
        """Nothing has to be made whole."""

    def close(self) -> None:
        """Wake those who wait; the newest stays to be looked at."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
