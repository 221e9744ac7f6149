"""A stage that raises, under `on_error: disable`: no frame is lost, it is asked no more, and everybody is told."""

import threading
from collections.abc import Callable

import pytest

from fakes import FakeSink, FakeSource, plan
from pipeline.runner import Runner
from pipeline.types import Packet


def failing_from(first: int, calls: list[int] | None = None) -> Callable[[Packet], int]:
    def process(packet: Packet) -> int:
        if calls is not None:
            calls.append(packet.frame.index)
        if packet.frame.index >= first:
            raise ValueError("the lens\nfell off")
        return packet.frame.index

    return process


def test_frames_go_on_without_a_stage_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []
    sink = FakeSink()
    with Runner(FakeSource(20), [plan("x", failing_from(5, calls), on_error="disable")], [sink]) as run:
        run.wait()
    assert sink.indices == list(range(20))
    assert [packet.find("x", int) for packet in sink.packets] == [0, 1, 2, 3, 4] + [None] * 15
    assert calls == [0, 1, 2, 3, 4, 5]
    assert str(run.balance()) == "20 read = 20 written + 0 dropped + 0 failed"
    (station,) = run.stations
    assert station.failures == 1
    assert "frame 5" in str(station.disabled)
    (line,) = caplog.messages
    assert "ValueError: the lens fell off; it is asked no more" in line


def test_several_workers_that_fail_at_once_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    sink = FakeSink()
    with Runner(FakeSource(40), [plan("x", failing_from(0), workers=4, on_error="disable")], [sink]) as run:
        run.wait()
    assert sink.indices == list(range(40))
    assert len(caplog.messages) == 1
    assert 1 <= run.stations[0].failures <= 10


def test_beside_a_live_source_nothing_old_is_shown_as_new() -> None:
    looked, failed = threading.Event(), threading.Event()

    def process(packet: Packet) -> int:
        if packet.frame.index >= 2:
            failed.set()
            raise ValueError("gone")
        looked.set()
        return 1

    def before(index: int) -> None:
        if index == 2:
            assert looked.wait(20)
        if index == 40:
            assert failed.wait(20)
            while run.stations[0].disabled is None:
                threading.Event().wait(0.001)

    sink = FakeSink()
    stage = plan("x", process, on_error="disable", aside=True)
    run = Runner(FakeSource(60, before, live=True), [stage], [sink])
    with run:
        run.wait()
    assert run.balance().failed == {}
    assert "x" not in sink.packets[-1].results
