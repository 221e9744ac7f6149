"""Which of the faces that a detector reports are kept, with a detector made up for it."""

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
import pytest

from commands.faces_look import find_faces, squares_of, thumbnail_of
from models.face_finder import FaceFinder
from vision.blazeface import FoundFaces


def faces(*rows: tuple[float, float, float, float]) -> FoundFaces:
    """From rows of middle x, middle y, side and score."""
    boxes = np.array([[x - s / 2, y - s / 2, x + s / 2, y + s / 2] for x, y, s, _ in rows], np.float32).reshape(-1, 4)
    points = np.array([[[x, y]] * 6 for x, y, _, _ in rows], np.float32).reshape(-1, 6, 2)
    return FoundFaces(boxes, np.array([row[3] for row in rows], np.float32), points)


class Detector:
    """Says one thing of the whole picture, and another of each close look."""

    def __init__(self, afar: FoundFaces, close: FoundFaces) -> None:
        self.afar, self.close = afar, close

    def __call__(self, image: np.ndarray, min_score: float, squares: Sequence[Any], whole: bool = True) -> FoundFaces:
        return self.afar if whole else self.close


def found(afar: FoundFaces, close: FoundFaces, min_score: float = 0.5) -> list[float]:
    finder = cast(FaceFinder, Detector(afar, close))
    return [round(float(x), 1) for x in find_faces(finder, np.zeros((90, 160, 3), np.uint8), min_score).xyxy[:, 0]]


def test_what_does_not_stand_a_second_look_is_no_face() -> None:
    afar = faces((30, 40, 20, 0.9), (100, 40, 20, 0.7))
    assert found(afar, faces((30, 40, 20, 0.8), (100, 40, 20, 0.5))) == [20.0]


def test_a_face_that_scores_close_up_elsewhere_does_not_vouch_for_this_one() -> None:
    assert found(faces((30, 40, 20, 0.9)), faces((55, 40, 20, 0.99))) == []


def test_two_boxes_of_one_face_are_one() -> None:
    afar = faces((30, 40, 20, 0.9), (31, 40, 60, 0.6))
    assert found(afar, faces((30, 40, 20, 0.9), (31, 40, 60, 0.9))) == [20.0]


def test_who_asks_for_less_gets_less_sure_faces() -> None:
    afar, close = faces((30, 40, 20, 0.4)), faces((30, 40, 20, 0.5))
    assert found(afar, close) == [] and found(afar, close, 0.3) == [20.0]


def test_nothing_found_is_no_face() -> None:
    assert found(faces(), faces()) == []


def test_a_large_picture_is_looked_at_in_parts_and_a_small_one_is_not() -> None:
    assert len(squares_of((200, 300))) == 1
    assert len(squares_of((1920, 1080))) > 5


def test_the_points_of_a_thumbnail_lie_where_they_lay_on_the_face() -> None:
    image = np.zeros((1200, 1600, 3), np.uint8)
    image[600:604, 800:804] = 255
    points = np.full((6, 2), (802, 602), np.float32)
    small = thumbnail_of(image, np.array([500, 300, 1100, 900], np.float32), points)

    picture = cv2.imdecode(np.frombuffer(small.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None and max(picture.shape) == 224
    brightest = np.unravel_index(int(picture.argmax()), picture.shape)
    assert small.keypoints[0] == pytest.approx(brightest[::-1], abs=1.0)
