"""Keypoints of each person's box and of the whole frame, in pixels of the frame."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_heads import brightest_points

from pipeline.types import Detections, Frame, Packet, Tracks
from stages.overlay import Overlay, OverlayConfig
from stages.pose import PoseConfig, PoseFinder


def picture() -> np.ndarray:
    """Black, a blue spot about (40, 60) and a green one about (60, 100); the same 200 pixels to the right."""
    image = np.zeros((180, 400, 3), np.uint8)
    for right in (0, 200):
        cv2.rectangle(image, (32 + right, 52), (47 + right, 67), (255, 0, 0), cv2.FILLED)
        cv2.rectangle(image, (52 + right, 92), (67 + right, 107), (0, 255, 0), cv2.FILLED)
    return image


def stage(folder: Path, **settings: object) -> PoseFinder:
    return PoseFinder(PoseConfig.model_validate({"model": str(brightest_points(folder)), "on": "track", **settings}))


def packet(names: tuple[str, ...] = ("person",)) -> Packet:
    boxes = np.array([[10, 20, 90, 140], [210, 20, 290, 140], [300, 0, 300, 50]], np.float32)
    found = Detections(boxes, np.ones(3, np.float32), np.zeros(3, np.int32), names)
    tracks = Tracks(found, np.array([3, 8, 9], np.int64), np.full(3, 9, np.int32))
    return Packet(Frame(picture(), 0, 0.0, 0.0, "test")).plus("track", tracks)


def test_the_points_of_each_person_are_in_pixels_of_the_frame(tmp_path: Path) -> None:
    found = stage(tmp_path).process(packet())
    assert found.track_id.tolist() == [3, 8]
    assert np.abs(found.points[0] - [[40, 60], [60, 100]]).max() < 3.0
    assert np.abs(found.points[1] - [[240, 60], [260, 100]]).max() < 3.0
    row = found.rows()[1]
    assert row["track_id"] == 8 and row["xyxy"] == [210, 20, 290, 140]


def test_the_whole_frame_is_shown_without_being_stretched(tmp_path: Path) -> None:
    image = picture()
    image[:, 200:] = 0
    found = stage(tmp_path, on="").process(Packet(Frame(image, 0, 0.0, 0.0, "test")))
    assert np.abs(found.points[0] - [[40, 60], [60, 100]]).max() < 12.0  # half a pixel of the network
    assert found.track_id.tolist() == [-1]


def test_only_people_are_looked_at_and_no_more_than_the_most(tmp_path: Path) -> None:
    both = packet(("dog", "person"))
    assert len(stage(tmp_path).process(both)) == 0  # all of them are dogs
    assert stage(tmp_path, classes=["dog"]).process(both).track_id.tolist() == [3, 8]
    assert len(stage(tmp_path, most=1).process(packet())) == 1


def test_nobody_is_where_no_point_is_sure(tmp_path: Path) -> None:
    dark = Packet(Frame(np.zeros((90, 120, 3), np.uint8), 0, 0.0, 0.0, "test"))
    assert len(stage(tmp_path, on="").process(dark)) == 0
    assert len(stage(tmp_path).process(dark)) == 0


def test_a_skeleton_is_drawn_between_the_points(tmp_path: Path) -> None:
    finder = stage(tmp_path, on="")
    image = picture()
    image[:, 200:] = 0
    one = Packet(Frame(image, 0, 0.0, 0.0, "test"))
    drawn = Overlay(OverlayConfig(on="", status=False)).process(one.plus("pose", finder.process(one))).image
    assert (drawn != image).any(axis=-1)[75:85, 45:55].any()
    assert not (drawn[:, 200:] != image[:, 200:]).any()


@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_a_box_at_the_edge_is_filled_up_with_black(tmp_path: Path, margin: float) -> None:
    boxes = Detections(np.array([[-40, -40, 100, 120]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int32), ())
    one = Packet(Frame(picture(), 0, 0.0, 0.0, "test")).plus("ssd", boxes)
    found = stage(tmp_path, on="ssd", margin=margin).process(one)
    assert np.abs(found.points[0, 0] - [40, 60]).max() < 4.0


def test_the_shelfs_network_finds_a_face(shared: Callable[..., Path], tmp_path: Path) -> None:
    weights = shared("models", "coral", "movenet_single_pose_lightning_ptq.tflite")
    link = tmp_path / weights.name
    link.symlink_to(weights)
    image = cv2.imread(str(shared("data", "images", "coral", "grace_hopper.bmp")))
    assert image is not None
    finder = PoseFinder(PoseConfig(model=str(link), on="", min_mean=0.0))
    found = finder.process(Packet(Frame(image, 0, 0.0, 0.0, "test")))
    nose, left_eye, right_eye = found.points[0, :3]
    assert left_eye[1] < nose[1] and right_eye[1] < nose[1] and right_eye[0] < nose[0] < left_eye[0]
    finder.close()
