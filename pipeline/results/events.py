"""What happened: appeared, entered, crossed, read ... each with its time, its place, and what shows that it is so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import numpy as np

Kind = Literal["appeared", "left", "entered", "crossed", "dwelt", "recognised", "read", "classified", "motion", "count"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Phase = Literal["start", "update", "end", "once"]
PHASES: tuple[Phase, ...] = get_args(Phase)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a person needs to check an event by eye."""

    crop: np.ndarray | None = None
    """`(H, W, 3) uint8` BGR, read-only: the object and some ground around it; None where there is no object."""
    tail: tuple[tuple[float, float, float], ...] = ()
    """Where the track was before, oldest first: media time in seconds, x and y in pixels of the frame."""
    path: str = ""
    """The file that holds the crop; empty where none was written."""


@dataclass(frozen=True)
class Event:
    """One thing that happened, or a phase of one that lasts."""

    kind: Kind
    phase: Phase
    """`once` for what has no duration; `start`, then any number of `update`, then `end` for what has."""
    id: str
    """Unique in a run. The phases of one event share it."""
    source: str
    frame: int
    media_s: float
    clock_s: float | None
    """Seconds since 1970 when the frame was captured; None where that is not known."""
    stage: str
    """The stage whose result it was seen in."""
    zone: str | None = None
    """Name of the area or line."""
    track_id: int | None = None
    class_name: str | None = None
    value: Mapping[str, object] = field(default_factory=dict)
    """Plain values of this kind: the direction of a crossing, the seconds of a stay."""
    score: float | None = None
    """Of the detection, the face, the text ... in [0, 1]."""
    xyxy: tuple[float, float, float, float] | None = None
    """Box of the object in pixels of the frame."""
    evidence: Evidence | None = None

    def row(self) -> dict[str, object]:
        """Plain values that JSON can hold; evidence is named by its file, and the tail is given as points."""
        shown = self.evidence or Evidence()
        return {
            "id": self.id,
            "kind": self.kind,
            "phase": self.phase,
            "source": self.source,
            "frame": self.frame,
            "media_s": round(self.media_s, 3),
            "clock_s": None if self.clock_s is None else round(self.clock_s, 3),
            "stage": self.stage,
            "zone": self.zone,
            "track_id": self.track_id,
            "class_name": self.class_name,
            "value": dict(self.value),
            "score": None if self.score is None else round(self.score, 3),
            "xyxy": None if self.xyxy is None else [round(edge, 3) + 0.0 for edge in self.xyxy],
            "evidence": shown.path or None,
            "tail": [[round(number, 3) + 0.0 for number in point] for point in shown.tail],
        }


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """What happened on one frame; most often nothing."""

    key: ClassVar[str] = "events"

    items: tuple[Event, ...] = ()
    """Of this frame, in the order of the rules."""
    told: int = 0
    """How many events the run has told up to and including this frame."""
    recent: tuple[Event, ...] = ()
    """The newest of them, oldest first, those of this frame included: a live source drops packets, and the one with
    an event may be among them."""

    def since(self, told: int) -> tuple[Event, ...]:
        """What a receiver that has had the first `told` events of the run has not had yet.

        A sink keeps `told` of the last packet it saw, from 0, and asks each packet; so it has each event once, in
        order, as long as no more than `recent` holds were told between two packets that reached it.
        """
        missing = self.told - told
        if missing <= len(self.items):
            return self.items[len(self.items) - missing :] if missing > 0 else ()
        return self.recent[-missing:]

    def rows(self) -> list[dict[str, object]]:
        """A row for each event of this frame."""
        return [event.row() for event in self.items]
