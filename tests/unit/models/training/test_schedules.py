from itertools import pairwise

import pytest

from models.training.config import ScheduleConfig
from models.training.schedules import drops, ends_cycle, share_of_rate

STEPS = 100


def shares(steps: int = STEPS, **settings: object) -> list[float]:
    config = ScheduleConfig.model_validate(settings)
    return [share_of_rate(config, step, steps, step // 10) for step in range(steps)]


def test_cosine_rises_to_the_whole_rate_and_falls_to_the_last() -> None:
    found = shares(kind="cosine", warmup=0.1, last=0.01)
    assert found[0] == pytest.approx(1 / 11)
    assert max(found) == found[10] == 1
    assert found[55] == pytest.approx(0.505)  # half way down
    assert 0.01 < found[-1] < 0.02
    assert all(a > b for a, b in pairwise(found[10:]))


def test_cycles_begin_anew_at_the_whole_rate() -> None:
    found = shares(kind="cosine", warmup=0, cycles=4)
    assert [step for step, share in enumerate(found) if share == 1] == [0, 25, 50, 75]


def test_a_snapshot_is_taken_where_a_cycle_ends() -> None:
    config = ScheduleConfig(kind="cosine", warmup=0, cycles=3)
    assert [epoch for epoch in range(12) if ends_cycle(config, epoch, 12)] == [3, 7, 11]


def test_one_cycle_goes_up_and_down_in_straight_lines() -> None:
    found = shares(kind="one-cycle", warmup=0.25)
    assert found[0] == 0.04
    assert found[25] == 1
    assert found[15] - found[14] == pytest.approx(found[5] - found[4])
    assert found[-1] == pytest.approx(1 / 75)


def test_steps_divide_the_rate_every_so_many_epochs() -> None:
    found = shares(kind="step", warmup=0, every=4, factor=0.5)
    assert [found[epoch * 10] for epoch in (0, 3, 4, 7, 8)] == [1, 1, 0.5, 0.5, 0.25]


def test_a_plateau_is_so_many_epochs_without_a_better_loss() -> None:
    assert drops([3, 2, 2, 2.1], patience=3) == 0
    assert drops([3, 2, 2, 2.1, 2.5], patience=3) == 1
    assert drops([3, 2, 2, 2.1, 2.5, 1, 1, 1, 1], patience=3) == 2
    config = ScheduleConfig(kind="plateau", warmup=0, patience=1, factor=0.1)
    assert share_of_rate(config, 50, STEPS, 5, [3, 3]) == pytest.approx(0.1)
