import numpy as np

from commands.seen import MOST, THUMBNAIL_PX, SeenSink
from fakes import frame
from pipeline.health import Condition, Health, Kind
from pipeline.types import Detections, Frame, Packet, Tracks


def seen(index: int, *ids: int, score: float = 0.5) -> Packet:
    count = len(ids)
    xyxy = np.tile(np.array([2, 2, 10, 12], np.float32), (count, 1))
    boxes = Detections(xyxy, np.full(count, score, np.float32), np.zeros(count, np.int32), ("person",))
    return Packet(frame(index)).plus("track", Tracks(boxes, np.array(ids, np.int64), np.zeros(count, np.int32)))


def health(index: int, *alarms: Kind) -> Packet:
    kinds: tuple[Kind, ...] = ("black", "frozen")
    return Packet(frame(index)).plus(
        "health", Health(tuple(Condition(kind, kind in alarms, 0.0, 0.0, 0.5) for kind in kinds))
    )


def test_the_newest_tracks_come_first_with_the_picture_of_their_best_moment() -> None:
    sink = SeenSink("track")
    for packet in (seen(0, 1), seen(1, 1, 2, score=0.9), seen(2, 2)):
        sink.write(packet)
    newest, older = sink.rows()
    assert (newest["id"], newest["here"], older["id"], older["here"]) == (2, True, 1, False)
    assert older["score"] == 0.9
    assert older["thumbnail"].shape == (12, 9, 3)
    assert older["thumbnail"][0, 0, 0] == 1
    assert sink.followed == {"person": 2}


def test_memory_does_not_grow_with_the_tracks() -> None:
    sink = SeenSink("track")
    for number in range(3 * MOST):
        sink.write(seen(number, number + 1))
    assert len(sink.rows()) == MOST
    assert sink.followed == {"person": 3 * MOST}


def test_an_alarm_is_an_event_that_ends() -> None:
    sink = SeenSink(None)
    for packet in (health(0), health(25, "black"), health(50, "black")):
        sink.write(packet)
    (event,) = sink.rows()
    assert (event["kind"], event["label"], event["first_s"], event["last_s"]) == ("event", "black", 1.0, 2.0)
    assert event["here"]
    assert sink.alarms() == ["black"]
    sink.write(health(75))
    (event,) = sink.rows()
    assert not event["here"]
    assert sink.alarms() == []


def test_pictures_that_are_kept_are_small() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    boxes = Detections(
        np.array([[100, 50, 500, 700]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int32), ("person",)
    )
    packet = Packet(Frame(image, 0, 0.0, 0.0, "camera"))
    sink = SeenSink("track")
    sink.write(packet.plus("track", Tracks(boxes, np.ones(1, np.int64), np.zeros(1, np.int32))))
    (row,) = sink.rows()
    assert max(row["thumbnail"].shape) == THUMBNAIL_PX
