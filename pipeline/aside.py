"""A stage that nobody waits for: packets go past it with the newest thing it found."""

from collections.abc import Callable

from pipeline.channel import Channel, Closed
from pipeline.station import Station
from pipeline.types import Moment, Packet


class Aside:
    """One such stage on a live source. `look` is the body of its thread, `pass_on` of the one in the flow.

    A result goes with every later packet until there is a newer one; `Packet.found_on` says which frame it is of. The
    first packets have none. A frame that the stage fails on is not lost: it went past.
    """

    def __init__(self, station: Station) -> None:
        self.newest: Channel[Packet] = Channel(f"beside {station.name}", 1, on_drop=lambda _: None)
        """The packet that the stage gets when it is free."""
        self._station = station
        self._found: tuple[object, Moment] | None = None

    def pass_on(self, arriving: Channel[Packet], put: Callable[[Packet], None]) -> None:
        """Give each packet what was found last, and offer it to the stage."""
        name = self._station.name
        for packet in arriving:
            if self._station.is_asked(packet):
                try:
                    self.newest.put(packet)
                except Closed:
                    return
            found = self._found if self._station.is_on else None
            put(packet if found is None else packet.plus(name, *found))

    def look(self) -> None:
        """Ask the stage about the newest packet, over and over.

        Raises:
            StageError: the stage failed and its policy is to stop, or it failed too often.
        """
        stage, name = self._station.plan.workers[0], self._station.name
        for packet in self.newest:
            answered = self._station.judge(packet, self._station.attempt(stage, packet))
            if answered is not None and name in answered.results:
                self._found = answered.results[name], packet.frame.moment
