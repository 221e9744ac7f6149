"""How runs go and how they end: each story closes with every frame accounted for and no thread left over."""

import threading
import time
from collections.abc import Iterator

import pytest

from fakes import FakeSink, FakeSource, FakeStage, plan
from pipeline.errors import SinkError, SourceError, StageError
from pipeline.runner import Runner
from pipeline.station import MOST_FAILURES_IN_A_ROW
from pipeline.types import Frame, Packet


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("sluice-")]
    assert left == []


def index_of(packet: Packet) -> int:
    return packet.frame.index


def test_a_recording_reaches_the_sink_whole_and_in_order() -> None:
    source, sink = FakeSource(200), FakeSink()
    stages = plan("a", index_of), plan("b", lambda packet: packet.result("a", int) * 2)
    with Runner(source, stages, [sink]) as run:
        assert run.wait()
    assert sink.indices == list(range(200))
    assert [packet.result("b", int) for packet in sink.packets] == [2 * n for n in range(200)]
    assert str(run.balance()) == "200 read = 200 written + 0 dropped + 0 failed"
    assert (source.closed, sink.finished, sink.closed) == (1, 1, 1)


@pytest.mark.parametrize("workers", [2, 4])
def test_order_is_kept_when_several_workers_finish_out_of_order(workers: int) -> None:
    gate = threading.Event()
    done: list[int] = []

    def first_waits_for_second(packet: Packet) -> int:
        index = index_of(packet)
        if index % workers == 0:  # the first of each group is done only once a later one is
            gate.wait(5)
            gate.clear()
        elif index % workers == 1:
            gate.set()
        done.append(index)
        return index

    sink = FakeSink()
    with Runner(FakeSource(40), [plan("slow", first_waits_for_second, workers=workers)], [sink]) as run:
        run.wait()
    assert done != sorted(done)
    assert sink.indices == list(range(40))


def test_a_stage_asked_on_every_third_frame_lets_the_others_pass() -> None:
    for workers in (1, 2):
        sink = FakeSink()
        with Runner(FakeSource(10), [plan("ocr", index_of, workers=workers, every=3)], [sink]) as run:
            run.wait()
        assert [packet.find("ocr", int) for packet in sink.packets] == [0, None, None, 3, None, None, 6, None, None, 9]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stage_that_raises_ends_the_run_and_names_the_frame(workers: int) -> None:
    def fail_at_seven(packet: Packet) -> int:
        if index_of(packet) == 7:
            raise ZeroDivisionError("no such thing")
        return 1

    source, sink, stage = FakeSource(10_000), FakeSink(), plan("ssd", fail_at_seven, workers=workers)
    with (
        pytest.raises(StageError, match=r"'ssd' failed on frame 7 \(0\.280 s\) of fake: ZeroDivisionError: no such"),
        Runner(source, [stage], [sink]) as run,
    ):
        run.wait()
    balance = run.balance()
    assert balance.failed == {"ssd": 1}
    assert balance.in_flight == 0
    assert sink.indices == list(range(len(sink.indices)))
    assert (sink.finished, sink.closed, source.closed) == (0, 1, 1)
    assert [worker.closed for worker in stage.workers if isinstance(worker, FakeStage)] == [1] * workers


def test_under_skip_only_the_failing_frames_are_lost() -> None:
    def fail_on_fives(packet: Packet) -> int:
        if index_of(packet) % 5 == 0:
            raise ValueError("five")
        return 1

    sink = FakeSink()
    with Runner(FakeSource(20), [plan("x", fail_on_fives, workers=2, on_error="skip")], [sink]) as run:
        run.wait()
    assert sink.indices == [n for n in range(20) if n % 5]
    assert str(run.balance()) == "20 read = 16 written + 0 dropped + 4 failed (x 4)"
    assert sink.finished == 1


def test_a_stage_that_fails_again_and_again_ends_the_run_even_under_skip() -> None:
    def fail(packet: Packet) -> int:
        raise ValueError("always")

    with (
        pytest.raises(StageError, match=f"{MOST_FAILURES_IN_A_ROW}th in a row"),
        Runner(FakeSource(1000), [plan("x", fail, on_error="skip")], [FakeSink()]) as run,
    ):
        run.wait()
    assert run.balance().failed["x"] == MOST_FAILURES_IN_A_ROW


def test_a_stage_that_returns_another_type_than_it_says_is_an_error() -> None:
    wrong = plan("x", index_of)
    type(wrong.workers[0]).gives = str
    try:
        with (
            pytest.raises(StageError, match="returned int, and says that it gives str"),
            Runner(FakeSource(3), [wrong], [FakeSink()]) as run,
        ):
            run.wait()
    finally:
        type(wrong.workers[0]).gives = object


def test_a_sink_that_raises_ends_the_run_and_no_sink_is_finished() -> None:
    def full(packet: Packet) -> None:
        if index_of(packet) == 5:
            raise OSError("disk full")

    good, bad = FakeSink(name="jsonl"), FakeSink(full, name="video")
    with (
        pytest.raises(SinkError, match="video failed: OSError: disk full"),
        Runner(FakeSource(1000), [], [good, bad]) as run,
    ):
        run.wait()
    assert (good.finished, bad.finished, good.closed, bad.closed) == (0, 0, 1, 1)
    assert run.balance().dropped["video failed"] == 1
    assert run.balance().in_flight == 0


def test_a_source_that_raises_ends_the_run_with_its_own_error() -> None:
    def break_off(index: int) -> None:
        if index == 4:
            raise SourceError("gone")

    with pytest.raises(SourceError, match="gone"), Runner(FakeSource(10, break_off), [], [FakeSink()]) as run:
        run.wait()
    assert run.balance().in_flight == 0


def test_leaving_the_block_early_joins_every_thread_and_accounts_for_what_was_under_way() -> None:
    arrived = threading.Event()
    sink = FakeSink(lambda _: arrived.set())
    with Runner(FakeSource(1_000_000), [plan("a", index_of, workers=2)], [sink]) as run:
        assert arrived.wait(5)
    balance = run.balance()
    assert balance.read == balance.written + balance.dropped.get("left early", 0)
    assert 0 < balance.read < 1_000_000
    assert (sink.finished, sink.closed) == (0, 1)


def test_an_exception_of_the_caller_is_not_hidden_by_the_end_of_the_run() -> None:
    with pytest.raises(KeyError, match="mine"), Runner(FakeSource(1_000_000), [], [FakeSink()]):
        raise KeyError("mine")


def test_stop_reads_no_further_and_makes_what_was_read_whole() -> None:
    arrived = threading.Event()
    sink = FakeSink(lambda _: arrived.set())
    with Runner(FakeSource(1_000_000), [plan("a", index_of, workers=2)], [sink]) as run:
        assert arrived.wait(5)
        run.stop()
        assert run.wait()
    balance = run.balance()
    assert balance.read == balance.written == len(sink.packets)
    assert sink.indices == list(range(balance.read))
    assert sink.finished == 1


def test_a_slow_sink_holds_a_recording_back_and_loses_nothing() -> None:
    most_in_flight = 0

    def look(_: Packet) -> None:
        nonlocal most_in_flight
        most_in_flight = max(most_in_flight, run.balance().in_flight)
        time.sleep(0.002)  # stands for work

    run = Runner(FakeSource(60), [plan("a", index_of), plan("b", index_of)], [FakeSink(look)], capacity=2)
    with run:
        run.wait()
    assert run.balance().written == 60
    assert most_in_flight <= 3 * 2 + 4  # three channels of two, and one in each hand


def test_a_live_source_drops_the_oldest_and_says_where() -> None:
    seen = threading.Event()

    def wait_for_the_end(index: int) -> None:
        if index == 50:
            seen.set()

    def slow(packet: Packet) -> int:
        seen.wait(5)
        return 1

    sink = FakeSink()
    with Runner(FakeSource(60, wait_for_the_end, live=True), [plan("slow", slow)], [sink]) as run:
        run.wait()
    balance = run.balance()
    assert balance.dropped["to slow"] >= 40
    assert balance.in_flight == 0
    assert sink.indices[-1] == 59, "the newest frame is the one that is kept"
    assert sink.indices == sorted(sink.indices)


def test_a_run_with_no_frames_ends_well() -> None:
    sink = FakeSink()
    with Runner(FakeSource(0), [plan("a", index_of, workers=2)], [sink]) as run:
        assert run.wait()
    assert (sink.packets, sink.finished) == ([], 1)


def test_wait_with_a_time_limit_says_that_the_run_goes_on() -> None:
    gate = threading.Event()

    def hold(_: int) -> None:
        gate.wait(5)

    with Runner(FakeSource(1, hold), [], [FakeSink()]) as run:
        assert not run.wait(0.01)
        gate.set()
        assert run.wait(5)


def test_failures_with_a_success_between_never_end_a_run_under_skip() -> None:
    def fail_but_for_every_twentieth(packet: Packet) -> int:
        if index_of(packet) % 20:
            raise ValueError("often")
        return 1

    with Runner(FakeSource(100), [plan("x", fail_but_for_every_twentieth, on_error="skip")], [FakeSink()]) as run:
        run.wait()
    assert run.balance().failed == {"x": 95}


def test_a_stage_that_has_nothing_to_add_lets_the_packet_flow_on() -> None:
    nothing, sink = plan("x", lambda _: None), FakeSink()
    type(nothing.workers[0]).gives = int
    try:
        with Runner(FakeSource(3), [nothing], [sink]) as run:
            run.wait()
    finally:
        type(nothing.workers[0]).gives = object
    assert [dict(packet.results) for packet in sink.packets] == [{}, {}, {}]


def test_several_workers_hold_few_packets_in_hand() -> None:
    most_in_flight = 0

    def look(_: Packet) -> None:
        nonlocal most_in_flight
        most_in_flight = max(most_in_flight, run.balance().in_flight)
        time.sleep(0.001)  # stands for work

    run = Runner(FakeSource(100), [plan("a", index_of, workers=3)], [FakeSink(look)], capacity=1)
    with run:
        run.wait()
    assert most_in_flight <= 2 + 3 + 4  # two channels of one, the order channel of three, and one in each hand


def test_a_live_run_holds_one_packet_a_channel_whatever_is_asked_for() -> None:
    held = threading.Event()

    def hold(_: Packet) -> None:
        held.wait(5)

    def let_go_at_the_end(index: int) -> None:
        if index == 39:
            held.set()

    sink = FakeSink(hold)
    with Runner(FakeSource(40, let_go_at_the_end, live=True), [], [sink], capacity=20) as run:
        run.wait()
    assert len(sink.packets) <= 3


def test_what_workers_finish_together_is_not_thrown_away_on_a_live_source() -> None:
    together = threading.Barrier(2)
    taken, finished, out = threading.Semaphore(0), threading.Semaphore(0), threading.Semaphore(0)

    def look(packet: Packet) -> int:
        taken.release()
        together.wait(10)  # both workers are done at the same moment
        finished.release()
        return packet.frame.index

    def next_frame(index: int) -> None:
        assert not index or taken.acquire(timeout=10)
        if index and index % 2 == 0:
            for _ in range(2):
                assert out.acquire(timeout=10)

    def late(packet: Packet) -> int:
        if packet.frame.index % 2 == 0:  # the next packet arrives while this one is looked at
            for _ in range(2):
                assert finished.acquire(timeout=10)
        return 0

    sink = FakeSink(lambda _: out.release())
    source = FakeSource(20, next_frame, live=True)
    with Runner(source, [plan("pair", look, workers=2), plan("next", late)], [sink]) as run:
        assert run.wait(30)
    assert sink.indices == list(range(20))


def test_the_first_error_is_the_one_that_comes_out() -> None:
    class Clumsy(FakeSink):
        def close(self) -> None:
            super().close()
            raise SinkError("and the sink does not close")

    def fail(packet: Packet) -> int:
        raise ValueError("the first")

    sink = Clumsy()
    with pytest.raises(StageError, match="the first"), Runner(FakeSource(5), [plan("x", fail)], [sink]) as run:
        run.wait()
    assert sink.closed == 1


def test_an_exception_of_the_caller_wins_over_that_of_the_run() -> None:
    def fail(packet: Packet) -> int:
        raise ValueError("the stage's")

    with pytest.raises(KeyError, match="mine"), Runner(FakeSource(5), [plan("x", fail)], [FakeSink()]) as run:
        run.wait()
        raise KeyError("mine")


def test_a_source_lets_go_in_the_thread_that_read_it() -> None:
    let_go_in: list[str] = []

    class Reader(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            try:
                yield from super().__iter__()
            finally:
                let_go_in.append(threading.current_thread().name)

    arrived = threading.Event()
    with Runner(Reader(1_000_000), [], [FakeSink(lambda _: arrived.set())]):
        assert arrived.wait(5)
    assert let_go_in == ["sluice-source"]
