"""Covering faces, on frames and faces made up."""

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.results.faces import Faces, Identities
from pipeline.types import Detections, Frame, Moment, Packet, Tracks
from stages.redact import RedactConfig, Redactor

NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)


def faces(*boxes: tuple[float, float, float, float], ids: tuple[int, ...] = ()) -> Faces:
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    rows = len(xyxy)
    track_id = np.array(ids or range(1, rows + 1), np.int64)
    return Faces(xyxy, np.full(rows, 0.9, np.float32), np.zeros((rows, 6, 2), np.float32), track_id)


def named(found: Faces, *names: str | None) -> Identities:
    rows = len(found)
    nothing = np.zeros(rows, np.float32)
    return Identities(found, names, np.zeros(rows, np.int32), nothing, nothing.copy(), "faces")


def packet(index: int, found: object | None, ago: int = 0) -> Packet:
    """Frame `index` at 25 a second, with what was found on it, or `ago` frames earlier."""
    bare = Packet(Frame(NOISE.copy(), index, index / 25, 0.0, "test"))
    if found is None:
        return bare
    return bare.plus("faces", found, Moment(index - ago, (index - ago) / 25) if ago else None)


def redactor(**settings: object) -> Redactor:
    return Redactor(RedactConfig.model_validate({"on": "faces", **settings}))


def is_covered(frame: Frame | None, box: tuple[int, int, int, int]) -> bool:
    """Whether no pixel of the box is as it was, and few colours are left."""
    if frame is None:
        return False
    left, top, right, bottom = box
    after, before = (image[max(0, top) : bottom, max(0, left) : right] for image in (frame.image, NOISE))
    return len(np.unique(after.reshape(-1, 3), axis=0)) <= 16 and bool((after != before).any(axis=2).mean() > 0.99)


def test_the_whole_box_is_covered_corners_too() -> None:
    done = redactor().process(packet(0, faces((100, 80, 160, 150))))
    assert is_covered(done, (100, 80, 160, 150))
    assert done is not None
    assert (done.image[:40] == NOISE[:40]).all()


def test_the_frame_itself_is_not_drawn_on() -> None:
    given = packet(0, faces((100, 80, 160, 150)))
    redactor().process(given)
    assert (given.frame.image == NOISE).all()


@pytest.mark.parametrize("box", [(-40, -40, 20, 30), (300, 220, 380, 300), (-500, -500, -400, -400), (10, 10, 10, 10)])
def test_a_box_at_the_edge_or_beyond_is_covered_as_far_as_it_is_there(box: tuple[int, int, int, int]) -> None:
    done = redactor().process(packet(0, faces(box)))
    inside = max(0, box[0]), max(0, box[1]), min(320, box[2]), min(240, box[3])
    if inside[2] > inside[0] and inside[3] > inside[1]:
        assert is_covered(done, inside)


def test_a_face_that_is_lost_stays_covered_wherever_it_goes_and_then_not() -> None:
    stage = redactor(hold_s=0.4)
    for index in range(6):  # to the right, 4 px a frame
        stage.process(packet(index, faces((100 + 4 * index, 80, 150 + 4 * index, 140))))
    for index in range(6, 15):
        done = stage.process(packet(index, faces()))
        assert is_covered(done, (120, 80, 170, 140))  # if it stopped
        assert is_covered(done, (min(150, 100 + 4 * index), 80, min(200, 150 + 4 * index), 140))  # if it went on
    assert stage.process(packet(16, faces())) is None


def test_frames_on_which_faces_were_not_looked_for_are_covered_as_well() -> None:
    stage = redactor()
    stage.process(packet(0, faces((100, 80, 160, 150))))
    assert is_covered(stage.process(packet(1, None)), (100, 80, 160, 150))


def test_what_was_found_on_an_earlier_frame_is_covered_more_widely() -> None:
    fresh = redactor().process(packet(10, faces((100, 80, 160, 150))))
    late = redactor().process(packet(10, faces((100, 80, 160, 150)), ago=8))
    assert fresh is not None
    assert late is not None
    assert (late.image != NOISE).sum() > 1.1 * (fresh.image != NOISE).sum()


def test_only_those_without_a_name_are_covered_where_known_ones_may_be_seen() -> None:
    found = named(faces((20, 20, 80, 90), (200, 100, 260, 170)), "ada", None)
    done = redactor(blur="unknown").process(packet(0, found))
    assert is_covered(done, (200, 100, 260, 170))
    assert done is not None
    assert (done.image[10:100, 10:100] == NOISE[10:100, 10:100]).all()


def test_with_names_all_are_covered_all_the_same_unless_told_otherwise() -> None:
    assert is_covered(redactor().process(packet(0, named(faces((20, 20, 80, 90)), "ada"))), (20, 20, 80, 90))


def test_a_known_face_that_is_lost_is_not_covered_and_an_unknown_one_that_becomes_known_is_not_any_more() -> None:
    stage = redactor(blur="unknown")
    assert stage.process(packet(0, named(faces((20, 20, 80, 90)), None))) is not None
    assert stage.process(packet(1, named(faces((20, 20, 80, 90)), "ada"))) is None
    assert stage.process(packet(2, named(faces()))) is None


def test_nothing_is_covered_where_nothing_shall_be() -> None:
    assert redactor(blur="none").process(packet(0, faces((20, 20, 80, 90)))) is None


def test_a_cover_keeps_the_colours_it_began_with() -> None:
    """A mosaic made anew on each frame would show another average each time, and together they show the face."""
    stage, seen = redactor(), set()
    for index in range(20):
        given = packet(index, faces((100, 80, 160, 150)))
        given.frame.image.setflags(write=True)
        given.frame.image[80:150, 100:160] = np.random.default_rng(index).integers(0, 256, (70, 60, 3))
        done = stage.process(given)
        assert done is not None
        seen |= {tuple(pixel) for pixel in done.image[80:150, 100:160].reshape(-1, 3)}
    assert len(seen) <= 16


def test_two_covers_that_overlap_hide_both_faces() -> None:
    done = redactor().process(packet(0, faces((100, 80, 160, 150), (130, 90, 200, 170))))
    assert done is not None
    assert not (done.image[80:150, 100:160] == NOISE[80:150, 100:160]).all(axis=2).mean() > 0.01
    assert not (done.image[90:170, 130:200] == NOISE[90:170, 130:200]).all(axis=2).mean() > 0.01


def test_heads_of_people_are_covered_whose_faces_were_not_found() -> None:
    boxes = Detections(
        np.array([[100, 40, 160, 220]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int32), ("person",)
    )
    people = Tracks(boxes, np.array([7], np.int64), np.zeros(1, np.int32))
    done = redactor(people="track").process(packet(0, faces()).plus("track", people))
    assert is_covered(done, (112, 42, 148, 80))


def test_a_face_that_is_not_followed_is_covered_and_held_too() -> None:
    stage = redactor()
    assert is_covered(stage.process(packet(0, faces((100, 80, 160, 150), ids=(0,)))), (100, 80, 160, 150))
    assert is_covered(stage.process(packet(1, faces((104, 80, 164, 150), ids=(0,)))), (104, 80, 164, 150))
    assert is_covered(stage.process(packet(2, faces())), (104, 80, 164, 150))


def test_two_faces_that_are_not_followed_are_both_covered() -> None:
    done = redactor().process(packet(0, faces((20, 20, 80, 90), (200, 100, 260, 170), ids=(0, 0))))
    assert is_covered(done, (20, 20, 80, 90))
    assert is_covered(done, (200, 100, 260, 170))


def test_a_clock_that_goes_back_covers_what_is_there_and_forgets_what_was() -> None:
    stage = redactor()
    stage.process(packet(1000, faces((100, 80, 160, 150))))
    assert is_covered(stage.process(packet(0, faces((20, 20, 80, 90), ids=(2,)))), (20, 20, 80, 90))
    assert stage.process(packet(60, faces())) is None


def test_where_nobody_says_which_faces_there_are_nothing_of_the_picture_is_left() -> None:
    stage = redactor(hold_s=0.4)
    blank = stage.process(packet(0, None))
    assert blank is not None
    assert len(np.unique(blank.image)) == 1
    assert stage.process(packet(1, faces())) is None
    assert stage.process(packet(11, None)) is None
    switched_off = stage.process(packet(12, None))
    assert switched_off is not None
    assert len(np.unique(switched_off.image)) == 1
    late = stage.process(packet(30, faces(), ago=20))
    assert late is not None
    assert len(np.unique(late.image)) == 1


@pytest.mark.parametrize("setting", [{"every": 2}, {"every": "auto"}, {"aside": True}, {"when": "motion"}])
def test_a_config_that_would_let_frames_pass_by_is_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="has to see every frame"):
        RedactConfig.model_validate(setting)
