"""Takes what happened out of packets: every event once and in order, also where packets between were dropped."""

import logging

from pipeline.results.events import Event, Events
from pipeline.types import Packet

logger = logging.getLogger(__name__)


class EventTap:
    """Remembers how many events of each stage came by. Each receiver has one of its own."""

    def __init__(self) -> None:
        self.missed = 0
        """Events in so many dropped packets that they were not kept for later ones."""
        self._told: dict[str, int] = {}

    def events(self, packet: Packet) -> list[Event]:
        """What is new since the packet before."""
        found: list[Event] = []
        for stage, result in packet.results.items():
            if not isinstance(result, Events):
                continue
            before = self._told.get(stage, 0)
            fresh = result.since(before)
            missing = result.told - before - len(fresh)
            if missing > 0:
                self.missed += missing
                logger.warning("%s: %d events were in packets dropped on the way", stage, missing)
            self._told[stage] = max(before, result.told)
            found += fresh
        return found
