"""The proof notices each way in which a file can differ from what was written."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import SinkError
from pipeline.sinks.proof import AudioCount, Expected, prove
from pipeline.sinks.video import VideoSink
from pipeline.types import Frame, Packet, SourceInfo

INFO = SourceInfo("made", 64, 48, 25.0, Fraction(1, 25))
TIMES_S = [index / 25 for index in range(75)]
TRUE = Expected(TIMES_S, 3.0, (64, 48))


@pytest.fixture(scope="module", params=[".mp4", ".mkv"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, with a key frame at 0 and at 2 s."""
    path = tmp_path_factory.mktemp("proof") / f"clip{request.param}"
    sink = VideoSink(path, INFO)
    noise = np.random.default_rng(0)
    for index, time_s in enumerate(TIMES_S):
        sink.write(Packet(Frame(noise.integers(0, 255, (48, 64, 3), dtype=np.uint8), index, time_s, 0.0, "made")))
    sink.finish()
    sink.close()
    return path


def test_a_whole_file_is_proven(clip: Path) -> None:
    prove(clip, TRUE)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (replace(TRUE, times_s=[*TIMES_S, 3.0]), "frames in the file 75, written 76"),
        (replace(TRUE, times_s=[*TIMES_S[:-1], 2.9615]), r"time of frame 74 in the file 2\.9600 s, written 2\.9615 s"),
        (replace(TRUE, end_s=3.5), r"end in the file 3\.000 s, written 3\.500 s"),
        (replace(TRUE, size=(64, 50)), "size in the file 64x48, written 64x50"),
        (replace(TRUE, audio=(AudioCount(5, 100),)), "audio streams in the file 0, written 1"),
    ],
)
def test_what_differs_is_told(clip: Path, expected: Expected, said: str) -> None:
    with pytest.raises(SinkError, match=said):
        prove(clip, expected)


def test_the_message_names_the_target_not_the_temporary_file(clip: Path) -> None:
    with pytest.raises(SinkError, match=r"^wanted\.mp4: the proof does not hold"):
        prove(clip, replace(TRUE, end_s=4), Path("wanted.mp4"))


def test_a_file_cut_short_is_found(clip: Path, tmp_path: Path) -> None:
    cut = tmp_path / clip.name
    data = clip.read_bytes()
    cut.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(SinkError):
        prove(cut, TRUE)


def test_pictures_damaged_near_the_end_are_found(clip: Path, tmp_path: Path) -> None:
    torn = tmp_path / clip.name
    data = bytearray(clip.read_bytes())
    middle = len(data) * 5 // 6
    data[middle : middle + 4000] = bytes(4000)
    torn.write_bytes(data)
    with pytest.raises(SinkError):
        prove(torn, TRUE)


def test_an_empty_file_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(SinkError, match="cannot be read again"):
        prove(tmp_path / "a.mp4", TRUE)
