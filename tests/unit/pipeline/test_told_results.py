"""Results that bring their own rows into the record of a frame."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.sinks.records import frame_record
from pipeline.types import Frame, Moment, Packet


@dataclass(frozen=True)
class Signs:
    words: tuple[str, ...]
    key: ClassVar[str] = "texts"

    def rows(self) -> list[dict[str, object]]:
        return [{"text": word} for word in self.words]


def packet() -> Packet:
    return Packet(Frame(np.zeros((2, 2, 3), np.uint8), 7, 0.28, 0.0, "test"))


def test_rows_stand_under_the_results_key_after_the_objects() -> None:
    record = frame_record(packet().plus("read", Signs(("EXIT",))), "test", None)
    assert list(record)[-2:] == ["objects", "texts"]
    assert record["texts"] == [{"text": "EXIT"}]


def test_nothing_found_is_an_empty_list_and_a_stage_that_was_not_asked_has_no_key() -> None:
    assert frame_record(packet().plus("read", Signs(())), "test", None)["texts"] == []
    assert "texts" not in frame_record(packet(), "test", None)


def test_lists_of_two_stages_under_one_key_are_joined() -> None:
    both = packet().plus("gate", Signs(("A",))).plus("clock", Signs(("B",)))
    assert frame_record(both, "test", None)["texts"] == [{"text": "A"}, {"text": "B"}]


def test_what_was_found_on_an_earlier_frame_says_on_which() -> None:
    late = packet().plus("read", Signs(("EXIT",)), Moment(3, 0.12))
    assert frame_record(late, "test", None)["found_on"] == {"texts": 3}
