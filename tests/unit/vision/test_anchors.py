import numpy as np
import pytest

from vision.anchors import ssd_anchors

MAPS = [(19, 19), (10, 10), (5, 5), (3, 3), (2, 2), (1, 1)]


def test_the_six_layers_of_a_300_pixel_network_have_1917_anchors() -> None:
    assert ssd_anchors(MAPS).shape == (1917, 4)
    assert ssd_anchors(MAPS).dtype == np.float32


def test_the_first_cell_has_three_reduced_boxes_at_its_centre() -> None:
    first = ssd_anchors(MAPS)[:3]
    assert first[:, :2] == pytest.approx(np.full((3, 2), 0.5 / 19))
    root = 2**0.5
    assert first[:, 2:] == pytest.approx(np.array([[0.1, 0.1], [0.2 * root, 0.2 / root], [0.2 / root, 0.2 * root]]))


def test_cells_follow_each_other_along_a_row() -> None:
    anchors = ssd_anchors(MAPS)
    assert anchors[3, :2] == pytest.approx([1.5 / 19, 0.5 / 19])
    assert anchors[19 * 3, :2] == pytest.approx([0.5 / 19, 1.5 / 19])


def test_the_last_layer_ends_with_the_box_between_its_scale_and_the_whole_picture() -> None:
    last = ssd_anchors(MAPS)[-1]
    assert last == pytest.approx([0.5, 0.5, 0.95**0.5, 0.95**0.5])


def test_scales_grow_evenly_from_layer_to_layer() -> None:
    squares = ssd_anchors(MAPS, reduce_lowest=False)
    starts = np.cumsum([0, *(width * height * 6 for width, height in MAPS)])[:-1]
    assert squares[starts, 2] == pytest.approx([0.2, 0.35, 0.5, 0.65, 0.8, 0.95])


def test_layers_need_not_be_square() -> None:
    wide = ssd_anchors([(4, 2)], aspect_ratios=(1.0,), reduce_lowest=False)
    assert wide[:, :2].max(axis=0) == pytest.approx([3.5 / 4, 1.5 / 2])
    assert len(wide) == 4 * 2 * 2
