"""`every: auto` in a recording: look at a frame here and there, and closer where two looks do not agree.

Frames are held until the next look, some frames on. Where the looks at both ends agree, what lies between is told from
them; where they do not, the frame in the middle is looked at too, and so on, down to each frame. So the stage is
asked where something happens, and every packet goes on with a result. What is asked depends on the pictures alone,
never on the clock or the number of workers: a recording yields the same each time.
"""

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pipeline.channel import Channel, Closed
from pipeline.stage import Stage
from pipeline.station import Station
from pipeline.types import Packet

Outcome = Packet | Exception


@runtime_checkable
class Between(Protocol):
    """A stage that can tell what lies between two of its results. It must not remember earlier frames."""

    def between(self, first: object, last: object) -> Callable[[float], object] | None:
        """From a share of the time between the two, 0 to 1, to a result; None where they do not agree.

        It is called from another thread than `process`.
        """
        ...


def may_look_between(station: Station) -> bool:
    """Whether the stage of this station may be asked so."""
    stage = station.plan.workers[0]
    return station.plan.config.every == "auto" and not stage.in_order and isinstance(stage, Between)


@dataclass(frozen=True)
class Window:
    """Packets after a look, up to and with the next."""

    packets: Sequence[Packet]
    look: "Future[Outcome]"
    """What was found on the last of them."""
    joined: bool
    """Whether the look before lies at its other end; else the window is one packet."""


class Looks:
    """One such stage. `submit` and `emit` are the bodies of its two threads, `close` comes after both.

    Args:
        station: The stage at its place.
        judge: Counts a failure and says what to pass on, in order.
        lost: Accounts for one packet that ends here because the run does.
    """

    def __init__(
        self, station: Station, judge: Callable[[Packet, Outcome], Packet | None], lost: Callable[[], None]
    ) -> None:
        workers = station.plan.workers
        self.order: Channel[Window] = Channel(f"in {station.name}", len(workers))
        self._station, self._judge, self._lost = station, judge, lost
        self._pool = ThreadPoolExecutor(len(workers), f"sluice-{station.name}")
        self._idle: queue.SimpleQueue[Stage] = queue.SimpleQueue()
        for stage in workers:
            self._idle.put(stage)

    def submit(self, arriving: Channel[Packet]) -> None:
        """Cut what arrives into windows, and have their last frames looked at."""
        held: list[Packet] = []
        joined = False
        try:
            for packet in arriving:
                if not self._station.is_asked(packet):
                    self._send(held, joined)
                    held.append(packet)
                    self._send(held, joined=False, ask=False)
                    joined = False
                    continue
                held.append(packet)
                if not joined or len(held) >= self._station.plan.config.apart:
                    self._send(held, joined)
                    joined = True
            self._send(held, joined)
        except Closed:
            self.lose(held)
            raise

    def emit(self, put: Callable[[Packet], None]) -> None:
        """Find out what lies inside each window, and pass its packets on."""
        before: tuple[Packet, Outcome] | None = None
        for window in self.order:
            left = list(window.packets)
            try:
                outcomes = self._outcomes(before if window.joined else None, window)
                before = left[-1], outcomes[-1]
                for outcome in outcomes:
                    passed = self._judge(left.pop(0), outcome)
                    if passed is not None:
                        put(passed)
            except BaseException:
                self.lose(left)
                raise

    def lose(self, packets: Sequence[Packet]) -> None:
        """Account for packets that end here because the run does."""
        for _ in packets:
            self._lost()

    def close(self) -> None:
        """End the workers' threads."""
        self._pool.shutdown()

    def _send(self, held: list[Packet], joined: bool, *, ask: bool = True) -> None:
        """Put what is held into the channel as a window, and hold nothing."""
        if held:
            look: Future[Outcome] = Future()
            if not ask:
                look.set_result(held[-1])
            window = Window(tuple(held), look, joined)
            self.order.put(window)  # before the work begins: its capacity bounds what is in hand
            held.clear()
            if ask:
                self._ask(window.packets[-1], look)

    def _outcomes(self, before: tuple[Packet, Outcome] | None, window: Window) -> list[Outcome]:
        """What becomes of each packet of a window."""
        packets = [*([before[0]] if before else []), *window.packets]
        found: dict[int, Outcome] = {len(packets) - 1: window.look.result()}
        if before is not None:
            found[0] = before[1]
        spans = [(0, len(packets) - 1)]
        while spans:
            looks: dict[int, Future[Outcome]] = {}
            halves: list[tuple[int, int]] = []
            for a, b in spans:
                if b - a < 2 or self._fill(packets, found, a, b):
                    continue
                middle = (a + b) // 2
                looks[middle] = self._ask(packets[middle], Future())
                halves += [(a, middle), (middle, b)]
            found |= {place: look.result() for place, look in looks.items()}
            spans = halves
        return [found[place] for place in range(1 if before else 0, len(packets))]

    def _fill(self, packets: Sequence[Packet], found: dict[int, Outcome], a: int, b: int) -> bool:
        """Tell what lies between two looks from these, where they agree."""
        name, stage = self._station.name, self._station.plan.workers[0]
        first, last = (found[place] for place in (a, b))
        if not (isinstance(first, Packet) and isinstance(last, Packet) and isinstance(stage, Between)):
            return False
        if name not in first.results or name not in last.results:
            return False
        at = stage.between(first.results[name], last.results[name])
        if at is None:
            return False
        began_s, ended_s = packets[a].frame.media_s, packets[b].frame.media_s
        for place in range(a + 1, b):
            share = (place - a) / (b - a)
            if ended_s > began_s:
                share = min(1.0, max(0.0, (packets[place].frame.media_s - began_s) / (ended_s - began_s)))
            found[place] = packets[place].plus(name, at(share))
        return True

    def _ask(self, packet: Packet, future: "Future[Outcome]") -> "Future[Outcome]":
        def work() -> None:
            stage = self._idle.get()
            try:
                future.set_result(self._station.attempt(stage, packet))
            except BaseException as error:  # noqa: BLE001 - not even an exit may leave the emitter waiting
                future.set_exception(error)
            finally:
                self._idle.put(stage)

        try:
            self._pool.submit(work)
        except RuntimeError as error:  # the other thread has ended, and so has the run
            raise Closed from error
        return future
