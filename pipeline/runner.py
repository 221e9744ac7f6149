"""Runs a source, stages and sinks in threads joined by channels, and brings every run to one of three ends.

A run ends when the source runs dry and everything drains; when the caller leaves the `with` block; or when something
raises: then every channel is aborted, and that first error comes out of the `with`. In each case every thread is
joined, every stage, sink and source is closed once, and the ledger balances.

    source ─▶ channel ─▶ stage ─▶ channel ─▶ ... ─▶ channel ─▶ sink
                                               └──▶ channel ─▶ sink

Threads: one for the source, one for each stage, one for each sink. A stage with n workers has two threads that keep
the order, one that submits and one that emits, and a pool of n between them; a channel of futures carries the order,
so there are no indices to compare and nothing waits for a later frame.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import accumulate
from types import TracebackType
from typing import Any

from pipeline.aside import Aside
from pipeline.between import Looks, may_look_between
from pipeline.budget import Budget
from pipeline.channel import Channel, Closed
from pipeline.errors import PipelineError, SinkError
from pipeline.latency import Latency, Summary
from pipeline.ledger import Balance, Delivery, Ledger
from pipeline.stage import Sink, Source, Stage
from pipeline.station import StagePlan, Station
from pipeline.stats import Timing
from pipeline.types import Packet

logger = logging.getLogger(__name__)

Put = Callable[[Packet], None]
Ordered = tuple[Packet, "Future[Packet | Exception]"]


class Runner:
    """One run of a pipeline; enter it to start, leave it to end.

    On a live source a stage may stand aside: packets go past it with the newest thing it found, and a thread of its own
    gives it the newest packet whenever it is free.

    Args:
        source: Where frames come from. One whose `info.live` is set drops the oldest at every channel; a file waits.
        plans: The stages in order, wired and built.
        sinks: Where packets go; each gets every packet, in order.
        capacity: Packets a channel holds; on a live source 1 whatever is given, or as many as an earlier stage has
            workers. More costs latency and memory and gains no rate (32 in place of 2: the same frames per second,
            687 ms in place of 74).
        budget_ms: On a live source, how old a picture may get on its way; stages that take longer step aside. 0: none.
    """

    def __init__(
        self,
        source: Source,
        plans: Sequence[StagePlan],
        sinks: Sequence[Sink],
        capacity: int = 2,
        budget_ms: float = 0.0,
    ) -> None:
        if not sinks:
            raise ValueError("expected at least one sink, received none: nothing would take the packets")
        self.stations = [Station(plan) for plan in plans]
        self._source = source
        self._sinks = list(sinks)
        self._live = source.info.live
        self._capacity = 1 if self._live else capacity
        self._ledger = Ledger()
        self._latency = Latency()
        self._threads: list[threading.Thread] = []
        self._channels: list[tuple[Channel[Any], Callable[[Any], None]]] = []
        """Every channel, with how to account for an item that is left in it."""
        self._stop = threading.Event()
        self._dry = threading.Event()
        """Nothing more is read."""
        self._asides: list[Aside] = []
        self._budget_ms = budget_ms if self._live else 0.0
        self.budget: Budget | None = None
        """What holds the latency, where there is a budget; set once the run has begun."""
        self._lock = threading.Lock()
        self._over: str | None = None
        """Why nothing goes on any more, for the ledger; None while the run is in order."""
        self._error: BaseException | None = None
        self._finished = False
        self._cpu_s: dict[str, float] = {}
        """What each thread that has ended took."""

    # --- what a caller sees -------------------------------------------------------------------------------------------

    def __enter__(self) -> "Runner":
        # Workers finish in bursts: what a network has looked at is not thrown away because the next one has as well.
        workers = [1, *(len(station.plan.workers) if self._live else 1 for station in self.stations)]
        bursts = list(accumulate(workers, max))
        flow = [
            self._packets(f"to {station.name}", burst) for station, burst in zip(self.stations, bursts, strict=False)
        ]
        deliveries = [self._deliveries(f"to {sink.name}", bursts[-1]) for sink in self._sinks]

        def deliver(packet: Packet) -> None:
            self._deliver(packet, deliveries)

        def close_deliveries() -> None:
            for channel in deliveries:
                channel.close()

        puts: list[Put] = [*(self._putter(channel) for channel in flow), deliver]
        ends: list[Callable[[], None]] = [*(channel.close for channel in flow), close_deliveries]

        def dried() -> None:
            self._dry.set()
            ends[0]()

        self._thread("source", self._read, puts[0], then=dried)
        for station, channel, put, end in zip(self.stations, flow, puts[1:], ends[1:], strict=True):
            self._start_station(station, channel, put, end)
        if self._budget_ms:
            may_step = [aside for aside in self._asides if aside.in_line]
            self.budget = Budget(self._budget_ms, may_step, self._latency, time.monotonic)
            self._thread("budget", self.budget.keep, self._dry)
        for sink, arriving in zip(self._sinks, deliveries, strict=True):
            self._thread(sink.name, self._store, sink, arriving)
        for thread in self._threads:
            thread.start()
        return self

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until everything has drained and the sinks have made their outputs whole.

        Returns:
            Whether the run is over; False where the time ran out first. An error comes out of the `with` block.
        """
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in reversed(self._threads):  # the sinks end last: mostly the first join is the only one that waits
            thread.join(None if until_s is None else max(0.0, until_s - time.monotonic()))
            if thread.is_alive():
                return False
        if self._error is None and self._over is None and not self._finished:
            self._finished = True
            self._guarded(self._finish_sinks)
        return True

    def stop(self) -> None:
        """Read no further frame; what was read goes on to the sinks and is made whole. For Ctrl-C, and for a limit."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    @property
    def asides(self) -> Sequence[Aside]:
        """The stages beside the flow, or that may step there."""
        return self._asides

    def balance(self) -> Balance:
        """The ledger, now."""
        return self._ledger.balance()

    def timings(self) -> dict[str, Timing]:
        """What each stage's calls cost so far."""
        return {station.name: station.timing() for station in self.stations}

    def latency(self) -> Summary:
        """How long frames took from the source to the last sink."""
        return self._latency.summary()

    def fills(self) -> dict[str, int]:
        """How many packets each channel holds now."""
        return {channel.name: len(channel) for channel, _ in self._channels}

    def waits(self) -> dict[str, tuple[float, float]]:
        """For each channel, the seconds its producer waited for room and its consumer for items."""
        return {channel.name: (channel.put_wait_s, channel.get_wait_s) for channel, _ in self._channels}

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds of each thread that has ended: the source's, each stage's, each sink's. A pool of workers is not
        among them, its calls are in `timings`."""
        return dict(self._cpu_s)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end("left early")
        for thread in self._threads:
            thread.join()
        closes: list[Callable[[], None]] = [station.close for station in self.stations]
        closes += [sink.close for sink in self._sinks]
        for close in (*closes, self._source.close):
            self._guarded(close)
        left = self.balance().in_flight
        if error is None and self._error is not None:
            raise self._error
        assert left == 0, f"{left} frames are unaccounted for: {self.balance()}"

    # --- the parts, each the body of a thread -------------------------------------------------------------------------

    def _read(self, put: Put) -> None:
        for frame in self._source:
            if self._stop.is_set():
                return
            self._ledger.read()
            put(Packet(frame))

    def _work(self, station: Station, arriving: Channel[Packet], put: Put) -> None:
        stage = station.plan.workers[0]
        for packet in arriving:
            passed = self._ask(station, stage, packet)
            if passed is not None:
                put(passed)

    def _submit(self, station: Station, arriving: Channel[Packet], order: Channel[Ordered]) -> None:
        idle: queue.SimpleQueue[Stage] = queue.SimpleQueue()
        for stage in station.plan.workers:
            idle.put(stage)

        def work(packet: Packet, future: "Future[Packet | Exception]") -> None:
            stage = idle.get()
            try:
                future.set_result(station.attempt(stage, packet))
            except BaseException as error:  # noqa: BLE001 - not even an exit may leave the emitter waiting
                future.set_exception(error)
            finally:
                idle.put(stage)

        with ThreadPoolExecutor(len(station.plan.workers), f"sluice-{station.name}") as pool:
            for packet in arriving:
                future: Future[Packet | Exception] = Future()
                if not station.is_asked(packet):
                    future.set_result(packet)
                try:
                    order.put((packet, future))  # before the work begins: its capacity bounds what is in hand
                except Closed:
                    self._ledger.dropped(self._reason())
                    raise
                if not future.done():
                    pool.submit(work, packet, future)

    def _emit(self, station: Station, order: Channel[Ordered], put: Put) -> None:
        for packet, future in order:
            passed = self._judged(station, packet, future.result())
            if passed is not None:
                put(passed)

    def _store(self, sink: Sink, arriving: Channel[Delivery]) -> None:
        for delivery in arriving:
            try:
                sink.write(delivery.packet)
            except BaseException as error:
                self._ledger.settle(delivery, f"{sink.name} failed")
                if isinstance(error, PipelineError) or not isinstance(error, Exception):
                    raise
                raise SinkError(f"{sink.name} failed: {type(error).__name__}: {error}") from error
            if self._ledger.settle(delivery):
                self._latency.add(time.monotonic() - delivery.packet.frame.captured_s)

    def _finish_sinks(self) -> None:
        for sink in self._sinks:
            sink.finish()

    # --- accounting ---------------------------------------------------------------------------------------------------

    def _ask(self, station: Station, stage: Stage, packet: Packet) -> Packet | None:
        """The packet with what the stage says, or as it is where the stage is not asked; None: the frame is lost."""
        if not station.is_asked(packet):
            return packet
        return self._judged(station, packet, station.attempt(stage, packet))

    def _judged(self, station: Station, packet: Packet, outcome: Packet | Exception) -> Packet | None:
        passed: Packet | None = None
        try:
            passed = station.judge(packet, outcome)
        finally:
            if passed is None:  # a frame that goes on without what a disabled stage would have said is not lost
                self._ledger.failed(station.name)
        return passed

    def _putter(self, channel: Channel[Packet]) -> Put:
        def put(packet: Packet) -> None:
            try:
                channel.put(packet)
            except Closed:
                self._ledger.dropped(self._reason())
                raise

        return put

    def _deliver(self, packet: Packet, channels: Sequence[Channel[Delivery]]) -> None:
        delivery = Delivery(packet, len(channels))
        for place, channel in enumerate(channels):
            try:
                channel.put(delivery)
            except Closed:
                for _ in channels[place:]:
                    self._ledger.settle(delivery, self._reason())
                raise

    def _reason(self) -> str:
        return self._over or "aborted"

    # --- channels, threads and the end --------------------------------------------------------------------------------

    def _packets(self, name: str, burst: int) -> Channel[Packet]:
        def drop(_: Packet) -> None:
            self._ledger.dropped(name)

        channel: Channel[Packet] = Channel(name, max(self._capacity, burst), drop if self._live else None)
        self._channels.append((channel, lambda _: self._ledger.dropped(self._reason())))
        return channel

    def _deliveries(self, name: str, burst: int) -> Channel[Delivery]:
        def drop(delivery: Delivery) -> None:
            self._ledger.settle(delivery, name)

        channel: Channel[Delivery] = Channel(name, max(self._capacity, burst), drop if self._live else None)

        def left(delivery: Delivery) -> None:
            self._ledger.settle(delivery, self._reason())

        self._channels.append((channel, left))
        return channel

    def _start_station(self, station: Station, arriving: Channel[Packet], put: Put, end: Callable[[], None]) -> None:
        if self._live and (station.may_stand_aside or (self._budget_ms and station.may_step_aside)):
            aside = Aside(station, in_line=not station.may_stand_aside)
            self._asides.append(aside)
            self._channels.append((aside.newest, lambda _: None))  # a packet in it is on its way elsewhere too

            def end_both() -> None:
                aside.end()
                end()

            self._thread(station.name, aside.look)
            stage = station.plan.workers[0]

            def ask(packet: Packet) -> Packet | None:
                return self._ask(station, stage, packet)

            self._thread(f"{station.name}-past", aside.pass_on, arriving, put, ask, then=end_both)
            return
        if not self._live and may_look_between(station):
            looks = Looks(station, partial(self._judged, station), lambda: self._ledger.dropped(self._reason()))
            self._channels.append((looks.order, lambda window: looks.lose(window.packets)))

            def end_looks() -> None:
                looks.close()
                end()

            self._thread(f"{station.name}-submit", looks.submit, arriving, then=looks.order.close)
            self._thread(f"{station.name}-emit", looks.emit, put, then=end_looks)
            return
        if len(station.plan.workers) == 1:
            self._thread(station.name, self._work, station, arriving, put, then=end)
            return
        order: Channel[Ordered] = Channel(f"in {station.name}", len(station.plan.workers))
        self._channels.append((order, lambda _: self._ledger.dropped(self._reason())))
        self._thread(f"{station.name}-submit", self._submit, station, arriving, order, then=order.close)
        self._thread(f"{station.name}-emit", self._emit, station, order, put, then=end)

    def _thread(
        self, name: str, body: Callable[..., None], *args: object, then: Callable[[], None] | None = None
    ) -> None:
        def run() -> None:
            self._guarded(body, *args)
            self._cpu_s[name] = time.thread_time()
            if then is not None:
                then()

        self._threads.append(threading.Thread(target=run, name=f"sluice-{name}"))

    def _guarded(self, body: Callable[..., None], *args: object) -> None:
        """Run one part; what it raises ends the run, and the first such error is kept."""
        try:
            with suppress(Closed):
                body(*args)
        except BaseException as error:  # a thread's edge, and an end of the run in the caller's thread
            with self._lock:
                self._error = self._error or error
            self._end("aborted")
            if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
                raise

    def _end(self, why: str) -> None:
        """Abort every channel that still holds something, and account for it."""
        with self._lock:
            if self._over is None and (self._error is not None or any(thread.is_alive() for thread in self._threads)):
                self._over = why
        self._stop.set()
        self._dry.set()
        for aside in self._asides:
            aside.abort()
        for channel, account in self._channels:
            for item in channel.abort():
                account(item)
