import numpy as np

from vision.boxes import area, clip, iou, nms


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def classes(*ids: int) -> np.ndarray:
    return np.array(ids, np.int32)


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_a_box_overlaps_itself_wholly_and_a_far_one_not_at_all() -> None:
    assert iou(boxes((0, 0, 2, 2)), boxes((0, 0, 2, 2), (5, 5, 6, 6))).tolist() == [[1.0, 0.0]]


def test_boxes_that_touch_do_not_overlap() -> None:
    assert iou(boxes((0, 0, 2, 2)), boxes((2, 0, 4, 2))).tolist() == [[0.0]]


def test_empty_boxes_overlap_nothing_without_a_warning() -> None:
    assert iou(boxes((1, 1, 1, 1)), boxes((1, 1, 1, 1), (0, 0, 2, 2))).tolist() == [[0.0, 0.0]]


def test_no_boxes_give_an_empty_matrix() -> None:
    assert iou(boxes(), boxes((0, 0, 1, 1))).shape == (0, 1)


def test_a_box_inside_out_has_no_area() -> None:
    assert area(boxes((0, 0, 3, 2), (3, 2, 0, 0))).tolist() == [6.0, 0.0]


def test_clipping_leaves_a_box_outside_empty_at_the_edge() -> None:
    cut = clip(boxes((-5, 10, 50, 300), (700, 0, 800, 10)), (640, 240))
    assert cut.tolist() == [[0, 10, 50, 240], [640, 0, 640, 10]]
    assert cut.dtype == np.float32


def test_suppression_keeps_the_best_of_each_heap_best_first() -> None:
    heap = boxes((0, 0, 10, 10), (50, 50, 60, 60), (1, 0, 11, 10), (51, 50, 61, 60))
    assert nms(heap, scores(0.5, 0.6, 0.9, 0.3), classes(0, 0, 0, 0), 0.5).tolist() == [2, 1]


def test_boxes_of_different_classes_do_not_suppress_each_other() -> None:
    same = boxes((0, 0, 10, 10), (0, 0, 10, 10))
    assert nms(same, scores(0.5, 0.9), classes(0, 1), 0.5).tolist() == [1, 0]


def test_classes_stay_apart_where_boxes_reach_beyond_the_picture() -> None:
    far = boxes((-90, -90, 10, 10), (0, 0, 10, 10), (-80, -80, 20, 20))
    assert sorted(nms(far, scores(0.5, 0.9, 0.7), classes(1, 0, 2), 0.3).tolist()) == [0, 1, 2]


def test_of_equal_scores_the_earlier_row_wins() -> None:
    same = boxes((0, 0, 10, 10), (0, 0, 10, 10), (0, 0, 10, 10))
    assert nms(same, scores(0.5, 0.5, 0.5), classes(0, 0, 0), 0.5).tolist() == [0]


def test_suppression_stops_at_the_limit_and_takes_nothing_from_nothing() -> None:
    apart = boxes((0, 0, 1, 1), (2, 2, 3, 3), (4, 4, 5, 5))
    assert nms(apart, scores(0.1, 0.3, 0.2), classes(0, 0, 0), 0.5, limit=2).tolist() == [1, 2]
    assert nms(boxes(), scores(), classes(), 0.5).shape == (0,)
