"""A stage that nobody waits for: the picture goes on, what it finds comes later and says of when it is."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fakes import FakeSink, FakeSource, plan
from pipeline.errors import StageError
from pipeline.runner import Runner
from pipeline.types import Packet


def run(source: FakeSource, look: Callable[[Packet], object], sink: FakeSink, **settings: Any) -> Runner:
    before = threading.active_count()
    runner = Runner(source, [plan("slow", look, **settings)], [sink])
    with runner:
        assert runner.wait(20)
    assert threading.active_count() == before
    return runner


@pytest.mark.parametrize("settings", [{"aside": True}, {"every": "auto"}], ids=str)
def test_no_frame_waits_for_it_and_its_answers_come_with_the_frame_they_are_of(settings: dict[str, object]) -> None:
    """The stage is held on frame 0 until frame 5 came out; the source waits for each frame to come out."""
    out, asked, fifth = threading.Semaphore(0), list[int](), threading.Event()

    def look(packet: Packet) -> object:
        asked.append(packet.frame.index)
        assert fifth.wait(10)
        return f"of {packet.frame.index}"

    def came_out(packet: Packet) -> None:
        out.release()
        if packet.frame.index == 5:
            fifth.set()

    def next_frame(index: int) -> None:
        assert not index or out.acquire(timeout=10)
        while index > 6 and len(asked) < 2:  # the answer of frame 0 is there once the next question is
            time.sleep(0.001)

    sink = FakeSink(came_out)
    runner = run(FakeSource(12, next_frame, live=True), look, sink, **settings)
    assert [packet.frame.index for packet in sink.packets] == list(range(12))
    assert [packet.results for packet in sink.packets[:6]] == [{}] * 6
    assert asked[0] == 0
    for packet in sink.packets[7:]:
        moment = packet.moment("slow")
        assert packet.results["slow"] == f"of {moment.index}"
        assert moment.index < packet.frame.index
    assert runner.balance().in_flight == 0


def test_in_a_recording_it_stands_in_line_so_that_the_machine_decides_nothing() -> None:
    sink = FakeSink()
    run(FakeSource(20), lambda packet: packet.frame.index, sink, aside=True)
    assert [packet.results["slow"] for packet in sink.packets] == list(range(20))
    assert all(packet.found_on == {} for packet in sink.packets)


def test_one_that_fails_ends_the_run() -> None:
    failed = threading.Event()

    def look(packet: Packet) -> object:
        failed.set()
        raise RuntimeError("broken")

    def next_frame(index: int) -> None:
        assert not index or failed.wait(10)

    with pytest.raises(StageError, match="stage 'slow' failed on frame 0"):
        run(FakeSource(1000, next_frame, live=True), look, FakeSink(), aside=True)


def test_one_that_may_fail_loses_no_frame() -> None:
    asked = threading.Semaphore(0)

    def look(packet: Packet) -> object:
        asked.release()
        raise RuntimeError("broken")

    def next_frame(index: int) -> None:
        assert not index or asked.acquire(timeout=10)

    runner = run(FakeSource(10, next_frame, live=True), look, FakeSink(), aside=True, on_error="skip")
    assert runner.balance().failed == {}
    assert runner.balance().in_flight == 0


def test_one_that_is_off_is_asked_nothing_and_adds_nothing() -> None:
    sink = FakeSink()
    runner = Runner(FakeSource(5, live=True), [plan("slow", lambda packet: 1, aside=True)], [sink])
    runner.stations[0].is_on = False
    with runner:
        assert runner.wait(10)
    assert [packet.results for packet in sink.packets] == [{}] * len(sink.packets)


def test_latency_is_measured_from_capture_to_the_last_sink() -> None:
    sink = FakeSink(lambda _: time.sleep(0.01))
    runner = run(FakeSource(5), lambda packet: None, sink)
    summary = runner.latency()
    assert summary.frames == 5
    assert summary.p50 >= 9.9


def test_a_budget_puts_a_slow_stage_aside_and_no_frame_is_unaccounted_for() -> None:
    def look(packet: Packet) -> object:
        time.sleep(0.08)
        return packet.frame.index

    def next_frame(index: int) -> None:
        time.sleep(0.02)  # a camera of 50 frames a second

    before = threading.active_count()
    sink = FakeSink()
    runner = Runner(FakeSource(150, next_frame, live=True), [plan("slow", look)], [sink], budget_ms=40.0)
    with runner:
        assert runner.wait(20)
        assert runner.budget is not None
        assert runner.budget.chosen == {"slow": "aside"}
    assert threading.active_count() == before
    balance = runner.balance()
    assert balance.in_flight == 0
    assert balance.failed == {}
    late = [packet for packet in sink.packets if packet.found_on]
    assert len(late) > 40, "once it stands aside, every frame comes out"
    assert sink.packets[0].results == {"slow": 0}, "it began in line"


def test_a_budget_changes_nothing_in_a_recording() -> None:
    sink = FakeSink()
    runner = Runner(FakeSource(20), [plan("slow", lambda packet: packet.frame.index)], [sink], budget_ms=1.0)
    with runner:
        assert runner.wait(20)
    assert runner.budget is None
    assert [packet.results["slow"] for packet in sink.packets] == list(range(20))


@pytest.mark.parametrize("leaves", [True, False], ids=["left early", "run dry"])
def test_a_rest_ends_with_the_run(leaves: bool) -> None:
    """Its share of the time is so small that it would rest for minutes after its first look."""
    asked, out, ready, over = list[int](), threading.Semaphore(0), threading.Event(), threading.Event()

    def look(packet: Packet) -> object:
        asked.append(packet.frame.index)
        time.sleep(0.01)
        return None

    def next_frame(index: int) -> None:
        assert ready.wait(10)
        while index and not out.acquire(timeout=0.01) and not over.is_set():
            continue
        while index > 1 and not asked:
            time.sleep(0.001)

    source = FakeSource(1000 if leaves else 8, next_frame, live=True)
    runner = Runner(source, [plan("slow", look, aside=True)], [FakeSink(lambda _: out.release())])
    with runner:
        (aside,) = runner.asides
        aside.share = 1e-5
        ready.set()
        if not leaves:
            assert runner.wait(20)
        while runner.balance().written < 6:
            time.sleep(0.001)
        over.set()
    assert len(asked) <= 2  # the first frame, and the newest once nothing more comes
