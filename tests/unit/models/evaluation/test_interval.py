import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.interval import Z_95, wilson


@given(st.integers(1, 20_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_and_stays_between_nought_and_one(counted: tuple[int, int]) -> None:
    right, of = counted
    low, high = wilson(right, of)
    assert 0 <= low <= right / of <= high <= 1


def test_its_ends_solve_wilsons_equation() -> None:
    for end in wilson(991, 1000):
        assert (0.991 - end) ** 2 == pytest.approx(Z_95**2 * end * (1 - end) / 1000)


def test_more_pictures_make_it_narrower_and_none_leave_everything_open() -> None:
    few, many = wilson(90, 100), wilson(9000, 10_000)
    assert many[1] - many[0] < (few[1] - few[0]) / 9
    assert wilson(0, 0) == (0, 1)
