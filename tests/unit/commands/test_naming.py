"""Which face a click is on."""

import numpy as np
import pytest

from commands.naming import face_at
from commands.newest import NewestSink
from pipeline.results.faces import Faces, Identities
from pipeline.types import Frame, Packet


@pytest.fixture
def newest() -> NewestSink:
    """A picture of 200 x 100: track 5, known as Ada, and track 6, unknown, which overlaps it to the right."""
    xyxy = np.array([[20, 20, 60, 60], [50, 20, 90, 60], [120, 20, 160, 60]], np.float32)
    faces = Faces(xyxy, np.ones(3, np.float32), np.zeros((3, 6, 2), np.float32), np.array([5, 6, 0], np.int64))
    nan = np.full(3, np.nan, np.float32)
    unknown = np.array([0, 3, 0], np.int32)
    named = Identities(faces, ("Ada", None, None), unknown, nan, nan.copy(), "faces")
    frame = Frame(np.zeros((100, 200, 3), np.uint8), 0, 0.0, 0.0, "gate")
    sink = NewestSink()
    sink.write(Packet(frame).plus("faces", faces).plus("identify", named))
    return sink


def test_the_face_under_the_click_is_told_with_its_name(newest: NewestSink) -> None:
    assert face_at(newest, 0.2, 0.4) == {"track": 5, "name": "Ada", "unknown": None}


def test_of_two_faces_that_overlap_the_one_whose_middle_is_nearer_is_meant(newest: NewestSink) -> None:
    assert face_at(newest, 0.29, 0.4) == {"track": 6, "name": None, "unknown": 3}
    found = face_at(newest, 0.26, 0.4)
    assert found is not None and found["track"] == 5


def test_a_click_far_from_every_face_or_on_one_that_is_not_followed_is_on_none(newest: NewestSink) -> None:
    assert face_at(newest, 0.2, 0.99) is None
    assert face_at(newest, 0.7, 0.4) is None


def test_before_the_first_picture_there_is_no_face() -> None:
    assert face_at(NewestSink(), 0.5, 0.5) is None
