from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.results.zones import Move, Zones
from pipeline.stage import Gate, Told
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.zone_settings import ZonesConfig
from stages.zones import ZoneCounter

PICTURE = np.zeros((100, 100, 3), np.uint8)
MIDDLE = {"lines": {"gate": {"points": [[0.0, 0.5], [1.0, 0.5]]}}}
"""From left to right: 'in' is down the picture."""
SQUARE = {"areas": {"room": {"polygon": [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]], "dwell_s": 1.0}}}

Spot = tuple[float, float]
Where = dict[int, Spot]
"""Track ids, and where the middle of each box's bottom edge is."""


def tracks(where: Where, names: tuple[str, ...] = ("person",), class_id: int = 0) -> Tracks:
    xyxy = np.array([[x - 3, y - 10, x + 3, y] for x, y in where.values()], np.float32).reshape(-1, 4)
    rows = len(where)
    boxes = Detections(xyxy, np.full(rows, 0.9, np.float32), np.full(rows, class_id, np.int32), names)
    return Tracks(boxes, np.array(list(where), np.int64), np.zeros(rows, np.int32))


def watch(
    config: Mapping[str, object], frames: Sequence[Where], names: tuple[str, ...] = ("person",), class_id: int = 0
) -> list[Zones]:
    """What a counter says of frames at ten a second."""
    stage = ZoneCounter(ZonesConfig.model_validate({"on": "track", "min_age_s": 0.0, **config}))
    said = []
    for index, where in enumerate(frames):
        frame = Frame(PICTURE, index, index / 10, 0.0, "test")
        said.append(stage.process(Packet(frame, {"track": tracks(where, names, class_id)})))
    return said


def one(*spots: Spot) -> list[Where]:
    return [{1: spot} for spot in spots]


def moves(said: list[Zones]) -> list[Move]:
    return [move for zones in said for move in zones.moves]


def test_a_track_that_walks_over_a_line_counts_once_each_way() -> None:
    said = watch(MIDDLE, one((50, 30), (50, 45), (50, 55), (50, 70), (50, 40)))
    assert said[-1].crossed.tolist() == [[1, 1]]
    assert [(move.direction, move.zone, move.class_name) for move in moves(said)] == [
        ("in", "gate", "person"),
        ("out", "gate", "person"),
    ]


def test_a_track_that_jumps_over_a_line_between_two_frames_counts_and_says_when() -> None:
    said = watch(MIDDLE, [{1: (50, 30)}, {}, {}, {}, {1: (50, 90)}])
    (move,) = moves(said)
    assert (move.kind, move.direction) == ("crossed", "in")
    assert move.at_s == pytest.approx(0.4 / 3)


def test_a_track_that_trembles_on_a_line_does_not_count() -> None:
    shaking = one(*[(50, 50 + (-1) ** n * 1.2) for n in range(40)])
    assert moves(watch(MIDDLE, shaking)) == []
    assert moves(watch(MIDDLE, [*one((50, 30)), *shaking, *one((50, 30))])) == []
    assert len(moves(watch(MIDDLE, [*one((50, 30)), *shaking, *one((50, 70))]))) == 1


def test_without_hysteresis_the_same_trembling_counts_again_and_again() -> None:
    shaking = one(*[(50, 50 + (-1) ** n * 1.2) for n in range(40)])
    assert len(moves(watch({**MIDDLE, "hysteresis": 0.0}, shaking))) == 39


def test_a_track_that_walks_around_the_end_of_a_line_does_not_count() -> None:
    half = {"lines": {"gate": {"points": [[0.0, 0.5], [0.5, 0.5]]}}}
    around = one((20, 30), (70, 30), (70, 70), (20, 70))
    assert moves(watch(half, around)) == []
    back_through = watch(half, [*around, *one((20, 30))])
    assert [move.direction for move in moves(back_through)] == ["out"]


def test_a_track_that_touches_a_line_and_turns_back_counts_later_as_if_it_had_not() -> None:
    half = {"lines": {"gate": {"points": [[0.0, 0.5], [0.5, 0.5]]}}}
    said = watch(half, one((45, 40), (45, 50.5), (55, 50.5), (55, 40), (45, 40), (45, 60)))
    assert [move.direction for move in moves(said)] == ["in"]


def test_a_track_that_goes_through_and_back_and_then_around_the_end_does_not_count() -> None:
    half = {"lines": {"gate": {"points": [[0.0, 0.5], [0.5, 0.5]]}}}
    path = one((45, 40), (45, 50.5), (45, 49.5), (55, 49.5), (55, 50.5), (55, 60), (45, 60))
    assert moves(watch(half, path)) == []


def test_a_track_that_begins_on_a_line_has_to_leave_it_by_as_much_as_others_come_through() -> None:
    near = one((50, 49.8), (50, 51.6), (50, 49.9), (50, 51.7))
    assert moves(watch(MIDDLE, near)) == []
    assert len(moves(watch(MIDDLE, [*near, *one((50, 60))]))) == 1


def test_a_young_track_counts_only_when_it_has_its_age() -> None:
    crossing = one((50, 30), (50, 70), (50, 71), (50, 72), (50, 73))
    said = watch({**MIDDLE, "min_age_s": 0.3}, crossing)
    assert [len(zones.moves) for zones in said] == [0, 0, 0, 1, 0]
    assert moves(said)[0].at_s == pytest.approx(0.05)
    assert moves(watch({**MIDDLE, "min_age_s": 0.3}, crossing[:2])) == []


def test_people_in_a_room_are_those_who_came_less_those_who_left() -> None:
    walk = [{1: (x, 50.0), 2: (50.0, 50.0)} for x in (10.0, 30.0, 50.0, 70.0, 90.0)]
    said = watch(SQUARE, walk)
    assert [zones.count.tolist() for zones in said] == [[1], [2], [2], [2], [1]]
    assert (said[-1].entered.tolist(), said[-1].left.tolist()) == ([2], [1])
    assert said[2].classes == ({"person": 2},)
    assert [(move.kind, move.track_id, move.edge) for move in moves(said)] == [
        ("entered", 2, False),
        ("entered", 1, True),
        ("left", 1, True),
    ]


def test_a_track_that_is_gone_leaves_after_a_while_and_one_that_blinks_does_not() -> None:
    inside: Where = {1: (50.0, 50.0)}
    said = watch({**SQUARE, "keep_s": 0.3}, [inside, {}, {}, inside, {}, {}, {}, {}, {}])
    assert [int(zones.count[0]) for zones in said] == [1, 1, 1, 1, 1, 1, 1, 0, 0]
    (_, left) = moves(said)
    assert (left.kind, left.edge) == ("left", False)
    assert left.seconds == pytest.approx(0.3)


def test_a_track_that_trembles_on_an_edge_stays_where_it_was() -> None:
    said = watch(SQUARE, one((50, 50), *[(80 + (-1) ** n * 1.2, 50.0) for n in range(9)]))
    assert [move.kind for move in moves(said)] == ["entered"]


def test_a_room_that_ends_at_the_edge_of_the_picture_holds_boxes_that_end_there() -> None:
    lower = {"areas": {"floor": {"polygon": [[0, 0.6], [1, 0.6], [1, 1], [0, 1]]}}}
    assert watch(lower, one((50, 100), (99.9, 100)))[-1].count.tolist() == [1]


def test_a_narrow_area_can_be_entered_though_it_is_thinner_than_the_hysteresis() -> None:
    narrow = {"areas": {"gap": {"polygon": [[0.5, 0], [0.53, 0], [0.53, 1], [0.5, 1]]}}, "hysteresis": 0.1}
    assert watch(narrow, one((20, 50), (51.5, 50)))[-1].count.tolist() == [1]


def test_who_stays_is_told_once_with_the_seconds() -> None:
    said = watch(SQUARE, one(*[(50.0, 50.0)] * 15))
    (_, dwelt) = moves(said)
    assert dwelt.kind == "dwelt"
    assert dwelt.seconds == pytest.approx(1.0)
    assert [int(zones.loitering[0]) for zones in said] == [0] * 10 + [1] * 5
    assert said[-1].dwell_s.tolist() == [[pytest.approx(1.4)]]


def test_only_the_classes_of_an_area_count() -> None:
    dogs = {"areas": {"room": {**SQUARE["areas"]["room"], "classes": ["dog"]}}}
    names = ("person", "dog")
    assert watch(dogs, one((50, 50)), names, 0)[-1].count.tolist() == [0]
    assert watch(dogs, one((50, 50)), names, 1)[-1].count.tolist() == [1]


def test_speed_is_in_metres_of_the_ground() -> None:
    ground = {"picture": [[0, 0], [1, 0], [1, 1], [0, 1]], "metres": [[0, 0], [10, 0], [10, 20], [0, 20]]}
    said = watch({"ground": ground, **MIDDLE}, one(*[(50.0, 10.0 + 2 * n) for n in range(40)]))
    assert np.isnan(said[2].speed_m_s[0])
    assert said[-1].speed_m_s[0] == pytest.approx(4.0, rel=0.01)  # 20 pixels of 0.2 m a second
    (move,) = moves(said)
    assert move.speed_m_s == pytest.approx(4.0, rel=0.01)


def test_the_heat_map_holds_the_seconds_that_somebody_stood_there() -> None:
    said = watch({"heat": True}, one(*[(50.0, 50.0)] * 11))
    heat = said[-1].heat
    assert heat is not None
    assert heat.sum() == pytest.approx(1.0)
    assert said[0].heat is not None
    assert said[0].heat.sum() == 0  # what an earlier packet holds does not change


def test_a_gap_in_time_heats_nothing() -> None:
    stage = ZoneCounter(ZonesConfig.model_validate({"on": "track", "heat": True}))
    for index, media_s in enumerate((0.0, 0.1, 60.0, 60.1)):
        frame = Frame(PICTURE, index, media_s, 0.0, "test")
        found = stage.process(Packet(frame, {"track": tracks({1: (50, 50)})}))
    assert found.heat is not None
    assert found.heat.sum() == pytest.approx(0.2)


def test_the_heat_map_is_written_over_the_first_picture_when_the_run_is_over(tmp_path: Path) -> None:
    wanted = {"on": "track", "heat": True, "heat_folder": tmp_path / "maps"}
    stage = ZoneCounter(ZonesConfig.model_validate(wanted))
    for index in range(5):
        picture = np.full((100, 100, 3), 90 if index == 0 else 0, np.uint8)
        frame = Frame(picture, index, index / 10, 0.0, "shop.mp4")
        stage.process(Packet(frame, {"track": tracks({1: (50, 50)})}))
    stage.close()
    stage.close()
    (path,) = (tmp_path / "maps").iterdir()
    written = cv2.imread(str(path))
    assert path.name == "shop.heat.png"
    assert written is not None
    assert (written[:20] == 90).all()
    assert (written[48:52, 48:52] != 90).any()
    ZoneCounter(ZonesConfig.model_validate({**wanted, "heat_folder": tmp_path / "none"})).close()
    assert not (tmp_path / "none").exists()


def test_rows_are_plain_and_an_area_with_somebody_in_it_is_a_gate() -> None:
    said = watch({**SQUARE, **MIDDLE}, one((50, 30), (50, 70)))
    assert isinstance(said[0], Told)
    assert isinstance(said[0], Gate)
    assert said[-1].rows() == [
        {
            "zone": "room",
            "kind": "area",
            "count": 1,
            "entered": 1,
            "left": 0,
            "loitering": 0,
            "classes": {"person": 1},
            "tracks": [{"track_id": 1, "dwell_s": 0.1}],
        },
        {"zone": "gate", "kind": "line", "in": 1, "out": 0, "classes": {"person": {"in": 1, "out": 0}}},
    ]
    assert said[-1].active
    assert not watch({**SQUARE, "gates": ["room"]}, [{}])[-1].active


def test_a_thousand_tracks_leave_no_rows_behind() -> None:
    stage = ZoneCounter(ZonesConfig.model_validate({"on": "track", "keep_s": 0.2, **SQUARE, **MIDDLE}))
    for index in range(1000):
        where = {index + 1: (50.0, 50.0), index + 2: (20.0, 20.0)}
        stage.process(Packet(Frame(PICTURE, index, index / 10, 0.0, "test"), {"track": tracks(where)}))
    assert len(stage._memory.table) == 64


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"areas": {"a": {"polygon": [[0, 0], [1, 1]]}}}, "a polygon of 2 points"),
        ({"areas": {"a": {"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}}}, "cross"),
        ({"areas": {"a": {"polygon": [[0, 0], [1.5, 0], [1, 1]]}}}, "outside the picture"),
        ({"lines": {"l": {"points": [[0.5, 0.5], [0.5, 0.5]]}}}, "no length"),
        ({"lines": {"l": {"points": [[0, 0], [1, 1]], "directions": ["a", "a"]}}}, "two different words"),
        ({"units": "pixels", "lines": {"l": {"points": [[0, 0.5], [1, 0.5]]}}}, "set units: fraction"),
        ({"gates": ["b"], **SQUARE}, "no area 'b'"),
        ({**SQUARE, "lines": {"room": {"points": [[0, 0], [1, 1]]}}}, "names an area and a line"),
        ({"ground": {"picture": [[0, 0], [0.1, 0.1], [0.2, 0.2], [1, 0]], "metres": [[0, 0], [1, 0], [1, 1], [0, 1]]}},
         "one line"),
        ({**MIDDLE, "heat_folder": "maps"}, "set heat: true"),
        ({}, "nothing to count"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused_with_what_to_do(config: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ZonesConfig.model_validate(config)


def test_pixels_beyond_the_picture_are_refused_on_its_first_frame() -> None:
    beyond = {"units": "pixels", "lines": {"gate": {"points": [[0, 50], [640, 50]]}}}
    with pytest.raises(ConfigError, match="'gate' reaches outside the picture, which has 100 x 100 pixels"):
        watch(beyond, [{}])


@pytest.mark.parametrize("anchor", ["bottom", "centre", "top", "left", "right"])
def test_the_point_of_a_box_that_counts_can_be_chosen(anchor: str) -> None:
    spots: dict[str, Callable[[], Spot]] = {
        "bottom": lambda: (50, 60),
        "centre": lambda: (50, 65),
        "top": lambda: (50, 70),
        "left": lambda: (53, 65),
        "right": lambda: (47, 65),
    }
    area = {"areas": {"spot": {"polygon": [[0.48, 0.58], [0.52, 0.58], [0.52, 0.62], [0.48, 0.62]]}}}
    for name, spot in spots.items():
        assert watch({**area, "anchor": name}, one(spot()))[-1].count.tolist() == [1]
        assert watch({**area, "anchor": anchor}, one(spot()))[-1].count.tolist() == [int(name == anchor)]
