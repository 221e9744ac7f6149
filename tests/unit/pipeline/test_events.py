"""What begins a clip."""

from dataclasses import replace

import numpy as np

from fakes import frame
from pipeline.events import REMEMBERED, Events
from pipeline.health import Condition, Health
from pipeline.types import Detections, Packet, Tracks


def seen(*tracks: tuple[int, int], at_s: float = 0.0, stage: str = "track") -> Packet:
    """A packet with tracks `(id, class)` of the classes person and car."""
    count = len(tracks)
    classes = np.array([kind for _, kind in tracks], np.int32)
    boxes = Detections(np.zeros((count, 4), np.float32), np.ones(count, np.float32), classes, ("person", "car"))
    ids = np.array([number for number, _ in tracks], np.int64)
    packet = Packet(replace(frame(), captured_s=at_s))
    return packet.plus(stage, Tracks(boxes, ids, np.zeros(count, np.int32)))


def told(*alarms: str) -> Packet:
    conditions = tuple(Condition(kind, kind in alarms, 0.0, 1.0, 0.5) for kind in ("black", "moved"))
    return Packet(frame()).plus("health", Health(conditions))


def test_a_track_is_an_event_once_and_goes_on_while_it_is_seen() -> None:
    events = Events()
    assert events.of(seen((1, 0))) == (["person"], False)
    assert events.of(seen((1, 0))) == ([], True)
    assert events.of(seen((1, 0), (2, 1))) == (["car"], True)
    assert events.of(seen()) == ([], False)


def test_only_the_classes_named_count() -> None:
    events = Events(("person",))
    assert events.of(seen((1, 1))) == ([], False)
    assert events.of(seen((1, 1), (2, 0))) == (["person"], False)
    assert events.of(seen((1, 1))) == ([], False)


def test_a_parked_car_is_not_recorded_for_ever() -> None:
    events = Events(follow_s=60)
    events.of(seen((1, 1), at_s=100))
    assert events.of(seen((1, 1), at_s=160)) == ([], True)
    assert events.of(seen((1, 1), at_s=161)) == ([], False)


def test_an_alarm_is_an_event_when_it_is_first_seen_even_if_the_packet_with_the_change_was_dropped() -> None:
    events = Events()
    assert events.of(told()) == ([], False)
    assert events.of(told("black")) == (["black"], False)
    assert events.of(told("black", "moved")) == (["moved"], False)
    assert events.of(told()) == ([], False)
    assert events.of(told("black")) == (["black"], False)
    assert Events(alarms=False).of(told("black")) == ([], False)


def test_ids_of_two_trackers_are_told_apart_and_memory_does_not_grow() -> None:
    events = Events()
    assert events.of(seen((1, 0), stage="a")) == (["person"], False)
    assert events.of(seen((1, 0), stage="b")) == (["person"], False)
    for number in range(5 * REMEMBERED):
        events.of(seen((number, 0)))
    assert events.of(seen((5 * REMEMBERED - 1, 0)))[0] == []
    assert len(events._seen) <= 2 * REMEMBERED
