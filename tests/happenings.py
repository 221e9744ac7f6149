"""Literal events, and packets with them."""

from typing import Any

from fakes import frame
from pipeline.results.events import Event, Events
from pipeline.types import Packet


def event(number: int = 0, **changes: Any) -> Event:
    """Somebody who crossed the door's line."""
    told: dict[str, Any] = {
        "kind": "crossed",
        "phase": "once",
        "id": f"e{number}",
        "source": "gate",
        "frame": number,
        "media_s": number / 25,
        "clock_s": 1_700_000_000.0 + number / 25,
        "stage": "events",
        "zone": "door",
        "track_id": 7 + number,
        "class_name": "person",
        "value": {"direction": "in"},
        "score": 0.91,
        "xyxy": (1.0, 2.0, 30.0, 40.0),
    }
    return Event(**{**told, **changes})


def packet_of(*items: Event, told: int | None = None, index: int = 0, recent: tuple[Event, ...] = ()) -> Packet:
    """A packet with these events; `told` counts those of the run, as the stage does."""
    events = Events(items, len(items) if told is None else told, recent or items)
    return Packet(frame(index)).plus("events", events)


def packets(count: int, start: int = 0) -> list[Packet]:
    """A packet for each of so many events, as a run makes them."""
    everything = [event(number) for number in range(start, start + count)]
    return [
        packet_of(one, told=place + 1, index=one.frame, recent=tuple(everything[max(0, place - 63) : place + 1]))
        for place, one in enumerate(everything)
    ]
