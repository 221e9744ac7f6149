"""The latency budget: which stage steps aside, and when it may come back."""

import logging
import time
from collections.abc import Callable

import pytest

from fakes import frame, plan
from pipeline.aside import Aside
from pipeline.budget import FIRST_TRY_S, Budget
from pipeline.latency import Latency
from pipeline.station import Station
from pipeline.types import Packet


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def aside(name: str, takes_s: float) -> Aside:
    """A stage in line, asked a few times already."""

    def process(packet: Packet) -> object:
        time.sleep(takes_s)
        return "seen"

    made = Aside(Station(plan(name, process)), in_line=True)
    asked(made)
    return made


def asked(aside: Aside) -> None:
    for index in range(3):
        aside.station.attempt(aside.station.plan.workers[0], Packet(frame(index)))


def frames_took(latency: Latency, seconds: float, count: int = 25) -> None:
    for _ in range(count):
        latency.add(seconds)


@pytest.fixture
def latency() -> Latency:
    return Latency()


def budget(latency: Latency, *asides: Aside, ms: float = 50.0, clock: Callable[[], float] = time.monotonic) -> Budget:
    return Budget(ms, asides, latency, clock)


def test_inside_the_budget_everything_stays_in_line(latency: Latency) -> None:
    held = budget(latency, aside("ssd", 0.01))
    frames_took(latency, 0.045)
    held.step()
    assert held.chosen == {"ssd": "in line"}
    assert held.p95_ms == pytest.approx(45, rel=0.02)


def test_above_it_the_stage_that_takes_longest_steps_aside_one_at_a_time(latency: Latency) -> None:
    held = budget(latency, aside("quick", 0.005), aside("slow", 0.02))
    frames_took(latency, 0.09)
    held.step()
    assert held.chosen == {"quick": "in line", "slow": "aside"}
    frames_took(latency, 0.07)
    held.step()
    assert held.chosen == {"quick": "aside", "slow": "aside"}


def test_what_was_late_before_is_not_held_against_it_again(latency: Latency) -> None:
    held = budget(latency, aside("quick", 0.005), aside("slow", 0.02))
    frames_took(latency, 0.09)
    held.step()
    frames_took(latency, 0.045)
    held.step()
    assert held.chosen["quick"] == "in line"


def test_a_few_frames_decide_nothing(latency: Latency) -> None:
    held = budget(latency, aside("ssd", 0.01))
    frames_took(latency, 0.5, count=3)
    held.step()
    assert held.chosen == {"ssd": "in line"}


def test_it_comes_back_where_there_is_room_and_waits_twice_as_long_after_it_left_again(latency: Latency) -> None:
    clock = Clock()
    held = budget(latency, aside("ssd", 0.01), clock=clock)

    def second(took_s: float) -> str:
        clock.now_s += 1
        frames_took(latency, took_s)
        held.step()
        return held.chosen["ssd"]

    assert second(0.2) == "aside"
    clock.now_s += FIRST_TRY_S - 2
    assert second(0.005) == "aside"
    assert second(0.005) == "in line"
    assert second(0.2) == "aside"
    clock.now_s += FIRST_TRY_S + 2
    assert second(0.005) == "aside"
    clock.now_s += FIRST_TRY_S
    assert second(0.005) == "in line"


def test_one_whose_own_time_does_not_fit_never_comes_back(latency: Latency) -> None:
    clock = Clock()
    held = budget(latency, aside("ssd", 0.045), clock=clock)
    frames_took(latency, 0.2)
    held.step()
    for _ in range(5):
        clock.now_s += 10_000
        frames_took(latency, 0.005)
        held.step()
    assert held.chosen == {"ssd": "aside"}


def test_where_nothing_is_left_to_put_aside_it_says_so_once(latency: Latency, caplog: pytest.LogCaptureFixture) -> None:
    held = budget(latency, aside("quick", 0.0))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            frames_took(latency, 0.2)
            held.step()
    assert held.chosen == {"quick": "in line"}
    assert [record.message for record in caplog.records] == [
        "the picture is 199 ms old (budget 50 ms), and no stage is left to put aside: draw or record less, or raise"
        " flow.budget_ms"
    ]
