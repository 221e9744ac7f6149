"""Recall and precision of boxes, on boxes whose answer is known."""

import numpy as np
import pytest

from vision.detection_score import match_boxes

BOX = np.array([[0, 0, 10, 10]], np.float32)
FAR = np.array([[50, 50, 60, 60]], np.float32)
NONE = BOX[:0]


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_a_face_found_twice_is_right_once() -> None:
    told = match_boxes([(np.concatenate([BOX, BOX]), scores(0.8, 0.9))], [BOX], [NONE], 0.5)
    assert (told.recall, told.precision) == (1.0, 0.5)
    assert told.score.tolist() == pytest.approx([0.9, 0.8]) and told.right.tolist() == [True, False]


def test_what_overlaps_an_ignored_face_counts_neither_way() -> None:
    told = match_boxes([(np.concatenate([BOX, FAR]), scores(0.9, 0.8))], [BOX], [FAR], 0.5)
    assert (told.recall, told.precision) == (1.0, 1.0)


def test_pictures_are_judged_each_by_itself() -> None:
    told = match_boxes([(BOX, scores(0.9)), (FAR, scores(0.8))], [FAR, FAR], [NONE, NONE], 0.5)
    assert (told.recall, told.precision) == (0.5, 0.5)


def test_average_precision_falls_where_wrong_boxes_come_first() -> None:
    found = [(np.concatenate([FAR, BOX]), scores(0.9, 0.8))]
    assert match_boxes(found, [BOX], [NONE], 0.5).average_precision == 0.5


def test_nothing_found_and_nothing_there_is_right() -> None:
    told = match_boxes([(NONE, scores())], [NONE], [NONE], 0.5)
    assert (told.recall, told.precision) == (1.0, 1.0)
