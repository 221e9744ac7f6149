"""Labels stay inside the picture wherever their boxes are, and clear of each other where there is room."""

from hypothesis import given
from hypothesis import strategies as st

from vision.labels import Rect, place_labels

PICTURE = (1280, 720)
boxes = st.tuples(st.integers(-300, 1500), st.integers(-300, 900), st.integers(0, 600), st.integers(0, 600)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@given(st.lists(boxes, max_size=30))
def test_every_label_is_inside_the_picture(found: list[Rect]) -> None:
    places, kept = place_labels(found, [(120, 25)] * len(found), PICTURE)
    assert len(places) == len(kept) == len(found)
    for left, top, right, bottom in places:
        assert 0 <= left < right <= PICTURE[0]
        assert 0 <= top < bottom <= PICTURE[1]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_side_by_side_boxes_have_labels_that_do_not_hide_each_other(columns: list[int]) -> None:
    found = [(200 * column + 20, 300, 200 * column + 90, 500) for column in columns]
    places, _ = place_labels(found, [(190, 25)] * len(found), PICTURE)
    assert not any(overlap(a, b) for n, a in enumerate(places) for b in places[:n])


def test_two_people_one_before_the_other_have_labels_that_do_not_hide_each_other() -> None:
    places, _ = place_labels([(500, 200, 620, 600), (520, 205, 640, 610)], [(140, 25)] * 2, PICTURE)
    assert not overlap(*places)


def test_a_label_leaves_the_status_line_and_other_heads_free() -> None:
    status = (0, 0, 300, 25)
    head = (100, 60, 200, 360)
    places, _ = place_labels([(100, 30, 320, 50), head], [(140, 25)] * 2, PICTURE, taken=[status])
    assert not overlap(places[0], status)
    assert not overlap(places[0], (100, 60, 200, 135))


def test_a_place_from_the_frame_before_is_kept_while_it_is_free() -> None:
    _, kept = place_labels([(500, 200, 620, 600)], [(140, 25)], PICTURE, before=[2])
    assert kept == [2]


def test_a_picture_smaller_than_the_label_gets_it_at_its_corner() -> None:
    places, _ = place_labels([(2, 2, 8, 8)], [(140, 25)], (16, 16))
    assert places == [(0, 0, 140, 25)]
