from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.results.classes import Classes
from pipeline.results.events import KINDS, Event, Events
from pipeline.results.faces import Faces, Identities
from pipeline.results.motion import Motion
from pipeline.results.texts import Texts
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.events import EventsConfig, EventStage
from stages.zone_settings import ZonesConfig
from stages.zones import ZoneCounter

PICTURE = np.zeros((100, 100, 3), np.uint8)
ROOM = {"polygon": [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]], "dwell_s": 1.0}
GATE = {"points": [[0.0, 0.5], [1.0, 0.5]]}
IN, OUT = (50.0, 40.0), (10.0, 10.0)
Where = dict[int, tuple[float, float]]


def tracks(where: Where) -> Tracks:
    xyxy = np.array([[x - 3, y - 10, x + 3, y] for x, y in where.values()], np.float32).reshape(-1, 4)
    rows = len(where)
    boxes = Detections(xyxy, np.full(rows, 0.9, np.float32), np.zeros(rows, np.int32), ("person",))
    return Tracks(boxes, np.array(list(where), np.int64), np.zeros(rows, np.int32))


def watch(
    rules: Sequence[Mapping[str, object]], frames: Sequence[Where], keep: Callable[[int], bool] = lambda _: True
) -> list[Event]:
    """The events of frames at ten a second; packets that are not kept are lost between the two stages."""
    zones = ZoneCounter(
        ZonesConfig.model_validate({"on": "track", "min_age_s": 0, "areas": {"room": ROOM}, "lines": {"gate": GATE}})
    )
    stage = EventStage(EventsConfig.model_validate({"rules": rules}))
    told: list[Event] = []
    for index, where in enumerate(frames):
        packet = Packet(Frame(PICTURE, index, index / 10, 0.0, "test", clock_s=1000 + index / 10))
        packet = packet.plus("track", tracks(where))
        packet = packet.plus("zones", zones.process(packet))
        if keep(index):
            told += stage.process(packet).items
    return told


def said(events: Sequence[Event]) -> list[tuple[str, str, int]]:
    return [(event.kind, event.phase, event.frame) for event in events]


def test_a_crossing_is_told_once_with_everything_about_it() -> None:
    (event,) = watch([{"kind": "crossed"}], [{7: (50, 30)}, {7: (50, 45)}, {7: (50, 60)}, {7: (50, 62)}])
    assert said([event]) == [("crossed", "once", 2)]
    assert (event.zone, event.track_id) == ("gate", 7)
    assert (event.stage, event.class_name, event.source) == ("zones", "person", "test")
    assert (event.media_s, event.clock_s) == (0.2, 1000.2)
    assert event.value == {"direction": "in", "at_s": pytest.approx(0.133)}
    assert event.row()["xyxy"] == [47, 50, 53, 60]
    assert event.evidence is not None
    assert event.evidence.crop is not None
    assert [point[1:] for point in event.evidence.tail] == [(50, 30), (50, 45), (50, 60)]


def test_a_stay_has_a_start_updates_and_an_end_under_one_id() -> None:
    events = watch([{"kind": "entered", "update_s": 0.5}], [{1: OUT}, *[{1: IN}] * 12, {1: OUT}])
    assert said(events) == [
        ("entered", "start", 1),
        ("entered", "update", 6),
        ("entered", "update", 11),
        ("entered", "end", 13),
    ]
    assert len({event.id for event in events}) == 1
    assert events[-1].value["seconds"] == pytest.approx(1.1)
    assert events[-1].evidence is None


def test_dwelling_is_told_after_its_seconds_and_ends_with_the_stay() -> None:
    events = watch([{"kind": "dwelt"}], [*[{1: IN}] * 15, {1: OUT}])
    assert said(events) == [("dwelt", "start", 10), ("dwelt", "end", 15)]
    assert [event.value["seconds"] for event in events] == [pytest.approx(1.0), pytest.approx(1.4)]


def test_a_track_appears_when_it_lasts_and_leaves_when_it_is_gone_for_long_enough() -> None:
    frames = [{1: IN}] * 8 + [{}] * 3 + [{1: IN}] * 2 + [{}] * 12
    events = watch([{"kind": "appeared", "debounce_s": 0.5}, {"kind": "left"}], frames)
    assert said(events) == [
        ("appeared", "start", 5),
        ("appeared", "end", 22),
        ("left", "once", 22),
        ("left", "once", 23),
    ]
    assert {event.zone for event in events if event.kind == "left"} == {None, "room"}


def test_a_track_that_is_too_short_is_not_told() -> None:
    assert watch([{"kind": "appeared", "debounce_s": 0.5}], [{1: IN}] * 4 + [{}] * 20) == []


def test_a_cooldown_holds_the_next_ones_at_the_same_place() -> None:
    frames = [dict.fromkeys((1, 2), OUT if index % 2 else IN) for index in range(30)]
    every = watch([{"kind": "entered"}], frames)
    calm = watch([{"kind": "entered", "cooldown_s": 1.0}], frames)
    starts = [event.frame for event in calm if event.phase == "start"]
    assert len([event for event in every if event.phase == "start"]) == 30
    assert starts == [0, 10, 20]
    assert len([event for event in calm if event.phase == "end"]) == 3


def test_the_same_track_back_over_a_line_within_the_debounce_is_not_told() -> None:
    frames: list[Where] = [{1: (50, 30)}, {1: (50, 70)}, {1: (50, 30)}, {1: (50, 70)}]
    assert len(watch([{"kind": "crossed"}], frames)) == 3
    assert len(watch([{"kind": "crossed", "debounce_s": 1.0}], frames)) == 1


def test_rules_choose_by_zone_class_and_score() -> None:
    frames: list[Where] = [{1: OUT}, {1: IN}]
    assert watch([{"kind": "entered", "zones": ["gate"]}], frames) == []
    assert watch([{"kind": "entered", "classes": ["dog"]}], frames) == []
    assert watch([{"kind": "entered", "min_score": 0.95}], frames) == []
    assert len(watch([{"kind": "entered", "zones": ["room"], "classes": ["person"], "min_score": 0.8}], frames)) == 1


def test_a_changed_count_is_told_when_it_holds() -> None:
    both: Where = {1: IN, 2: IN}
    frames: list[Where] = [{}, *[{1: IN}] * 4, both, *[{1: IN, 2: OUT}] * 8, *[{1: OUT}] * 5]
    events = watch([{"kind": "count", "zones": ["room"], "debounce_s": 0.3}], frames)
    assert [(event.frame, event.value) for event in events] == [
        (4, {"count": 1, "before": 0}),
        (17, {"count": 0, "before": 1}),
    ]


def test_moves_on_packets_that_were_dropped_are_told_with_the_next() -> None:
    frames: list[Where] = [{1: (50, 30)}, {1: (50, 45)}, {1: (50, 60)}, {1: (50, 62)}, {1: (50, 63)}]
    events = watch([{"kind": "crossed"}], frames, keep=lambda index: index != 2)
    assert said(events) == [("crossed", "once", 3)]


def test_without_rules_every_kind_is_told_and_a_thing_that_never_was_is_not() -> None:
    walk: list[Where] = [{1: (50.0, 30.0 + 2 * n)} for n in range(15)]
    kinds = {event.kind for event in watch([], [{1: OUT}, *walk, *[{}] * 25])}
    assert kinds == {"appeared", "left", "entered", "crossed", "dwelt", "count"}
    assert kinds < set(KINDS)


def test_motion_is_one_event_over_short_pauses() -> None:
    stage = EventStage(EventsConfig.model_validate({"rules": [{"kind": "motion", "gone_s": 1.0}]}))
    told: list[Event] = []
    box, none = np.array([[10, 10, 40, 40]], np.float32), np.zeros((0, 4), np.float32)
    for index in range(40):
        moving = index in (5, 6, 7, 12, 13)
        motion = Motion(True, moving, 0.1, box.copy() if moving else none.copy())
        frame = Frame(PICTURE, index, index / 10, 0.0, "test")
        told += stage.process(Packet(frame).plus("motion", motion)).items
    assert said(told) == [("motion", "start", 5), ("motion", "end", 23)]
    assert told[-1].value["seconds"] == pytest.approx(0.8)


def test_a_text_is_told_once_while_it_is_there() -> None:
    stage = EventStage(EventsConfig.model_validate({"rules": [{"kind": "read", "min_score": 0.5}]}))
    quad = np.array([[[1, 1], [30, 1], [30, 9], [1, 9]]], np.float32)
    told: list[Event] = []
    for index in range(20):
        text = Texts(quad.copy(), ("EXIT",), np.full(1, 0.9, np.float32), np.array([4]), np.zeros(1))
        frame = Frame(PICTURE, index, index / 10, 0.0, "test")
        told += stage.process(Packet(frame).plus("read", text)).items
    (event,) = told
    assert (event.kind, event.phase, event.track_id, event.value) == ("read", "once", 4, {"text": "EXIT"})


def test_a_face_is_told_when_it_gets_its_name_and_again_when_it_comes_back() -> None:
    stage = EventStage(EventsConfig.model_validate({"rules": [{"kind": "recognised", "gone_s": 1.0}]}))
    told: list[Event] = []
    for index in range(60):
        seen = int(index < 20 or index >= 40)
        faces = Faces(
            np.array([[10, 10, 30, 30]] * seen, np.float32).reshape(-1, 4),
            np.full(seen, 0.8, np.float32),
            np.full((seen, 6, 2), np.nan, np.float32),
            np.full(seen, 5, np.int64),
        )
        name = ("Ada" if index > 4 else None,) * seen
        one = np.full(seen, 0.3, np.float32)
        identities = Identities(faces, name, np.zeros(seen, np.int32), one, one.copy(), "faces")
        frame = Frame(PICTURE, index, index / 10, 0.0, "test")
        told += stage.process(Packet(frame).plus("identify", identities)).items
    assert said(told) == [("recognised", "once", 5), ("recognised", "once", 40)]
    assert (told[0].track_id, told[0].value) == (5, {"name": "Ada", "distance": 0.3})


def test_a_class_is_told_when_it_is_sure_and_again_when_it_is_another() -> None:
    stage = EventStage(EventsConfig.model_validate({"rules": [{"kind": "classified"}]}))
    told: list[Event] = []
    for index, (best, sure) in enumerate(((0, 0.2), (0, 0.9), (0, 0.95), (1, 0.9), (1, 0.9))):
        classes = Classes(
            np.array([[10, 10, 30, 30]], np.float32),
            np.array([5]),
            np.array([[best, 1 - best]], np.int32),
            np.array([[sure, 1 - sure]], np.float32),
            np.ones(1, np.int32),
            ("cat", "dog"),
            unknown_below=0.5,
        )
        frame = Frame(PICTURE, index, index / 10, 0.0, "test")
        told += stage.process(Packet(frame).plus("classify", classes)).items
    assert [(event.frame, event.track_id, event.value) for event in told] == [
        (1, 5, {"label": "cat"}),
        (3, 5, {"label": "dog"}),
    ]


def test_evidence_is_written_as_pictures_and_rows_name_them(tmp_path: Path) -> None:
    stage = EventStage(EventsConfig.model_validate({"rules": [{"kind": "appeared"}], "evidence": tmp_path / "seen"}))
    bright = np.full((100, 100, 3), 200, np.uint8)
    rows: list[dict[str, object]] = []
    for index in range(10):
        packet = Packet(Frame(bright, index, index / 10, 0.0, "test")).plus("track", tracks({3: IN}))
        found = stage.process(packet)
        assert isinstance(found, Events)
        rows += found.rows()
    (row,) = rows
    picture = cv2.imread(str(row["evidence"]))
    assert picture is not None
    assert picture.mean() == pytest.approx(200, abs=3)
    assert [path.name for path in (tmp_path / "seen").iterdir()] == [Path(str(row["evidence"])).name]


def test_events_go_on_where_evidence_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "seen").write_text("a file")
    stage = EventStage(
        EventsConfig.model_validate({"rules": [{"kind": "entered"}, {"kind": "appeared", "debounce_s": 0}],
                                     "evidence": tmp_path / "seen"})
    )  # fmt: skip
    told: list[Event] = []
    for index in range(5):
        packet = Packet(Frame(PICTURE, index, index / 10, 0.0, "test")).plus("track", tracks({index: IN}))
        told += stage.process(packet).items
    assert len(told) == 5
    assert len(caplog.records) == 1
    assert "cannot be written" in caplog.text


def test_two_runs_tell_the_same_and_another_source_or_other_rules_have_other_ids() -> None:
    frames: list[Where] = [{1: OUT}, {1: IN}, {1: OUT}]
    assert [one.row() for one in watch([], frames)] == [one.row() for one in watch([], frames)]
    ids = set()
    for source, update_s in (("gate", 0), ("yard", 0), ("gate", 5)):
        rule = {"kind": "appeared", "debounce_s": 0, "update_s": update_s}
        stage = EventStage(EventsConfig.model_validate({"rules": [rule]}))
        packet = Packet(Frame(PICTURE, 0, 0.0, 0.0, source)).plus("track", tracks({1: IN}))
        ids.add(stage.process(packet).items[0].id)
    assert len(ids) == 3


def test_a_rule_for_a_place_that_is_not_there_is_refused_on_the_first_frame() -> None:
    with pytest.raises(ConfigError, match=r"rules.0.zones: there is no area or line 'rom'; did you mean 'room'\?"):
        watch([{"kind": "entered", "zones": ["rom"]}], [{}])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"kind": "vanished"}, "kind"),
        ({"kind": "crossed", "update_s": 1}, "has no duration"),
        ({"kind": "crossed", "cooldown_s": -1}, "greater than or equal to 0"),
        ({"kind": "crossed", "zone": ["gate"]}, "Extra inputs"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        EventsConfig.model_validate({"rules": [rule]})
