"""The last seconds of a source as encoded packets: what happened before an event is still there when it comes."""

from __future__ import annotations

from collections import deque

from pipeline.sinks.live_encoder import Coded

MOST_BYTES = 64 << 20
"""Whatever the seconds asked for: 30 s of a busy 4K picture."""


class Lookback:
    """Packets from a key frame on; at least `seconds` of them once there were so many.

    Encoded, 5 s of a 720p camera take 1 to 4 MB; as pictures they would be 415 MB.
    """

    def __init__(self, seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self._seconds, self.most_bytes = seconds, most_bytes
        self._groups: deque[list[Coded]] = deque()
        """Each begins with a key frame; what follows needs it."""
        self.bytes = 0

    def add(self, coded: Coded) -> None:
        """Keep one packet, and forget what is too long ago; one that no key frame stands before is of no use."""
        if coded.is_key:
            self._groups.append([])
        elif not self._groups:
            return
        self._groups[-1].append(coded)
        self.bytes += len(coded.data)
        since_s = coded.captured_s - self._seconds
        while len(self._groups) > 1 and (self._groups[1][0].captured_s <= since_s or self.bytes > self.most_bytes):
            self.bytes -= sum(len(old.data) for old in self._groups.popleft())

    def since(self, captured_s: float) -> list[Coded]:
        """The packets from the last key frame at or before that time, or from the first there is."""
        groups = list(self._groups)
        begin = max((at for at, group in enumerate(groups) if group[0].captured_s <= captured_s), default=0)
        return [coded for group in groups[begin:] for coded in group]

    def clear(self) -> None:
        """Forget everything."""
        self._groups.clear()
        self.bytes = 0
