"""What begins a clip."""

from dataclasses import replace

import numpy as np

from fakes import frame
from pipeline.health import Condition, Health
from pipeline.onsets import REMEMBERED, Onsets
from pipeline.results.events import Event, Events
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
    onsets = Onsets()
    assert onsets.of(seen((1, 0))) == (["person"], False)
    assert onsets.of(seen((1, 0))) == ([], True)
    assert onsets.of(seen((1, 0), (2, 1))) == (["car"], True)
    assert onsets.of(seen()) == ([], False)


def test_only_the_classes_named_count() -> None:
    onsets = Onsets(("person",))
    assert onsets.of(seen((1, 1))) == ([], False)
    assert onsets.of(seen((1, 1), (2, 0))) == (["person"], False)
    assert onsets.of(seen((1, 1))) == ([], False)


def test_a_parked_car_is_not_recorded_for_ever() -> None:
    onsets = Onsets(follow_s=60)
    onsets.of(seen((1, 1), at_s=100))
    assert onsets.of(seen((1, 1), at_s=160)) == ([], True)
    assert onsets.of(seen((1, 1), at_s=161)) == ([], False)


def test_an_alarm_is_an_event_when_it_is_first_seen_even_if_the_packet_with_the_change_was_dropped() -> None:
    onsets = Onsets()
    assert onsets.of(told()) == ([], False)
    assert onsets.of(told("black")) == (["black"], False)
    assert onsets.of(told("black", "moved")) == (["moved"], False)
    assert onsets.of(told()) == ([], False)
    assert onsets.of(told("black")) == (["black"], False)
    assert Onsets(alarms=False).of(told("black")) == ([], False)


def test_ids_of_two_trackers_are_told_apart_and_memory_does_not_grow() -> None:
    onsets = Onsets()
    assert onsets.of(seen((1, 0), stage="a")) == (["person"], False)
    assert onsets.of(seen((1, 0), stage="b")) == (["person"], False)
    for number in range(5 * REMEMBERED):
        onsets.of(seen((number, 0)))
    assert onsets.of(seen((5 * REMEMBERED - 1, 0)))[0] == []
    assert len(onsets._seen) <= 2 * REMEMBERED


def event(kind: str, phase: str, name: str, class_name: str | None = None) -> Event:
    return Event(kind, phase, name, "gate", 0, 0.0, None, "zones", class_name=class_name)  # type: ignore[arg-type]


def by_rules(*items: Event, told: int, at_s: float = 0.0) -> Packet:
    """A packet with a new track that no rule names, and with events."""
    return seen((told + 1, 0), at_s=at_s).plus("events", Events(items, told, items))


def test_where_a_stage_tells_events_they_alone_begin_a_clip() -> None:
    onsets = Onsets()
    assert onsets.of(by_rules(told=0)) == ([], False)
    assert onsets.of(by_rules(event("crossed", "once", "1"), told=1)) == (["crossed"], False)
    assert onsets.of(by_rules(event("entered", "start", "2"), told=2)) == (["entered"], True)
    assert onsets.of(by_rules(told=2)) == ([], True)
    assert onsets.of(by_rules(event("entered", "end", "2"), told=3)) == ([], False)


def test_an_event_on_a_packet_that_was_dropped_begins_a_clip_with_the_next() -> None:
    onsets, lost = Onsets(), event("crossed", "once", "1")
    later = seen().plus("events", Events((), 1, (lost,)))
    assert onsets.of(later) == (["crossed"], False)
    assert onsets.of(later) == ([], False)


def test_an_event_that_never_ends_is_not_recorded_for_ever() -> None:
    onsets = Onsets(follow_s=60)
    assert onsets.of(by_rules(event("entered", "start", "1"), told=1, at_s=0)) == (["entered"], True)
    assert onsets.of(by_rules(told=1, at_s=60)) == ([], True)
    assert onsets.of(by_rules(told=1, at_s=61)) == ([], False)


def test_events_of_other_classes_begin_nothing() -> None:
    onsets = Onsets(("person",))
    assert onsets.of(by_rules(event("crossed", "once", "1", "car"), told=1)) == ([], False)
    assert onsets.of(by_rules(event("crossed", "once", "2", "person"), told=2)) == (["crossed"], False)
    assert onsets.of(by_rules(event("motion", "once", "3"), told=3)) == (["motion"], False)
