"""Stories of `every: auto` in a recording: looks where something happens, a result on every frame, and the books."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from fakes import FakeSink, FakeSource, FakeStage
from pipeline.errors import SinkError, StageError
from pipeline.runner import Runner
from pipeline.stage import StageConfig
from pipeline.station import StagePlan
from pipeline.types import Packet


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("sluice-")]
    assert left == []


class Sees(FakeStage):
    """Gives a number for each frame; two that are less than `step` apart agree on what lies between."""

    step = 5.0

    def between(self, first: object, last: object) -> Callable[[float], float] | None:
        assert isinstance(first, float)
        assert isinstance(last, float)
        return (lambda share: first + share * (last - first)) if abs(last - first) < self.step else None


def run_with(
    value: Callable[[int], float],
    *,
    count: int = 25,
    workers: int = 1,
    sink: FakeSink | None = None,
    **settings: object,
) -> tuple[list[int], list[float | None], str]:
    """The frames that were looked at, what every frame was said to have, and the books."""
    looked: list[int] = []

    def look(packet: Packet) -> float:
        looked.append(packet.frame.index)
        return value(packet.frame.index)

    config = StageConfig.model_validate({"every": "auto", "workers": workers, **settings})
    plan = StagePlan("see", config, tuple(Sees(look) for _ in range(workers)))
    sink = sink or FakeSink()
    run = Runner(FakeSource(count), [plan], [sink])
    try:
        with run:
            run.wait()
    finally:
        told = str(run.balance())
        assert run.balance().in_flight == 0
    assert sink.indices == list(range(count))
    return sorted(looked), [packet.find("see", float) for packet in sink.packets], told


@pytest.mark.parametrize("workers", [1, 3])
def test_where_nothing_happens_few_frames_are_looked_at_and_all_have_a_result(workers: int) -> None:
    looked, told, books = run_with(lambda index: index / 10, workers=workers, apart=8)
    assert looked == [0, 8, 16, 24]
    assert told == pytest.approx([index / 10 for index in range(25)])
    assert books == "25 read = 25 written + 0 dropped + 0 failed"


@pytest.mark.parametrize("workers", [1, 3])
def test_where_something_happens_it_looks_closer_until_it_knows_the_frame(workers: int) -> None:
    looked, told, _ = run_with(lambda index: 0.0 if index < 11 else 100.0, workers=workers, apart=8)
    assert looked == [0, 8, 10, 11, 12, 16, 24]
    assert told == [0.0] * 11 + [100.0] * 14


@pytest.mark.parametrize("count", [1, 2, 7, 9, 10])
def test_a_recording_may_end_anywhere_between_two_looks(count: int) -> None:
    looked, told, _ = run_with(float, count=count, apart=4)
    assert looked[-1] == count - 1
    assert told == pytest.approx([float(index) for index in range(count)])


def test_no_number_of_workers_changes_what_is_looked_at_or_told() -> None:
    def jumps(index: int) -> float:
        return float(index * index % 17)

    runs = [run_with(jumps, count=60, workers=workers) for workers in (1, 2, 4)]
    assert runs[0] == runs[1] == runs[2]


@dataclass(frozen=True)
class Door:
    active: bool


def test_frames_that_a_gate_keeps_from_the_stage_pass_without_a_result() -> None:
    door = FakeStage(lambda packet: Door(not 5 <= packet.frame.index < 9))
    looked: list[int] = []

    def look(packet: Packet) -> float:
        looked.append(packet.frame.index)
        return 1.0

    config = StageConfig.model_validate({"every": "auto", "when": "door", "apart": 4})
    sink = FakeSink()
    plans = StagePlan("door", StageConfig(), (door,)), StagePlan("see", config, (Sees(look),))
    with Runner(FakeSource(16), plans, [sink]) as run:
        run.wait()
    assert [packet.find("see", float) is None for packet in sink.packets] == [5 <= n < 9 for n in range(16)]
    assert sorted(looked) == [0, 4, 9, 13, 15]


def test_a_stage_that_fails_on_a_look_ends_the_run_and_every_frame_is_accounted_for() -> None:
    def fails(index: int) -> float:
        if index == 12:
            raise ZeroDivisionError("no such thing")
        return 1.0

    with pytest.raises(StageError, match="'see' failed on frame 12"):
        run_with(fails, count=1000, workers=2)


def test_a_frame_that_is_skipped_for_an_error_is_lost_alone_and_its_neighbours_are_looked_at() -> None:
    looked: list[int] = []

    def look(packet: Packet) -> float:
        looked.append(packet.frame.index)
        if packet.frame.index == 8:
            raise ZeroDivisionError("no such thing")
        return 1.0

    config = StageConfig.model_validate({"every": "auto", "on_error": "skip", "apart": 4})
    sink = FakeSink()
    with Runner(FakeSource(17), [StagePlan("see", config, (Sees(look),))], [sink]) as run:
        run.wait()
    assert sink.indices == [n for n in range(17) if n != 8]
    assert all(packet.find("see", float) == 1.0 for packet in sink.packets)
    assert run.balance().failed == {"see": 1}
    assert sorted(looked) == [0, 4, 6, 7, 8, 9, 10, 12, 16]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sink_that_fails_or_a_caller_who_leaves_finds_every_frame_accounted_for(workers: int) -> None:
    def breaks(packet: Packet) -> None:
        if packet.frame.index == 10:
            raise OSError("disk full")

    with pytest.raises(SinkError, match="disk full"):
        run_with(lambda _: 1.0, count=1000, workers=workers, sink=FakeSink(breaks))

    reached = threading.Event()
    sink = FakeSink(lambda packet: reached.set() if packet.frame.index == 10 else None)
    config = StageConfig.model_validate({"every": "auto", "workers": workers})
    plan = StagePlan("see", config, tuple(Sees(lambda _: 1.0) for _ in range(workers)))
    run = Runner(FakeSource(100_000), [plan], [sink])
    with run:
        assert reached.wait(5)
    assert run.balance().in_flight == 0
