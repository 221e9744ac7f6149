import logging
from typing import Any

import pytest

from pipeline.cooling import LEAST, RECOVER, Cooling
from pipeline.heat import Heat


class Beside:
    """What Cooling sees of a stage beside the flow."""

    share = 1.0


def cooling(above_c: float | None = 70.0) -> tuple[Cooling, list[Heat], Any]:
    now, beside = [Heat(50.0)], Beside()
    return Cooling(above_c, lambda: now[0], lambda: [beside]), now, beside  # type: ignore[list-item]


def test_stages_beside_the_flow_rest_the_more_the_warmer_it_is() -> None:
    made, now, beside = cooling()
    shares = []
    for celsius in (69.0, 70.0, 75.0, 80.0, 95.0):
        now[0] = Heat(celsius)
        made.step()
        shares.append(beside.share)
    assert shares == pytest.approx([1, 1, 1 - 0.9 / 2, LEAST, LEAST])


def test_they_come_back_slowly_so_that_it_does_not_swing() -> None:
    made, now, beside = cooling()
    now[0] = Heat(90.0)
    made.step()
    now[0] = Heat(40.0)
    made.step()
    assert beside.share == pytest.approx(LEAST + RECOVER)
    for _ in range(30):
        made.step()
    assert beside.share == 1


def test_a_board_that_slows_itself_down_is_helped_whatever_its_temperature() -> None:
    made, now, beside = cooling()
    now[0] = Heat(50.0, slowed=True)
    made.step()
    made.step()
    assert beside.share == pytest.approx(0.49)


def test_without_a_temperature_nothing_rests_and_the_board_is_told_all_the_same() -> None:
    made, now, beside = cooling(None)
    now[0] = Heat(99.0)
    made.step()
    assert beside.share == 1
    assert made.status() == {"celsius": 99.0, "slowed": False, "undervoltage": False}


def test_beginning_and_end_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    made, now, _ = cooling()
    with caplog.at_level(logging.WARNING):
        for celsius in (50.0, 72.0, 73.0, *[40.0] * 30):
            now[0] = Heat(celsius, undervoltage=celsius == 73)
            made.step()
    assert [record.message for record in caplog.records] == [
        "the board is at 72 °C: stages beside the flow rest now and then",
        "the board's voltage is too low: it needs a stronger supply, or it will slow down or hang",
        "the board is at 40 °C: cool again, nothing rests",
    ]


def test_it_looks_every_two_seconds_and_not_more_often() -> None:
    looks: list[float] = []

    def read() -> Heat:
        looks.append(now_s)
        return Heat(50.0)

    made = Cooling(70.0, read, list)
    for now_s in (100.0, 100.5, 101.9, 102.0, 103.0, 104.1):
        made.step_if_due(now_s)
    assert looks == [100.0, 102.0, 104.1]
