"""Things that stand in for real ones where a story needs to control them; each takes a function."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from pipeline.stage import Stage, StageConfig
from pipeline.station import StagePlan
from pipeline.types import Damage, Frame, Packet, SourceInfo


def picture(value: int = 0, size: tuple[int, int] = (32, 24)) -> np.ndarray:
    """A plain `(H, W, 3) uint8` picture of one grey level."""
    return np.full((size[1], size[0], 3), value % 256, np.uint8)


def frame(index: int = 0, *, fps: float = 25.0, size: tuple[int, int] = (32, 24), source: str = "fake") -> Frame:
    """A frame whose grey level is its index."""
    return Frame(picture(index, size), index, index / fps, time.monotonic(), source, 1 / fps)


INFO = SourceInfo("fake", 32, 24, 25.0, Fraction(1, 12800), frames_hint=None)


class FakeSource:
    """Yields `count` frames; `before(index)` runs before each, and may wait or raise."""

    def __init__(self, count: int, before: Callable[[int], None] = lambda _: None, *, live: bool = False) -> None:
        self.info = replace(INFO, live=live)
        self.damage = Damage()
        self.closed = 0
        self._count, self._before = count, before

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._count):
            self._before(index)
            yield frame(index)

    def close(self) -> None:
        self.closed += 1


class FakeStage:
    """Returns what `process(packet)` returns."""

    Config: ClassVar[type[StageConfig]] = StageConfig
    gives: ClassVar[type] = object
    in_order: ClassVar[bool] = False

    def __init__(self, process: Callable[[Packet], object]) -> None:
        self._process = process
        self.closed = 0

    def process(self, packet: Packet) -> object:
        return self._process(packet)

    def close(self) -> None:
        self.closed += 1


class FakeSink:
    """Keeps what it is given; `on_write(packet)` runs first, and may wait or raise."""

    def __init__(self, on_write: Callable[[Packet], None] = lambda _: None, name: str = "fake") -> None:
        self.name = name
        self.packets: list[Packet] = []
        self.finished = self.closed = 0
        self._on_write = on_write

    def write(self, packet: Packet) -> None:
        self._on_write(packet)
        self.packets.append(packet)

    def finish(self) -> None:
        self.finished += 1

    def close(self) -> None:
        self.closed += 1

    @property
    def indices(self) -> list[int]:
        return [packet.frame.index for packet in self.packets]


def plan(name: str, process: Callable[[Packet], object], *, workers: int = 1, **settings: object) -> StagePlan:
    """A fake stage with so many workers, ready for the runner."""
    config = StageConfig.model_validate({"workers": workers, **settings})
    stages: tuple[Stage, ...] = tuple(FakeStage(process) for _ in range(workers))
    return StagePlan(name, config, stages)
