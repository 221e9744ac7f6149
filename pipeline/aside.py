"""A stage that nobody waits for: packets go past it with the newest thing it found."""

import threading
import time
from collections.abc import Callable

from pipeline.channel import Channel, Closed
from pipeline.station import Station
from pipeline.types import Moment, Packet


class Aside:
    """One such stage on a live source. `look` is the body of its thread, `pass_on` of the one in the flow.

    A result goes with every later packet until there is a newer one; `Packet.found_on` says which frame it is of. The
    first packets have none. A frame that the stage fails on is not lost: it went past.

    Args:
        station: The stage.
        in_line: Whether packets wait for it after all, as a latency budget may choose. May be changed at any time.
    """

    def __init__(self, station: Station, *, in_line: bool = False) -> None:
        self.station = station
        self.in_line = in_line
        self.share = 1.0
        """Of the time, that the stage may work: below 1 it rests after each look. May be changed at any time."""
        self._over = threading.Event()
        self.newest: Channel[Packet] = Channel(f"beside {station.name}", 1, on_drop=lambda _: None)
        """The packet that the stage gets when it is free."""
        self._found: tuple[object, Moment] | None = None
        self._turn = threading.Lock()
        """The stage looks at one packet at a time, also when it is put in or out of the line."""

    def pass_on(
        self, arriving: Channel[Packet], put: Callable[[Packet], None], ask: Callable[[Packet], Packet | None]
    ) -> None:
        """Give each packet what was found last, and offer it to the stage; in line, `ask` the stage and wait."""
        station = self.station
        for packet in arriving:
            if self.in_line:
                with self._turn:
                    passed = ask(packet)
                if passed is not None:
                    put(passed)
                continue
            if station.is_asked(packet):
                try:
                    self.newest.put(packet)
                except Closed:
                    return
            found = self._found if station.works else None
            put(packet if found is None else packet.plus(station.name, *found))

    def look(self) -> None:
        """Ask the stage about the newest packet, over and over.

        Raises:
            StageError: the stage failed and its policy is to stop, or it failed too often.
        """
        station = self.station
        stage, name = station.plan.workers[0], station.name
        for packet in self.newest:
            began_s = time.monotonic()
            with self._turn:
                answered = station.judge(packet, station.attempt(stage, packet))
            if answered is not None and name in answered.results:
                self._found = answered.results[name], packet.frame.moment
            if self.share < 1:
                self._over.wait((time.monotonic() - began_s) * (1 / self.share - 1))

    def end(self) -> None:
        """No packet comes any more, and nothing rests."""
        self.newest.close()
        self._over.set()

    def abort(self) -> None:
        """Nothing rests: the run is over."""
        self._over.set()
