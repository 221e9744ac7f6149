import numpy as np
import pytest

from vision.zones import edges_of, ground_map, inside, on_ground, passes, polygon_fault, rays, side_distance


def crosses(before: tuple[float, float], now: tuple[float, float], line: list[list[float]]) -> tuple[bool, float]:
    ends, one, other = np.array([line], np.float64), np.array([before], np.float64), np.array([now], np.float64)
    hit, share = passes(one, other, ends, side_distance(one, ends), side_distance(other, ends))
    return bool(hit[0, 0]), float(share[0, 0])


def test_whoever_looks_along_a_line_has_its_right_on_the_positive_side() -> None:
    up_the_picture = np.array([[[5.0, 10.0], [5.0, 0.0]]])
    assert side_distance(np.array([[8.0, 5.0], [1.0, 5.0]]), up_the_picture).ravel().tolist() == [3, -4]


def test_a_way_passes_a_line_only_between_its_ends() -> None:
    line = [[0.0, 0.0], [10.0, 0.0]]
    assert crosses((5, -30), (5, 10), line) == (True, 0.75)
    assert crosses((12, -3), (12, 3), line)[0] is False
    assert crosses((5, -3), (5, -1), line)[0] is False


def test_a_way_that_ends_on_a_line_passes_it_once_with_the_way_that_goes_on() -> None:
    line = [[0.0, 0.0], [10.0, 0.0]]
    assert [crosses((5, -3), (5, 0), line)[0], crosses((5, 0), (5, 3), line)[0]] == [True, False]


def test_polygons_of_different_lengths_are_told_apart_in_one_go() -> None:
    triangle, dented = [[0, 0], [4, 0], [0, 4]], [[0, 0], [8, 0], [8, 8], [4, 2], [0, 8]]
    found = inside(
        np.array([[1.0, 1.0], [4.0, 4.0], [7.0, 5.0]]), rays(edges_of([np.array(triangle), np.array(dented)]))
    )
    assert found.tolist() == [[True, True], [False, False], [False, True]]


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([[0, 0], [1, 1]], "2 points"),
        ([], "0 points"),
        ([[0, 0], [2, 2], [2, 0], [0, 2]], "cross"),
        ([[0, 0], [1, 1], [2, 2]], "one line"),
        ([[0, 0], [0, 0], [2, 2], [0, 2]], "the same"),
        ([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]], "cross"),  # a corner that touches another edge
    ],
)
def test_a_polygon_without_a_clear_inside_is_named(corners: list[list[float]], said: str) -> None:
    assert said in (polygon_fault(np.array(corners, np.float64).reshape(-1, 2)) or "")


def test_a_dented_polygon_is_in_order() -> None:
    assert polygon_fault(np.array([[0, 0], [8, 0], [8, 8], [4, 2], [0, 8]], np.float64)) is None


def test_the_ground_has_its_metres() -> None:
    street = np.array([[400, 200], [600, 200], [900, 700], [100, 700]], np.float64)
    ground = ground_map(street, np.array([[0, 30], [6, 30], [6, 0], [0, 0]], np.float64))
    assert np.allclose(on_ground(street, ground), [[0, 30], [6, 30], [6, 0], [0, 0]], atol=1e-6)


@pytest.mark.parametrize(
    "points",
    [[[0, 0], [1, 1], [2, 2], [5, 0]], [[0, 0], [0, 0], [1, 0], [0, 1]], [[0, 0], [1, 0], [0, 1]]],
)
def test_points_that_settle_no_map_of_the_ground_are_refused(points: list[list[float]]) -> None:
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)[: len(points)]
    with pytest.raises(ValueError, match=r"one line|4 or more"):
        ground_map(np.array(points, np.float64), square)
