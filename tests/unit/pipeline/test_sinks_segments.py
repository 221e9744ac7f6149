"""Segments of a live source: their times, names and lengths, clips around events, and what a disk may do to them."""

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from disks import largest_file

from pipeline.errors import ConfigError
from pipeline.sinks.segments import MOST_WAITING, SegmentConfig, SegmentSink
from pipeline.types import Detections, Frame, Packet, SourceInfo, Tracks
from recordings import moving, times_of

INFO = SourceInfo("rtsp://***@gate/1?key=secret", 0, 0, 0.0, Fraction(1, 1000), live=True)
PICTURES = moving(50, (64, 48))
NOISE = [np.random.default_rng(seed).integers(0, 256, (120, 160, 3), np.uint8) for seed in range(10)]


def settings(**changes: Any) -> SegmentConfig:
    return SegmentConfig.model_validate({"min_free_bytes": 0, "segment_s": 2, **changes})


def packets(
    times_s: Sequence[float], base_s: float = 0.0, pictures: Sequence[np.ndarray] = PICTURES, first: int = 0
) -> list[Packet]:
    return [
        Packet(Frame(pictures[at % len(pictures)], first + at, time_s, base_s + time_s, "gate"))
        for at, time_s in enumerate(times_s)
    ]


def clips(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.mp4"))


def until(state: Callable[[], bool], why: str) -> None:
    end_s = time.monotonic() + 10
    while not state():
        assert time.monotonic() < end_s, why
        threading.Event().wait(0.01)


def decoded(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time or 0.0 for frame in container.decode(video=0)]


def test_segments_have_the_length_asked_for_and_every_frame_at_the_time_it_was_taken(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    times_s = [at / 20 + random.uniform(-0.01, 0.01) + 5 for at in range(100)]
    sink = SegmentSink(tmp_path, INFO, settings())
    for packet in packets(times_s, time.monotonic()):
        sink.write(packet)
    sink.finish()
    sink.close()
    found = clips(tmp_path)
    shown = [times_of(path) for path in found]
    assert [len(part) for part in shown] == pytest.approx([40, 40, 20], abs=1)
    assert sum(map(len, shown)) == 100
    begins = np.cumsum([0, *(len(part) for part in shown)])
    for part, begin in zip(shown, begins, strict=False):
        assert part == pytest.approx(
            [time_s - times_s[begin] for time_s in times_s[begin : begin + len(part)]], abs=2e-5
        )
    assert [len(decoded(path)) for path in found] == [len(part) for part in shown]
    assert sink.status()["frames"] == 100
    assert sink.status()["segments"] == 3


def test_a_name_says_when_in_utc_and_which_source_and_nothing_secret(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(), clock=lambda: 1783156502.25, monotonic=lambda: 100.0)
    for packet in packets([0.0, 0.1], 99.0):
        sink.write(packet)
    sink.close()
    assert [path.name for path in clips(tmp_path)] == ["20260704T091501.250Z_gate-1.mp4"]
    with av.open(str(clips(tmp_path)[0])) as container:
        assert container.metadata["creation_time"].startswith("2026-07-04T09:15:01")


def test_a_clock_that_goes_back_neither_overwrites_a_segment_nor_stops_the_recording(tmp_path: Path) -> None:
    wall = {"s": 1783156502.0}
    sink = SegmentSink(tmp_path, INFO, settings(segment_s=1), clock=lambda: wall["s"], monotonic=lambda: 0.0)
    sink.write(packets([0.0])[0])
    for second in range(1, 4):
        sink.write(packets([second])[0])
    sink.close()
    assert [path.name[9:20] for path in clips(tmp_path)] == ["091502.000Z", "091503.000Z", "091504.000Z", "091505.000Z"]
    again = SegmentSink(tmp_path, INFO, settings(segment_s=1), clock=lambda: wall["s"], monotonic=lambda: 0.0)
    again.write(packets([0.0])[0])
    again.close()
    assert len(clips(tmp_path)) == 5
    assert all(decoded(path) for path in clips(tmp_path))


def test_another_picture_size_begins_another_segment(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(segment_s=60))
    small, large = packets([at / 10 for at in range(10)]), packets([1 + at / 10 for at in range(5)], 0.0, NOISE, 10)
    for packet in small + large:
        sink.write(packet)
    sink.close()
    sizes = []
    for path in clips(tmp_path):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            sizes.append((stream.width, stream.height, len(list(container.decode(stream)))))
    assert sizes == [(64, 48, 10), (160, 120, 5)]


def test_after_a_gap_a_new_segment_begins_lest_the_last_picture_is_shown_for_what_was_not_seen(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(segment_s=60), monotonic=lambda: 10.0)
    for packet in packets([0.0, 0.1, 0.2, 5.0, 5.1]):
        sink.write(packet)
    sink.close()
    assert [times_of(path) for path in clips(tmp_path)] == [pytest.approx([0, 0.1, 0.2]), pytest.approx([0, 0.1])]
    with av.open(str(clips(tmp_path)[0])) as container:
        assert container.duration is not None
        assert container.duration / 1e6 < 0.5


def test_a_source_slower_than_the_gap_is_one_segment_all_the_same(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(segment_s=60), monotonic=lambda: 50.0)
    for packet in packets([0.0, 1.9, 3.8, 6.5, 9.0]):
        sink.write(packet)
    sink.close()
    assert [len(times_of(path)) for path in clips(tmp_path)] == [5]


def test_time_that_stands_still_or_goes_back_loses_no_frame(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings())
    for packet in packets([0.0, 0.1, 0.1, 0.05, 0.2, -50.0, -49.9]):
        sink.write(packet)
    sink.close()
    assert sorted(len(decoded(path)) for path in clips(tmp_path)) == [2, 5]
    assert sink.status()["retimed_frames"] == 2


def test_recording_starts_and_stops_while_frames_come(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(on=False, segment_s=60), monotonic=lambda: 3.0)
    times = packets([at / 10 for at in range(30)])
    for packet in times[:10]:
        sink.write(packet)
    assert sink.status()["state"] == "off"
    sink.record(True)
    for packet in times[10:20]:
        sink.write(packet)
    until(lambda: sink.status()["state"] == "recording", "never recording")
    sink.record(False)
    until(lambda: len(clips(tmp_path)) == 1 and ".part" not in clips(tmp_path)[0].name, "not whole after the stop")
    for packet in times[20:]:
        sink.write(packet)
    sink.close()
    assert [len(decoded(path)) for path in clips(tmp_path)] == [10]


def test_a_silent_source_has_its_segment_finished(tmp_path: Path) -> None:
    now = {"s": 0.0}
    sink = SegmentSink(tmp_path, INFO, settings(segment_s=60), monotonic=lambda: now["s"])
    for packet in packets([0.0, 0.1, 0.2]):
        sink.write(packet)
    now["s"] = 30.0
    until(lambda: [len(decoded(path)) for path in clips(tmp_path) if ".part" not in path.name] == [3], "not finished")
    sink.close()


def tracked(packet: Packet, *ids: int, name: str = "person") -> Packet:
    count = len(ids)
    boxes = Detections(np.zeros((count, 4), np.float32), np.ones(count, np.float32), np.zeros(count, np.int32), (name,))
    return packet.plus("track", Tracks(boxes, np.array(ids, np.int64), np.zeros(count, np.int32)))


def test_a_new_track_keeps_a_clip_with_the_seconds_before_and_after(tmp_path: Path) -> None:
    sink = SegmentSink(
        tmp_path, INFO, settings(events_only=True, before_s=2, after_s=1, segment_s=60), monotonic=lambda: 20.0
    )
    for packet in packets([at / 10 for at in range(200)]):
        at_s = packet.frame.media_s
        sink.write(tracked(packet, 7) if 10 <= at_s < 12 else packet)
    sink.close()
    (clip,) = clips(tmp_path)
    assert clip.name.endswith("Z_gate-1_person.mp4")
    shown = decoded(clip)
    length_s = shown[-1]
    assert 4.9 <= length_s <= 7.1  # 2 before, 2 present, 1 after, and up to one key frame interval more before
    assert sink.status()["events"] == 1


def test_a_mark_from_another_thread_keeps_a_clip_and_nothing_is_written_without_one(tmp_path: Path) -> None:
    sink = SegmentSink(
        tmp_path, INFO, settings(events_only=True, before_s=1, after_s=0.5, segment_s=60), monotonic=lambda: 3.0
    )
    many = packets([at / 10 for at in range(60)])
    for packet in many[:31]:
        sink.write(packet)
    assert clips(tmp_path) == []
    thread = threading.Thread(target=sink.mark, args=("door bell",))
    thread.start()
    thread.join()
    for packet in many[31:]:
        sink.write(packet)
    sink.close()
    (clip,) = clips(tmp_path)
    assert clip.name.endswith("_door-bell.mp4")
    assert 1.4 <= decoded(clip)[-1] <= 3.6


def test_a_clip_before_anything_was_seen_begins_with_the_first_frame(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(events_only=True, after_s=5), monotonic=lambda: 0.0)
    sink.mark("early")
    for packet in packets([0.0, 0.1, 0.2]):
        sink.write(packet)
    sink.close()
    assert [len(decoded(path)) for path in clips(tmp_path)] == [3]


def test_a_full_disk_is_told_once_and_recording_goes_on_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = {"s": 0.0}
    sink = SegmentSink(tmp_path, INFO, settings(segment_s=60), monotonic=lambda: now["s"])
    with largest_file(40_000), caplog.at_level(logging.WARNING):
        for packet in packets([at / 10 for at in range(40)], 0.0, NOISE):
            sink.write(packet)
        until(lambda: sink.status()["state"] == "failing", "the full disk was not told")
    assert "File too large" in str(sink.status()["error"])
    now["s"] = 4.0
    for packet in packets([4 + at / 10 for at in range(40)], 0.0, NOISE, 40):
        sink.write(packet)
    until(lambda: sink.status()["state"] == "recording", "not recording again")
    sink.close()
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
    assert all(decoded(path) for path in clips(tmp_path))
    assert not [path for path in clips(tmp_path) if ".part" in path.name]
    assert sum(len(decoded(path)) for path in clips(tmp_path)) >= 20
    status = sink.status()
    assert int(str(status["frames"])) + int(str(status["lost_frames"])) == 80


@pytest.mark.parametrize("events_only", [False, True])
def test_a_folder_that_vanishes_is_told_and_recording_goes_on_when_it_is_back(
    tmp_path: Path, events_only: bool
) -> None:
    now = {"s": 0.0}
    folder = tmp_path / "clips"
    config = settings(segment_s=60, events_only=events_only, before_s=1, after_s=100)
    sink = SegmentSink(folder, INFO, config, monotonic=lambda: now["s"])
    first = 0

    def feed(count: int) -> None:
        nonlocal first
        for packet in packets([(first + at) / 10 for at in range(count)], 0.0, PICTURES, first):
            sink.write(packet)
        first += count
        now["s"] = first / 10

    sink.mark("x")
    feed(10)
    until(lambda: sink.status()["state"] == "recording", "never recording")
    shutil.rmtree(folder)
    now["s"] = 15.0
    until(lambda: sink.status()["state"] == "failing", "nobody noticed that the folder is gone")
    assert "recording goes on by itself" in str(sink.status()["error"])
    assert not folder.exists()
    folder.mkdir()
    now["s"] = 20.0
    sink.mark("x")

    def recording_after_more() -> bool:
        feed(10)
        return sink.status()["state"] == "recording"

    until(recording_after_more, "not recording again")
    sink.close()
    assert all(decoded(path) for path in clips(folder))
    assert clips(folder)


def test_a_folder_that_cannot_be_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="it is a file; name a folder"):
        SegmentSink(tmp_path / "file", INFO)
    with pytest.raises(ConfigError, match="cannot record to"):
        SegmentSink(Path("/proc/sluice"), INFO)


def test_a_disk_that_does_not_answer_delays_nobody_and_costs_whole_groups_of_frames(tmp_path: Path) -> None:
    answers = threading.Event()

    def clock() -> float:
        assert answers.wait(20)
        return 1783156502.0

    sink = SegmentSink(tmp_path, INFO, settings(segment_s=60), clock=clock, monotonic=lambda: 50.0)
    many = packets([at / 10 for at in range(500)])
    began_s = time.monotonic()
    for packet in many[: MOST_WAITING + 50]:
        sink.write(packet)
    assert time.monotonic() - began_s < 5
    answers.set()
    until(lambda: int(str(sink.status()["frames"])) >= MOST_WAITING - 1, "the frames that waited were not written")
    for packet in many[MOST_WAITING + 50 :]:
        sink.write(packet)
    sink.close()
    status = sink.status()
    shown = [time_s for path in clips(tmp_path) for time_s in times_of(path)]
    assert 57 <= int(str(status["lost_frames"])) <= 62  # 50, and the 10 up to the key frame at 36 s
    assert len(shown) == status["frames"] == 500 - int(str(status["lost_frames"]))
    assert all(len(decoded(path)) == len(times_of(path)) for path in clips(tmp_path))


@pytest.mark.parametrize("events_only", [False, True])
def test_buttons_pressed_from_everywhere_at_once_leave_whole_segments_and_right_counts(
    tmp_path: Path, events_only: bool
) -> None:
    sink = SegmentSink(tmp_path, INFO, settings(events_only=events_only, before_s=1), monotonic=lambda: 5.0)
    over = threading.Event()
    seen: list[object] = []

    def press(number: int) -> None:
        while not over.is_set():
            sink.record(number % 2 == 0)
            sink.mark(f"by {number}")
            seen.append(sink.status()["state"])

    threads = [threading.Thread(target=press, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for packet in packets([at / 20 for at in range(200)]):
        sink.write(packet)
    over.set()
    for thread in threads:
        thread.join()
    sink.close()
    status = sink.status()
    assert set(seen) <= {"off", "waiting", "recording"}
    assert (status["failures"], status["lost_frames"]) == (0, 0)
    assert sum(len(decoded(path)) for path in clips(tmp_path)) == status["frames"]
    assert not [path for path in clips(tmp_path) if ".part" in path.name]
    assert status["segments"] == len(clips(tmp_path))


def test_two_sources_record_to_one_folder_and_status_is_json(tmp_path: Path) -> None:
    sinks = [SegmentSink(tmp_path, INFO, settings(), clock=lambda: 1783156502.0, monotonic=lambda: 1.0) for _ in "ab"]
    for packet in packets([0.0, 0.1]):
        for sink in sinks:
            sink.write(packet)
    for sink in sinks:
        sink.close()
        json.dumps(sink.status())
    assert [len(decoded(path)) for path in clips(tmp_path)] == [2, 2]


def test_a_sink_that_saw_no_frame_leaves_no_file_and_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    sink = SegmentSink(tmp_path, INFO)
    sink.finish()
    sink.close()
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before
