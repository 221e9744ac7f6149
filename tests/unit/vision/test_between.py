"""What is told of the time between two looks, on literal boxes."""

import numpy as np
import pytest

from vision.between import Boxes, between, join


def boxes(*rows: tuple[float, float, float, float, float], classes: tuple[int, ...] = ()) -> Boxes:
    """Left, top, width, height, score a row."""
    table = np.array(rows, np.float32).reshape(-1, 5)
    xyxy = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    return Boxes(xyxy, table[:, 4].copy(), np.array(classes or (0,) * len(rows), np.int32))


def test_a_box_goes_from_one_place_to_the_other_at_an_even_pace() -> None:
    joined = join(boxes((0, 0, 100, 100, 0.9)), boxes((10, 10, 100, 90, 0.5)))
    assert joined is not None
    half = between(joined, 0.5)
    assert half.xyxy.tolist() == [[5, 5, 105, 100]]
    assert half.score.tolist() == pytest.approx([0.7])
    assert half.xyxy.dtype == half.score.dtype == np.float32


@pytest.mark.parametrize(
    "last",
    [
        boxes(),
        boxes((60, 0, 100, 100, 0.9)),
        boxes((0, 0, 100, 100, 0.9), classes=(1,)),
        boxes((0, 0, 100, 100, 0.9), (300, 0, 50, 50, 0.45)),
    ],
    ids=["gone", "far", "another class", "one more"],
)
def test_looks_that_differ_in_a_sure_box_do_not_agree_either_way(last: Boxes) -> None:
    first = boxes((0, 0, 100, 100, 0.9))
    assert join(first, last) is None
    assert join(last, first) is None


def test_a_faint_box_of_one_look_stands_in_the_half_that_is_nearer_to_it() -> None:
    joined = join(boxes((0, 0, 10, 10, 0.9), (50, 0, 10, 10, 0.2)), boxes((1, 0, 10, 10, 0.9)))
    assert joined is not None
    assert [len(between(joined, share).score) for share in (0.25, 0.49, 0.5, 0.75)] == [2, 2, 1, 1]


def test_two_empty_looks_agree_that_there_is_nothing() -> None:
    joined = join(boxes(), boxes())
    assert joined is not None
    assert between(joined, 0.5).xyxy.shape == (0, 4)


def test_rows_come_best_first() -> None:
    joined = join(boxes((0, 0, 10, 10, 0.5), (50, 0, 10, 10, 0.9)), boxes((50, 0, 10, 10, 0.6), (0, 0, 10, 10, 0.95)))
    assert joined is not None
    assert between(joined, 0.9).score.tolist() == pytest.approx([0.905, 0.63])
