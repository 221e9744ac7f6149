"""When a clip begins: at what the `events` stage tells, or without one at new tracks; and at alarms of the picture."""

from collections.abc import Sequence

from pipeline.health import Health
from pipeline.results.events import Event, Events
from pipeline.types import Packet, Tracks

REMEMBERED = 1000
"""Ids of tracks: they ascend, so far older ones do not come again."""


class Onsets:
    """Sees every packet of a source that comes by, and says what began.

    Where a stage gives events, they alone say so, by its rules; else every new track does. It compares states rather
    than listening for changes: a live source drops packets, and the one with the change may be among them.

    Args:
        classes: names of the classes whose events and new tracks count; none: all.
        alarms: whether an alarm of the picture's health counts.
        follow_s: for how long after a track's beginning its presence says that the event goes on; a parked car
            would otherwise be recorded for ever.
    """

    def __init__(self, classes: Sequence[str] = (), *, alarms: bool = True, follow_s: float = 60.0) -> None:
        self._classes, self._alarms, self._follow_s = frozenset(classes), alarms, follow_s
        self._seen: dict[tuple[str, int], float] = {}
        """When each track was first seen, by its stage and id."""
        self._told: dict[str, int] = {}
        """How many events of each stage were seen."""
        self._lasting: dict[str, float] = {}
        """Since when each event lasts whose start was told, and its end not yet."""
        self._in_alarm: dict[str, frozenset[str]] = {}

    def of(self, packet: Packet) -> tuple[list[str], bool]:
        """Look at the next packet.

        Returns:
            A word for each event that begins (its kind, the class of a new track, the kind of an alarm), and whether
            an earlier one goes on.
        """
        began: list[str] = []
        goes_on = False
        by_rules = any(isinstance(result, Events) for result in packet.results.values())
        for stage, result in packet.results.items():
            if isinstance(result, Events):
                for event in result.since(self._told.get(stage, 0)):
                    self._take(event, packet.frame.captured_s, began)
                self._told[stage] = result.told
                goes_on |= self._lasts(packet.frame.captured_s)
            elif isinstance(result, Tracks) and not by_rules:
                goes_on |= self._tracks(stage, result, packet.frame.captured_s, began)
            elif isinstance(result, Health) and self._alarms:
                now = frozenset(result.alarms)
                began += sorted(now - self._in_alarm.get(stage, frozenset()))
                self._in_alarm[stage] = now
        return began, goes_on

    def _take(self, event: Event, now_s: float, began: list[str]) -> None:
        if self._classes and event.class_name is not None and event.class_name not in self._classes:
            return
        if event.phase in ("start", "once"):
            began.append(event.kind)
        if event.phase == "start":
            self._lasting[event.id] = now_s
        elif event.phase == "end":
            self._lasting.pop(event.id, None)

    def _lasts(self, now_s: float) -> bool:
        """Whether an event that began not too long ago is not over."""
        self._lasting = {name: since_s for name, since_s in self._lasting.items() if now_s - since_s <= self._follow_s}
        return bool(self._lasting)

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
