"""What in a packet is worth keeping a clip of: something new in the picture, or something wrong with it."""

from collections.abc import Sequence

from pipeline.health import Health
from pipeline.types import Packet, Tracks

REMEMBERED = 1000
"""Ids of tracks: they ascend, so far older ones do not come again."""


class Events:
    """Sees every packet of a source that comes by, and says what began.

    It compares states rather than listening for changes: a live source drops packets, and the one with the change may
    be among them.

    Args:
        classes: names of the classes whose new tracks count; none: all.
        alarms: whether an alarm of the picture's health counts.
        follow_s: for how long after a track's beginning its presence says that the event goes on; a parked car
            would otherwise be recorded for ever.
    """

    def __init__(self, classes: Sequence[str] = (), *, alarms: bool = True, follow_s: float = 60.0) -> None:
        self._classes, self._alarms, self._follow_s = frozenset(classes), alarms, follow_s
        self._seen: dict[tuple[str, int], float] = {}
        """When each track was first seen, by its stage and id."""
        self._in_alarm: dict[str, frozenset[str]] = {}

    def of(self, packet: Packet) -> tuple[list[str], bool]:
        """Look at the next packet.

        Returns:
            A word for each event that begins (the class of a new track, the kind of an alarm), and whether an earlier
            one goes on.
        """
        began: list[str] = []
        goes_on = False
        for stage, result in packet.results.items():
            if isinstance(result, Tracks):
                goes_on |= self._tracks(stage, result, packet.frame.captured_s, began)
            elif isinstance(result, Health) and self._alarms:
                now = frozenset(result.alarms)
                began += sorted(now - self._in_alarm.get(stage, frozenset()))
                self._in_alarm[stage] = now
        return began, goes_on

    def _tracks(self, stage: str, tracks: Tracks, now_s: float, began: list[str]) -> bool:
        goes_on = False
        for row, number in enumerate(tracks.id.tolist()):
            name = tracks.boxes.names[tracks.boxes.class_id[row]]
            if self._classes and name not in self._classes:
                continue
            first_s = self._seen.get((stage, number))
            if first_s is None:
                self._seen[stage, number] = now_s
                began.append(name)
                if len(self._seen) > 2 * REMEMBERED:
                    self._seen = dict(list(self._seen.items())[-REMEMBERED:])
            elif now_s - first_s <= self._follow_s:
                goes_on = True
        return goes_on
