import orjson

from pipeline.results.events import Event, Events, Evidence
from pipeline.stage import Told


def event(number: int) -> Event:
    return Event("crossed", "once", str(number), "gate", number, number / 10, None, "zones", zone="door")


def test_a_row_is_plain_and_names_its_evidence_by_file() -> None:
    told = Event(
        "crossed", "once", "e1", "gate", 7, 0.7, None, "zones", "door", 3, "person", {"direction": "in"}, 0.9123,
        (1.0, 2.0, 3.0, 4.00049), Evidence(tail=((0.6, 1.0, 2.0),), path="e1.jpg"),
    )  # fmt: skip
    row = orjson.loads(orjson.dumps(told.row()))
    assert (row["evidence"], row["tail"], row["score"]) == ("e1.jpg", [[0.6, 1.0, 2.0]], 0.912)
    assert row["xyxy"] == [1.0, 2.0, 3.0, 4.0]
    assert row["value"] == {"direction": "in"}
    assert isinstance(Events((told,)), Told)


def test_a_receiver_that_missed_packets_gets_each_event_once_and_in_order() -> None:
    every = tuple(event(number) for number in range(5))
    had: list[str] = []
    told = 0
    for end in (1, 4, 4, 5):  # the packets of the second and third event were dropped
        found = Events(every[end - 1 : end], end, every[:end])
        had += [one.id for one in found.since(told)]
        told = found.told
    assert had == ["0", "1", "2", "3", "4"]
