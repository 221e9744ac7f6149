"""Ten lines of text before a camera: the picture waits for nobody who reads. Real Tesseract, counted frames."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from reading import page

from fakes import INFO, FakeSink
from pipeline.build import build
from pipeline.config import Settings, check_settings
from pipeline.config_file import Document
from pipeline.results.texts import Texts
from pipeline.runner import Runner
from pipeline.types import Damage, Frame, Packet
from stages import CATALOGUE

pytest.importorskip("tesserocr")
LINES = tuple(f"Gate {number} to London" for number in range(1, 11))
SIZE = (1280, 720)
PICTURE = page(*((line, (40, 20 + 68 * row)) for row, line in enumerate(LINES)), size=SIZE)
REGIONS = {f"line {row}": [20, 10 + 68 * row, 700, 70 + 68 * row] for row in range(len(LINES))}


class Camera:
    """Shows the same picture over and over, each as soon as the one before came out: a live one until `told` is set."""

    def __init__(self, frames: int, came_out: threading.Semaphore, *, live: bool) -> None:
        self.info = replace(INFO, width=SIZE[0], height=SIZE[1], live=live)
        self.damage = Damage()
        self.told = threading.Event()
        self._frames, self._came_out = frames, came_out

    def __iter__(self) -> Iterator[Frame]:
        index, began_s = 0, time.monotonic()
        while index < self._frames or (self.info.live and not self.told.is_set()):
            if index:
                assert self._came_out.acquire(timeout=10), f"frame {index - 1} did not come out"
            assert time.monotonic() < began_s + 20, "ten lines were never told"
            media_s = time.monotonic() - began_s if self.info.live else index / 25
            yield Frame(PICTURE, index, media_s, time.monotonic(), "camera", 1 / 25)
            index += 1

    def close(self) -> None:
        """Nothing is open."""


def reading(**settings: object) -> Settings:
    """Settings of a pipeline that reads ten places."""
    read = {"reader": "tesserocr", "regions": REGIONS, "again_s": 0.0, **settings}
    return check_settings(Document("text.yaml", {"stages": {"read": read}}), CATALOGUE)


def run(settings: Settings, frames: int, *, live: bool) -> tuple[list[Packet], Runner]:
    """Show so many frames, each as soon as the one before came out."""
    out = threading.Semaphore(0)
    camera = Camera(frames, out, live=live)

    def wrote(packet: Packet) -> None:
        texts = packet.find("read", Texts)
        if texts is not None and len(texts) == len(LINES):
            camera.told.set()
        out.release()

    sink, before = FakeSink(wrote), threading.active_count()
    runner = Runner(camera, build(settings), [sink])
    with runner:
        assert runner.wait(50)
    assert threading.active_count() <= before
    return sink.packets, runner


def test_a_live_720p_source_with_ten_lines_in_view_loses_no_frame_and_waits_for_none() -> None:
    packets, runner = run(reading(), 20, live=True)
    balance = runner.balance()
    frames = len(packets)
    assert (balance.read, balance.written, balance.dropped, balance.failed) == (frames, frames, {}, {})
    asked = runner.timings()["read"].calls
    assert 2 <= asked < frames / 2  # settled by two looks; the frames between went past
    lag = [packet.frame.index - packet.moment("read").index for packet in packets if packet.find("read", Texts)]
    assert max(lag) > 1  # frames came out while it read
    last = packets[-1].result("read", Texts)
    assert sorted(last.text) == sorted(LINES)


def test_in_a_recording_every_frame_has_its_own_texts_the_same_on_any_machine() -> None:
    first, _ = run(reading(aside=True), 3, live=False)
    again, _ = run(reading(every=1), 3, live=False)
    rows = [packet.result("read", Texts).rows() for packet in first]
    assert rows == [packet.result("read", Texts).rows() for packet in again]
    assert [len(texts) for texts in rows] == [0, 10, 10]
    assert not any(packet.found_on for packet in first)
