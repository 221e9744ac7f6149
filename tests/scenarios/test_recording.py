"""Recording beside a live run: killed, cut off from power, with a full disk; and what is recorded of an alarm."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from fakes import FakeSink, FakeSource, frame, plan
from pipeline.health import Condition, Health
from pipeline.runner import Runner
from pipeline.sinks.segment_file import whole_bytes
from pipeline.sinks.segments import SegmentConfig, SegmentSink
from pipeline.types import Frame, Packet, SourceInfo
from recordings import noise

ROOT = Path(__file__).parents[2]
INFO = SourceInfo("gate", 0, 0, 0.0, Fraction(1, 1000), live=True)
WRITER = """
import sys, time
from fractions import Fraction
from pathlib import Path
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
from pipeline.sinks.segments import SegmentConfig, SegmentSink
from pipeline.types import Frame, Packet, SourceInfo
from recordings import moving
info = SourceInfo("gate", 0, 0, 25.0, Fraction(1, 1000), live=True)
sink = SegmentSink(Path(sys.argv[1]), info, SegmentConfig(segment_s=2, min_free_bytes=0))
began_s = time.monotonic()
for index, picture in enumerate(moving(100000)):
    sink.write(Packet(Frame(picture, index, index / 25, began_s + index / 25, "gate")))
    time.sleep(0.004)
    sys.stdout.write(f"{{index}}\\n")
    sys.stdout.flush()
"""


def shown(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [decoded.time or 0.0 for decoded in container.decode(video=0)]


@pytest.mark.parametrize("kill_after", [43, 120])
def test_a_killed_recording_plays_up_to_the_last_second_and_gets_its_name_in_the_next_run(
    tmp_path: Path, kill_after: int
) -> None:
    command = [sys.executable, "-c", WRITER.format(root=str(ROOT)).replace("100000", "2000"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(kill_after)]
        run.kill()
        written = 1 + int([*lines, *run.stdout.read().splitlines()][-1])
    (growing,) = tmp_path.glob("*.part.mp4")
    begun = whole_bytes(growing) > 0  # else killed in the first half second of a segment, and nothing is in it
    assert sum(len(shown(path)) for path in tmp_path.glob("*.mp4") if path != growing or begun) >= written - 25
    sink = SegmentSink(tmp_path, INFO)
    sink.close()
    assert sink.status()["rescued"] == int(begun)
    assert not list(tmp_path.glob("*.part.mp4"))
    assert sum(len(shown(path)) for path in tmp_path.glob("*.mp4")) >= written - 25


def test_a_segment_cut_off_anywhere_plays_up_to_there(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, SegmentConfig(segment_s=60, min_free_bytes=0), monotonic=lambda: 9.0)
    for index, picture in enumerate(noise(60)):
        sink.write(Packet(Frame(picture, index, index / 10, index / 10, "gate")))
    sink.close()
    (whole,) = tmp_path.glob("*.mp4")
    data = whole.read_bytes()
    random = np.random.default_rng(5)
    for cut in sorted(random.integers(0, len(data), 12).tolist()):
        part = tmp_path / "20260101T000000.000Z_gate.part.mp4"
        part.write_bytes(data[:cut])
        plays = whole_bytes(part) > 0
        again = SegmentSink(tmp_path, INFO)
        again.close()
        rescued = tmp_path / "20260101T000000.000Z_gate.mp4"
        assert rescued.exists() == plays
        if plays:
            frames = shown(rescued)
            assert len(frames) >= 60 * cut / len(data) - 8  # half a second, and what the header takes
            assert frames == pytest.approx([number / 10 for number in range(len(frames))], abs=1e-3)
            rescued.unlink()
    assert list(tmp_path.iterdir()) == [whole]


class Paced(FakeSource):
    """A live source that waits until a sink has each frame: nothing is dropped there."""

    def __init__(self, count: int, taken: threading.Semaphore) -> None:
        super().__init__(count, live=True)
        self._taken = taken

    def __iter__(self) -> Iterator[Frame]:
        for one in super().__iter__():
            yield replace(one, image=np.array(one.image), captured_s=one.media_s)
            assert self._taken.acquire(timeout=10)


class Watched(SegmentSink):
    """Says when it has taken a frame."""

    taken: threading.Semaphore

    def write(self, packet: Packet) -> None:
        super().write(packet)
        self.taken.release()


def test_a_run_goes_on_when_its_recording_cannot(tmp_path: Path) -> None:
    folder, taken = tmp_path / "kept", threading.Semaphore(0)
    recorder = SegmentSink(folder, INFO, SegmentConfig(min_free_bytes=10**18))
    watched = FakeSink(lambda _: taken.release())
    with Runner(Paced(50, taken), [], [watched, recorder]) as run:
        assert run.wait(20)
    assert watched.indices == list(range(50))
    assert recorder.status()["segments"] == 0
    assert int(str(recorder.status()["lost_frames"])) > 0
    assert list(folder.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sluice")]


def test_an_alarm_in_a_live_run_is_kept_with_what_came_before(tmp_path: Path) -> None:
    def health(packet: Packet) -> Health:
        return Health((Condition("covered", packet.frame.media_s >= 3, 3.0, 1.0, 0.4),))

    taken = threading.Semaphore(0)
    config = SegmentConfig(events_only=True, before_s=1, after_s=1, min_free_bytes=0)
    recorder = Watched(tmp_path, INFO, config, monotonic=lambda: 6.0)
    recorder.taken = taken
    with Runner(Paced(150, taken), [plan("health", health)], [recorder]) as run:
        assert run.wait(20)
    (clip,) = tmp_path.iterdir()
    assert clip.name.endswith("Z_gate_covered.mp4")
    assert 1.8 <= shown(clip)[-1] <= 4.1


def test_frames_of_any_size_are_recorded_or_counted_and_never_end_the_run(tmp_path: Path) -> None:
    sink = SegmentSink(tmp_path, INFO, SegmentConfig(min_free_bytes=0), monotonic=lambda: 1.0)
    sizes = [(1, 1), (2, 1), (15, 17), (641, 479), (40_000, 2), (16, 16)]
    for index, size in enumerate(sizes):
        sink.write(Packet(replace(frame(index, size=size), captured_s=index / 25)))
    sink.close()
    status = sink.status()
    assert (status["frames"], status["lost_frames"]) == (5, 1)
    assert sum(len(shown(path)) for path in tmp_path.glob("*.mp4")) == status["frames"]
