import numpy as np
import pytest

from fakes import frame
from pipeline.types import Detections, Frame, Packet, Tracks


def two() -> Detections:
    return Detections(
        np.array([[0, 0, 2, 2], [1, 1, 5, 5]], np.float32),
        np.array([0.9, 0.3], np.float32),
        np.array([0, 1], np.int32),
        ("person", "dog"),
    )


def test_drawing_on_a_frame_raises() -> None:
    with pytest.raises(ValueError, match="read-only"):
        frame().image[0, 0] = 0


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 4), np.uint8)]
)
def test_a_picture_of_another_form_is_refused_with_what_was_expected(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"image: expected \('N', 'N', 3\) uint8, received"):
        Frame(image, 0, 0.0, 0.0, "x")


def test_a_mask_selects_rows_in_every_column() -> None:
    some = two()[two().score > 0.5]
    assert (len(some), some.class_id.tolist(), some.names) == (1, [0], ("person", "dog"))
    tracks = Tracks(two(), np.array([7, 9], np.int64), np.array([1, 4], np.int32))
    assert tracks[tracks.age > 2].id.tolist() == [9]


def test_columns_of_unlike_length_are_refused() -> None:
    with pytest.raises(ValueError, match="score"):
        Detections(np.zeros((2, 4), np.float32), np.zeros(1, np.float32), np.zeros(2, np.int32), ())
    with pytest.raises(ValueError, match="id: expected"):
        Tracks(two(), np.zeros(1, np.int64), np.zeros(2, np.int32))


def test_nothing_found_is_a_value() -> None:
    assert len(Detections.none(("a",))) == len(Tracks.none()) == 0


def test_a_packet_grows_without_changing_the_one_before() -> None:
    first = Packet(frame(3))
    second = first.plus("ssd", two())
    assert first.find("ssd", Detections) is None
    assert len(second.result("ssd", Detections)) == 2
    assert second.frame is first.frame


def test_a_frame_from_a_filter_takes_the_place_of_the_frame_and_keeps_results() -> None:
    drawn = frame(3)
    packet = Packet(frame(3)).plus("ssd", two()).plus("overlay", drawn)
    assert packet.frame is drawn
    assert list(packet.results) == ["ssd"]


def test_a_result_that_is_missing_or_of_another_type_is_named() -> None:
    with pytest.raises(LookupError, match="no Tracks from stage 'track'"):
        Packet(frame()).result("track", Tracks)
    with pytest.raises(LookupError, match="'ssd' gave Detections, expected Tracks"):
        Packet(frame()).plus("ssd", two()).result("ssd", Tracks)
