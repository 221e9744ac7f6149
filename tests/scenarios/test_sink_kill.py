"""A run killed without warning leaves a video that plays up to the last second."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).parents[2]
WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.scenarios.test_sink_clips import info_of, packets_of
from pipeline.sinks.video import VideoSink
path = Path(sys.argv[1])
sink = VideoSink(Path(sys.argv[2]), info_of(path))
for packet in packets_of(path, 1000):
    time.sleep(0.004)
    sink.write(packet)
    sys.stdout.write(f"{{packet.frame.media_s}}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize(("suffix", "kill_after"), [(".mp4", 37), (".mkv", 95), (".mp4", 123)])
def test_a_killed_run_leaves_what_plays_with_sound_up_to_the_last_second(
    shared: Callable[..., Path], tmp_path: Path, suffix: str, kill_after: int
) -> None:
    clip = shared("data", "videos", "torchcodec", "nasa_13013.mp4")
    command = [sys.executable, "-c", WRITER.format(root=str(ROOT)), str(clip), str(tmp_path / f"a{suffix}")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(kill_after)]
        run.kill()
        last_s = float([*lines, *run.stdout.read().splitlines()][-1])
    assert [path.name for path in tmp_path.iterdir()] == [f"a.part{suffix}"]
    with av.open(str(tmp_path / f"a.part{suffix}")) as container:
        shown = [frame.time or 0.0 for frame in container.decode(video=0)]
    with av.open(str(tmp_path / f"a.part{suffix}")) as container:
        heard = [float(packet.pts * packet.time_base) for packet in container.demux(audio=0) if packet.pts is not None]
    assert last_s - shown[-1] <= 1.0
    assert last_s - heard[-1] <= 1.2
    assert len(shown) == round(shown[-1] * 25) + 1
