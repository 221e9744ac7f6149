"""Faces found and followed by real networks, told as data, and drawn."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.cache import default_cache
from models.pull import pull
from models.shelf import find
from pipeline.errors import ModelError
from pipeline.results.faces import Faces, Identities
from pipeline.sinks.records import frame_record
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.draw.faces import draw_faces, draw_identities
from stages.draw.pen import Pen
from stages.face_follow import heads, owners
from stages.faces import FacesConfig, FaceStage
from vision.lettering import Lettering

Shared = Callable[..., Path]


@pytest.fixture
def stage() -> Iterator[FaceStage]:
    for name in ("face-blazeface-full", "face-blazeface-short"):
        try:
            pull(find(name), default_cache())
        except ModelError as error:
            pytest.skip(f"{name} cannot be had: {error}")
    made = FaceStage(FacesConfig())
    yield made
    made.close()


def portrait(shared: Shared, width: int) -> np.ndarray:
    image = cv2.imread(str(shared("data", "faces", "face_recognition", "examples", "obama.jpg")))
    assert image is not None
    return np.asarray(cv2.resize(image, (width, round(width * 1.25)), interpolation=cv2.INTER_AREA))


def picture(*placed: tuple[np.ndarray, int, int]) -> np.ndarray:
    ground = np.full((480, 640, 3), 90, np.uint8)
    for image, x, y in placed:
        ground[y : y + image.shape[0], x : x + image.shape[1]] = image[: 480 - y, : 640 - x]
    return ground


def packet(image: np.ndarray, index: int = 0) -> Packet:
    return Packet(Frame(image, index, index / 25, 0.0, "test"))


def people(*boxes: tuple[float, float, float, float], ids: tuple[int, ...]) -> Tracks:
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    rows = len(xyxy)
    found = Detections(xyxy, np.ones(rows, np.float32), np.zeros(rows, np.int32), ("person",))
    return Tracks(found, np.array(ids, np.int64), np.zeros(rows, np.int32))


def test_two_faces_keep_their_ids_while_they_move(stage: FaceStage, shared: Shared) -> None:
    head = portrait(shared, 240)
    seen = []
    for index in range(10):
        found = stage.process(packet(picture((head, 20 + 4 * index, 60), (head, 360 - 4 * index, 100)), index))
        assert len(found) == 2
        left_first = np.argsort(found.xyxy[:, 0])
        seen.append(found.track_id[left_first].tolist())
    assert len({tuple(ids) for ids in seen}) == 1
    assert min(seen[0]) > 0
    assert seen[0][0] != seen[0][1]


def test_a_grey_picture_has_no_faces(stage: FaceStage) -> None:
    found = stage.process(packet(picture()))
    assert len(found) == 0
    assert frame_record(packet(picture()).plus("faces", found), "test", None)["faces"] == []


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (500, 2), (33, 17)])
def test_odd_sizes_are_no_surprise(stage: FaceStage, size: tuple[int, int]) -> None:
    assert len(stage.process(packet(np.zeros((size[1], size[0], 3), np.uint8)))) == 0


@pytest.mark.usefixtures("stage")
def test_inside_people_a_face_is_found_at_the_head_and_has_the_persons_id(shared: Shared) -> None:
    inside = FaceStage(FacesConfig(inside="track", model="face-blazeface-short"))
    shown = picture((portrait(shared, 110), 100, 50), (portrait(shared, 110), 400, 60))
    who = people((100, 55, 210, 400), (395, 300, 500, 470), ids=(7, 9))
    found = inside.process(packet(shown).plus("track", who))
    assert found.track_id.tolist() == [7]
    assert 100 < found.xyxy[0, 0] < 210
    nobody = inside.process(packet(shown, 1).plus("track", Tracks.none()))
    assert len(nobody) == 0
    inside.close()


def test_a_face_between_two_people_goes_to_the_one_whose_head_it_is_at() -> None:
    who = people((0, 0, 100, 300), (60, 10, 160, 310), ids=(1, 2))
    face = np.array([[90, 15, 130, 55], [30, 10, 70, 50]], np.float32)
    assert owners(face, who).tolist() == [2, 1]
    assert owners(np.array([[30, 130, 70, 170]], np.float32), who).tolist() == [0]
    assert owners(face[:0], who).tolist() == []
    assert owners(face, Tracks.none()).tolist() == [0, 0]


def test_a_head_is_looked_for_about_the_upper_end_of_a_person() -> None:
    ((left, top, side),) = heads(people((100, 50, 200, 350), ids=(1,)))
    assert left < 100
    assert top < 50
    assert 100 < side < 150


def test_rows_have_the_keys_of_the_data_and_numbers_that_json_can_hold() -> None:
    nothing = np.full((1, 6, 2), np.nan, np.float32)
    faces = Faces(np.array([[1, 2, 3, 4]], np.float32), np.array([0.91], np.float32), nothing, np.array([5], np.int64))
    who = Identities(
        faces,
        ("ada",),
        np.zeros(1, np.int32),
        np.array([0.3111], np.float32),
        np.array([0.8], np.float32),
        "faces",
    )
    record = frame_record(packet(picture()).plus("faces", faces).plus("identify", who), "test", None)
    assert json.loads(json.dumps(record["faces"])) == [
        {
            "track_id": 5,
            "xyxy": [1, 2, 3, 4],
            "score": 0.91,
            "name": "ada",
            "distance": 0.311,
            "quality": 0.8,
            "unknown": None,
        }
    ]
    alone = frame_record(packet(picture()).plus("faces", faces), "test", None)["faces"]
    assert alone[0] == {**faces.rows()[0]}  # type: ignore[index]
    assert alone[0]["name"] is None  # type: ignore[index]
    stray = Faces(faces.xyxy.copy(), faces.score.copy(), nothing.copy(), np.zeros(1, np.int64))
    assert stray.rows()[0]["track_id"] is None


def test_faces_are_drawn_wherever_they_are_and_points_that_are_not_there_are_not() -> None:
    image = picture()
    pen = Pen(image, 2, 3, Lettering(20, None))
    boxes = np.array([[-50, -50, 30, 30], [600, 440, 700, 560], [200, 100, 300, 220], [1e9, 0, 2e9, 5]], np.float32)
    points = np.full((4, 6, 2), np.nan, np.float32)
    points[2, :4] = [[230, 140], [270, 140], [250, 170], [250, 190]]
    points[3] = 1e12
    rows = np.ones(4, np.float32)
    faces = Faces(boxes, rows, points, np.array([1, 2, 3, 0], np.int64))
    draw_faces(pen, faces)
    assert (image[140, 230] != 90).any()
    bare = image.copy()
    numbers = np.array([0, 4, 0, 0], np.int32)
    draw_identities(pen, Identities(faces, ("Zoë", None, "Ada", None), numbers, rows.copy(), rows.copy(), "faces"))
    assert (image != bare).any()
