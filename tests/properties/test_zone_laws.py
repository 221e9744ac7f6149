"""Laws of counting, whatever tracks do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.results.zones import Zones
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.events import EventsConfig, EventStage
from stages.zone_settings import ZonesConfig
from stages.zones import ZoneCounter

PICTURE = np.zeros((100, 100, 3), np.uint8)
CONFIG = ZonesConfig.model_validate(
    {
        "on": "track",
        "min_age_s": 0.1,
        "keep_s": 0.3,
        "areas": {
            "room": {"polygon": [[0.2, 0.2], [0.8, 0.3], [0.6, 0.9]], "dwell_s": 0.4},
            "edge": {"polygon": [[0.0, 0.5], [0.4, 0.5], [0.4, 1.0], [0.0, 1.0]]},
        },
        "lines": {"whole": {"points": [[0.0, 0.5], [1.0, 0.5]]}, "part": {"points": [[0.5, 0.2], [0.5, 0.7]]}},
    }
)
spots = st.tuples(st.floats(-20, 120), st.floats(-20, 120))
runs = st.lists(st.dictionaries(st.integers(1, 6), spots, max_size=6), min_size=1, max_size=30)


def tracks(where: dict[int, tuple[float, float]]) -> Tracks:
    ids = sorted(where)
    xyxy = np.array([[where[n][0] - 3, where[n][1] - 10, where[n][0] + 3, where[n][1]] for n in ids], np.float32)
    rows = len(ids)
    boxes = Detections(xyxy.reshape(-1, 4), np.full(rows, 0.9, np.float32), np.zeros(rows, np.int32), ("person",))
    return Tracks(boxes, np.array(ids, np.int64), np.zeros(rows, np.int32))


def watch(run: list[dict[int, tuple[float, float]]], config: ZonesConfig = CONFIG) -> list[Packet]:
    zones, events = ZoneCounter(config), EventStage(EventsConfig())
    packets = []
    for index, where in enumerate(run):
        packet = Packet(Frame(PICTURE, index, index / 10, 0.0, "test")).plus("track", tracks(where))
        packet = packet.plus("zones", zones.process(packet))
        packets.append(packet.plus("events", events.process(packet)))
    return packets


def said(packets: list[Packet]) -> list[Zones]:
    return [packet.result("zones", Zones) for packet in packets]


@given(runs)
def test_who_is_inside_has_entered_and_not_left(run: list[dict[int, tuple[float, float]]]) -> None:
    inside: dict[str, set[int]] = {name: set() for name in CONFIG.areas}
    for zones in said(watch(run)):
        for move in zones.moves:
            if move.kind == "entered":
                assert move.track_id not in inside[move.zone]
                inside[move.zone].add(move.track_id)
            elif move.kind == "left":
                inside[move.zone].remove(move.track_id)
        assert zones.count.tolist() == [len(tracks) for tracks in inside.values()]
        assert (zones.entered - zones.left == zones.count).all()
        assert [sum(classes.values()) for classes in zones.classes] == zones.count.tolist()
        assert (zones.loitering <= zones.count).all()


@given(runs)
def test_a_track_crosses_a_line_from_edge_to_edge_to_and_fro_in_turn(run: list[dict[int, tuple[float, float]]]) -> None:
    last: dict[int, str] = {}
    for zones in said(watch(run)):
        for move in zones.moves:
            if move.kind == "crossed" and move.zone == "whole" and move.track_id in last:
                assert move.direction != last[move.track_id], "nobody can come twice without going back"
            if move.kind == "crossed" and move.zone == "whole":
                last[move.track_id] = move.direction
        gone = [number for number in last if number not in zones.track_id]
        for number in gone:  # it may be forgotten, and then begins anew
            del last[number]


@given(runs)
def test_a_line_the_other_way_around_counts_the_same_with_its_words_exchanged(
    run: list[dict[int, tuple[float, float]]],
) -> None:
    def counted(points: list[list[float]]) -> list[int]:
        lines = {"on": "track", "min_age_s": 0, "lines": {"gate": {"points": points}}}
        away = [{n: (x + 0.003, y + 0.007) for n, (x, y) in where.items()} for where in run]  # on the line is on a side
        counts: list[int] = said(watch(away, ZonesConfig.model_validate(lines)))[-1].crossed[0].tolist()
        return counts

    assert counted([[0.31, 0.11], [0.62, 0.93]]) == counted([[0.62, 0.93], [0.31, 0.11]])[::-1]


@given(runs)
def test_events_tell_what_zones_counted_and_every_end_has_one_start(
    run: list[dict[int, tuple[float, float]]],
) -> None:
    packets = watch(run)
    events = [event for packet in packets for event in packet.results["events"].items]  # type: ignore[attr-defined]
    zones = said(packets)[-1]
    assert sum(event.kind == "crossed" for event in events) == zones.crossed.sum()
    assert sum(event.kind == "entered" and event.phase == "start" for event in events) == zones.entered.sum()
    assert sum(event.kind == "left" and event.zone is not None for event in events) == zones.left.sum()
    begun: set[str] = set()
    for event in events:
        if event.phase in ("start", "once"):
            assert event.id not in begun
            begun.add(event.id)
        else:
            assert event.id in begun
    ends = [event.id for event in events if event.phase == "end"]
    assert len(ends) == len(set(ends))
