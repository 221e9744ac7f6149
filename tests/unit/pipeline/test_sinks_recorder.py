"""What the recorder does when the disk fails now and then, and what it remembers of the seconds before."""

import gc
import logging
import shutil
from fractions import Fraction
from pathlib import Path

import av
import pytest
from disks import largest_file

from fakes import picture
from pipeline.sinks import lookback
from pipeline.sinks.encoder import VideoConfig
from pipeline.sinks.live_encoder import Coded, LiveEncoder
from pipeline.sinks.lookback import Lookback
from pipeline.sinks.recorder import Recorder
from pipeline.sinks.segment_file import SegmentFile, whole_bytes
from pipeline.sinks.shelf import Shelf
from pipeline.types import Frame, SourceInfo
from recordings import noise

INFO = SourceInfo("gate", 0, 0, 0.0, Fraction(1, 1000), live=True)


def coded(seconds: float, fps: int = 10, keyframe_s: float = 1.0) -> list[Coded]:
    encoder = LiveEncoder(INFO, VideoConfig(), keyframe_s)
    found = []
    for number in range(round(seconds * fps)):
        at_s = number / fps
        found += encoder.encode(Frame(picture(number), number, at_s, at_s, "gate"))
    return found + encoder.flush()


CODED = coded(12)


class Desk:
    """A recorder with a clock that follows the frames."""

    def __init__(self, folder: Path, around_s: tuple[float, float] | None = None, free: int = 0) -> None:
        self.now_s = 0.0
        shelf = Shelf(folder, None, None, free, lambda: 1783156502.0 + self.now_s, lambda: self.now_s)
        self.recorder = Recorder(shelf, "gate", 60.0, 1.0, around_s, None, lambda: 0.0, lambda: self.now_s)

    def take(self, many: list[Coded]) -> None:
        for one in many:
            self.now_s = one.captured_s
            self.recorder.take(one)
            self.recorder.upkeep()


def test_a_failing_disk_is_asked_every_two_seconds_and_told_every_five(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(tmp_path / "kept")
    shutil.rmtree(tmp_path / "kept")
    with caplog.at_level(logging.WARNING):
        desk.take(CODED)
    assert 5 <= desk.recorder.failures <= 8
    assert len(caplog.records) == 2
    assert desk.recorder.lost_frames == len(CODED)
    assert "frames not recorded: " in caplog.records[-1].getMessage()


def test_a_file_removed_while_it_grows_is_noticed_and_another_one_begun(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(CODED[:20])
    for growing in tmp_path.glob("*.part.mp4"):
        growing.unlink()
    desk.take(CODED[20:])
    assert desk.recorder.failures == 1
    assert desk.recorder.error is None
    desk.recorder.rest()
    (path,) = tmp_path.glob("*.mp4")
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) >= 30


def test_what_is_left_of_a_segment_on_a_full_disk_is_whole_even_when_there_is_room_again_at_once(
    tmp_path: Path,
) -> None:
    pictures = noise(30, (160, 120))
    encoder = LiveEncoder(INFO, VideoConfig(), 1.0)
    many = [
        one
        for number in range(30)
        for one in encoder.encode(Frame(pictures[number], number, number / 10, number / 10, "gate"))
    ]
    path = tmp_path / "20260101T000000.000Z_gate.mp4"
    file = SegmentFile(path, many[0], 0.0)
    with largest_file(200_000):
        with pytest.raises(OSError, match="File too large") as failure:
            for one in many:
                file.add(one)
        assert file.abandon()
    del file, failure
    gc.collect()
    assert path.stat().st_size == whole_bytes(path) > 0
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) >= 5


def test_switched_off_it_forgets_what_it_saw_and_no_later_clip_shows_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, (5.0, 1.0))
    desk.take(CODED[:60])
    desk.recorder.forget()
    desk.take(CODED[60:80])
    desk.recorder.mark("x", 7.9)
    desk.take(CODED[80:])
    (path,) = tmp_path.glob("*.mp4")
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) == 30  # 6.0 to 8.9 s


def test_a_waiting_recorder_tells_that_its_folder_is_gone_and_that_it_is_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "kept", (5.0, 1.0))
    shutil.rmtree(tmp_path / "kept")
    desk.now_s = 20.0
    desk.recorder.upkeep()
    assert "recording goes on by itself" in str(desk.recorder.error)
    (tmp_path / "kept").mkdir()
    desk.now_s = 40.0
    desk.recorder.upkeep()
    assert desk.recorder.error is None


def test_a_clip_ends_in_its_time_though_no_frame_comes_any_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path, (1.0, 2.0))
    desk.take(CODED[:30])
    desk.recorder.mark("x", 2.9)
    desk.recorder.expire()
    assert [path.name.endswith("_x.part.mp4") for path in tmp_path.iterdir()] == [True]
    desk.now_s = 6.1
    desk.recorder.expire()
    assert [path.name.endswith("_x.mp4") for path in tmp_path.iterdir()] == [True]


def test_the_lookback_holds_at_least_its_seconds_from_a_key_frame_on_and_not_much_more() -> None:
    kept = Lookback(2.5)
    for one in CODED:
        kept.add(one)
    held = kept.since(0.0)
    assert held[0].is_key
    assert 2.5 <= CODED[-1].captured_s - held[0].captured_s <= 3.6
    assert kept.bytes == sum(len(one.data) for one in held)
    assert kept.since(11.05)[0].captured_s == pytest.approx(11.0)
    kept.clear()
    assert (kept.since(0.0), kept.bytes) == ([], 0)


def test_what_no_key_frame_stands_before_is_of_no_use() -> None:
    kept = Lookback(5)
    for one in CODED[3:25]:
        kept.add(one)
    assert kept.since(0.0)[0] is CODED[10]


def test_the_lookback_has_a_limit_in_bytes_whatever_its_seconds() -> None:
    kept = Lookback(1000, most_bytes=sum(len(one.data) for one in CODED) // 2)
    for one in CODED:
        kept.add(one)
    assert kept.bytes <= kept.most_bytes
    assert kept.since(0.0)[0].is_key
    assert Lookback(1).most_bytes == lookback.MOST_BYTES
