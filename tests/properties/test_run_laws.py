"""The books balance whatever goes wrong: stages, sinks and sources that raise, callers that leave early."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeSink, FakeSource, FakeStage, plan
from pipeline.errors import PipelineError, SourceError
from pipeline.runner import Runner
from pipeline.types import Packet


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, and where."""

    frames: int
    workers: tuple[int, ...]
    stage_fails_at: tuple[tuple[int, ...], ...]
    on_error: str
    sinks: int
    sink_fails_at: int | None
    source_fails_at: int | None
    leaves_after: int | None
    live: bool


numbers = st.integers(0, 60)
troubles = st.builds(
    Trouble,
    frames=numbers,
    workers=st.lists(st.integers(1, 3), max_size=3).map(tuple),
    stage_fails_at=st.tuples(*[st.lists(numbers, max_size=4).map(tuple)] * 3),
    on_error=st.sampled_from(["stop", "skip"]),
    sinks=st.integers(1, 3),
    sink_fails_at=st.none() | numbers,
    source_fails_at=st.none() | numbers,
    leaves_after=st.none() | numbers,
    live=st.booleans(),
)


def failing(at: tuple[int, ...]) -> Callable[[Packet], int]:
    def process(packet: Packet) -> int:
        if packet.frame.index in at:
            raise ValueError("trouble")
        return packet.frame.index

    return process


@settings(max_examples=150, deadline=None)
@given(troubles)
def test_read_is_written_plus_dropped_plus_failed(trouble: Trouble) -> None:
    def before(index: int) -> None:
        if index == trouble.source_fails_at:
            raise SourceError("the camera is gone")

    def on_write(packet: Packet) -> None:
        if packet.frame.index == trouble.sink_fails_at:
            raise OSError("disk full")

    source = FakeSource(trouble.frames, before, live=trouble.live)
    sinks = [FakeSink(on_write if n == 0 else lambda _: None, f"sink{n}") for n in range(trouble.sinks)]
    plans = [
        plan(f"stage{n}", failing(trouble.stage_fails_at[n]), workers=workers, on_error=trouble.on_error)
        for n, workers in enumerate(trouble.workers)
    ]
    run = Runner(source, plans, sinks)
    raised = False
    try:
        with run:
            if trouble.leaves_after is None:
                run.wait()
            else:
                while run.balance().read < min(trouble.leaves_after, trouble.frames) and not run.wait(0.001):
                    pass
    except PipelineError:
        raised = True

    balance = run.balance()
    assert balance.in_flight == 0, balance
    assert balance.read == balance.written + sum(balance.dropped.values()) + sum(balance.failed.values())
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("sluice-")] == []
    assert source.closed == 1
    assert [sink.closed for sink in sinks] == [1] * trouble.sinks
    for made in plans:
        assert [stage.closed for stage in made.workers if isinstance(stage, FakeStage)] == [1] * len(made.workers)
    for sink in sinks:
        assert sink.indices == sorted(set(sink.indices)), "in order, each once"
        assert len(sink.packets) >= balance.written
        assert sink.finished == 0 or not raised, "nothing is made whole after an error"
    if not raised and trouble.leaves_after is None and not trouble.live:
        assert balance.written + sum(balance.failed.values()) == trouble.frames
        assert [sink.finished for sink in sinks] == [1] * trouble.sinks
