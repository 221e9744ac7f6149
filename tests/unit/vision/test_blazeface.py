"""BlazeFace's outputs, and the blending of faces seen several times."""

import numpy as np
import pytest

from vision.blazeface import FoundFaces, blend, centres, decode


def faces(*rows: tuple[float, float, float, float, float]) -> FoundFaces:
    """Faces of left, top, right, bottom and score; every point in the left upper corner."""
    values = np.array(rows, np.float32).reshape(-1, 5)
    points = np.repeat(values[:, None, :2], 6, axis=1)
    return FoundFaces(values[:, :4], values[:, 4], points)


@pytest.mark.parametrize(("anchors", "first", "last"), [(896, 0.5 / 16, 7.5 / 8), (2304, 0.5 / 48, 47.5 / 48)])
def test_anchors_stand_in_the_middle_of_cells(anchors: int, first: float, last: float) -> None:
    middles = centres(anchors)
    assert middles.shape == (anchors, 2)
    assert middles[0].tolist() == pytest.approx([first, first])
    assert middles[-1].tolist() == pytest.approx([last, last])


def test_the_finer_layer_comes_first_row_by_row_with_two_anchors_a_cell() -> None:
    middles = centres(896)
    assert middles[2].tolist() == pytest.approx([1.5 / 16, 0.5 / 16])
    assert middles[32].tolist() == pytest.approx([0.5 / 16, 1.5 / 16])
    assert middles[512].tolist() == pytest.approx([0.5 / 8, 0.5 / 8])


def test_another_number_of_anchors_is_refused() -> None:
    with pytest.raises(ValueError, match="received 1917"):
        centres(1917)


def test_a_box_and_points_are_offsets_from_the_anchors_middle_in_pixels() -> None:
    regressors, logits = np.zeros((896, 16), np.float32), np.full(896, -9, np.float32)
    regressors[2] = [4, -2, 20, 10, 1, 2, *([0] * 8), 3, -4]
    logits[2] = np.log(3)
    found = decode(regressors, logits, centres(896), 128, 0.5)
    assert found.xyxy.tolist() == [[6, -3, 26, 7]]  # the middle of cell (1, 0) of 16 is (12, 4)
    assert found.score.tolist() == pytest.approx([0.75])
    assert found.points[0, [0, 5]].tolist() == [[13, 6], [15, 0]]


def test_a_logit_far_out_overflows_nothing() -> None:
    logits = np.full(896, -1e9, np.float32)
    assert len(decode(np.zeros((896, 16), np.float32), logits, centres(896), 128, 0.5).score) == 0


def test_a_heap_becomes_its_mean_weighted_by_score_and_keeps_the_best_score() -> None:
    found = blend(faces((0, 0, 10, 10, 0.9), (1, 0, 11, 10, 0.3), (50, 50, 60, 60, 0.6)), 0.3)
    assert found.score.tolist() == pytest.approx([0.9, 0.6])
    assert found.xyxy[0].tolist() == pytest.approx([0.25, 0, 10.25, 10])
    assert found.points[0, 3].tolist() == pytest.approx([0.25, 0])


def test_faces_that_overlap_too_little_both_stay() -> None:
    assert len(blend(faces((0, 0, 10, 10, 0.9), (8, 0, 18, 10, 0.8)), 0.3).score) == 2


def test_boxes_without_area_do_not_vanish_or_loop() -> None:
    assert len(blend(faces((5, 5, 5, 5, 0.9), (5, 5, 5, 5, 0.8)), 0.3).score) == 2


def test_no_faces_blend_to_none() -> None:
    assert blend(FoundFaces.none(), 0.3).points.shape == (0, 6, 2)
