"""Counts what was followed, and keeps what areas and lines counted, for the summary."""

from collections import Counter
from collections.abc import Sequence

from pipeline.results.zones import Zones
from pipeline.types import Packet, Tracks


class Tally:
    """A sink that keeps the number of tracks of each class, and no track.

    Args:
        stages: Names of the stages that give Tracks.
    """

    name = "tally"

    def __init__(self, stages: Sequence[str]) -> None:
        self._stages = stages
        self._newest: dict[str, int] = dict.fromkeys(stages, 0)
        self._followed: Counter[str] = Counter()
        self._zones: dict[str, Zones] = {}

    @property
    def followed(self) -> dict[str, int]:
        """How many tracks of each class were seen."""
        return dict(self._followed)

    @property
    def counted(self) -> dict[str, dict[str, int]]:
        """What each area and line counted by the end of the run, by its name and word."""
        counted: dict[str, dict[str, int]] = {}
        for zones in self._zones.values():
            for name, entered, left in zip(zones.areas, zones.entered.tolist(), zones.left.tolist(), strict=True):
                counted[name] = {"entered": entered, "left": left}
            for name, words, crossed in zip(zones.lines, zones.directions, zones.crossed.tolist(), strict=True):
                counted[name] = dict(zip(words, crossed, strict=True))
        return counted

    def write(self, packet: Packet) -> None:
        """Count the tracks that are new in this packet: ids grow, so those above the newest one seen."""
        self._zones.update({stage: found for stage, found in packet.results.items() if isinstance(found, Zones)})
        for stage in self._stages:
            tracks = packet.find(stage, Tracks)
            if tracks is None:
                continue
            fresh = tracks[tracks.id > self._newest[stage]]
            self._followed.update(fresh.boxes.names[class_id] for class_id in fresh.boxes.class_id)
            self._newest[stage] = max([self._newest[stage], *fresh.id.tolist()])

    def finish(self) -> None:
        """Nothing to make whole."""

    def close(self) -> None:
        """Nothing to let go of."""
