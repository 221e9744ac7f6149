"""Counts what was followed, for the summary."""

from collections import Counter
from collections.abc import Sequence

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

    @property
    def followed(self) -> dict[str, int]:
        """How many tracks of each class were seen."""
        return dict(self._followed)

    def write(self, packet: Packet) -> None:
        """Count the tracks that are new in this packet: ids grow, so those above the newest one seen."""
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
