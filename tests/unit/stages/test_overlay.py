from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.overlay import STATUS_GROUND, Overlay, OverlayConfig
from vision.palette import colour_of

GREY = 90


def seen(index: int, *boxes: tuple[float, float, float, float], ids: tuple[int, ...] = (), fps: float = 25) -> Packet:
    """A grey 1280 x 720 frame with tracks, one id each, counted from 1 where none are given."""
    image = np.full((720, 1280, 3), GREY, np.uint8)
    count = len(boxes)
    found = Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(count, 0.9, np.float32),
        np.zeros(count, np.int32),
        ("person",),
    )
    tracks = Tracks(found, np.array(ids or range(1, count + 1), np.int64), np.zeros(count, np.int32))
    return Packet(Frame(image, index, index / fps, 0.0, "test", 1 / fps)).plus("track", tracks)


def overlay(**settings: object) -> Overlay:
    return Overlay(OverlayConfig.model_validate({"on": "track", **settings}))


def has_colour(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((image == np.array(colour, np.uint8)).all(axis=-1).any())


BOX = (400.0, 200.0, 500.0, 500.0)


def test_the_edge_of_a_box_has_its_tracks_colour_and_the_frame_given_stays_as_it_was() -> None:
    packet = seen(0, BOX, ids=(3,))
    drawn = overlay().process(packet)
    assert tuple(drawn.image[350, 400]) == colour_of(3)
    assert (packet.frame.image == GREY).all()
    assert (drawn.index, drawn.media_s, drawn.size) == (0, 0.0, (1280, 720))


def test_a_track_keeps_its_colour_while_others_come_and_go() -> None:
    stage = overlay(status=False, trail_s=0)
    first = stage.process(seen(0, BOX, (800, 200, 900, 500), ids=(4, 9)))
    second = stage.process(seen(1, BOX, ids=(4,)))
    assert tuple(first.image[350, 400]) == tuple(second.image[350, 400]) == colour_of(4)


def test_with_nothing_found_only_the_status_line_is_drawn() -> None:
    drawn = overlay().process(seen(0)).image
    assert has_colour(drawn[:30, :400], STATUS_GROUND)
    assert (drawn[30:] == GREY).all()
    assert (drawn[:, 500:] == GREY).all()


def test_a_frame_on_which_the_stage_said_nothing_gets_the_status_line() -> None:
    packet = Packet(seen(0).frame)
    assert has_colour(overlay().process(packet).image, STATUS_GROUND)


def test_everything_can_be_switched_off() -> None:
    off = overlay(status=False, labels=False, trail_s=0).process(seen(0, BOX)).image
    assert (off[:190] == GREY).all(), "no label above the box, no status line"
    assert has_colour(off, colour_of(1))


def test_a_trail_shows_where_a_track_was_and_is_forgotten_in_time() -> None:
    stage = overlay(trail_s=1.0, labels=False, status=False)
    for index in range(10):
        drawn = stage.process(seen(index, (400 + 20 * index, 200, 440 + 20 * index, 400)))
    feet = drawn.image[395:405, 450:500]
    assert (feet != GREY).any(), "a line along the feet, left of the box"
    later = stage.process(seen(100, (900, 200, 940, 400)))
    assert (later.image[395:405, :850] == GREY).all()


def test_memory_does_not_grow_with_the_tracks_that_went() -> None:
    stage = overlay()
    for index in range(500):
        stage.process(seen(index, BOX, ids=(index + 1,)))
    assert len(stage._trails) < 60


def test_a_label_stays_where_it_was_while_that_place_is_free() -> None:
    stage = overlay(status=False, trail_s=0)
    stage.process(seen(0, BOX, (400.0, 180.0, 500.0, 400.0), ids=(1, 2)))
    place = stage._trails[1].label_place
    stage.process(seen(1, BOX, ids=(1,)))
    assert stage._trails[1].label_place == place != 0


@pytest.mark.parametrize(
    "box",
    [
        (-500, -500, -10, -10),
        (5000, 5000, 6000, 6000),
        (-1e9, -1e9, 1e9, 1e9),
        (600, 300, 600, 300),
        (-50, 600, 80, 900),
    ],
)
def test_a_box_anywhere_can_be_drawn(box: tuple[float, float, float, float]) -> None:
    overlay().process(seen(0, box))


@pytest.mark.parametrize("size", [(16, 16), (176, 144), (320, 240), (3840, 2160)])
def test_pictures_from_tiny_to_4k_can_be_drawn_on(size: tuple[int, int]) -> None:
    image = np.full((size[1], size[0], 3), GREY, np.uint8)
    packet = Packet(Frame(image, 0, 0.0, 0.0, "test")).plus("track", seen(0, (2, 2, 12, 14)).results["track"])
    drawn = overlay().process(packet).image
    assert drawn.shape == image.shape
    assert has_colour(drawn, colour_of(1))


def test_detections_without_a_tracker_are_coloured_by_class() -> None:
    one = np.array([BOX], np.float32), np.array([0.5], np.float32), np.array([1], np.int32)
    found = Detections(*one, ("cat", "dog"))
    drawn = overlay(on="ssd").process(Packet(seen(0).frame).plus("ssd", found))
    assert tuple(drawn.image[350, 400]) == colour_of(1)


def test_the_rate_is_that_of_the_frames_own_times() -> None:
    stage = overlay()
    assert stage._rate(0.0) == "-"
    assert [stage._rate(n / 10) for n in range(1, 30)][-1] == "10.0"
    assert stage._rate(0.0) == "-", "a clock that goes back begins anew"


def test_a_font_that_is_not_there_is_a_mistake_in_the_config() -> None:
    with pytest.raises(ConfigError, match=r"font: cannot read nowhere\.ttf"):
        overlay(font=Path("nowhere.ttf"))
