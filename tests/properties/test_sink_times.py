"""The law of a video's clock: what goes in comes out."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sinks.video import VideoSink
from pipeline.types import Frame, Packet, SourceInfo

BASES = st.sampled_from(
    [Fraction(1, 25), Fraction(1001, 30000), Fraction(1, 1000), Fraction(1, 90000), Fraction(8, 30625)]
)
STEPS = st.lists(st.integers(1, 3000), min_size=1, max_size=12)
IMAGE = np.zeros((16, 16, 3), np.uint8)


@settings(max_examples=25, deadline=None)
@given(base=BASES, start=st.integers(0, 3000), steps=STEPS)
def test_any_increasing_times_come_back_exactly(base: Fraction, start: int, steps: list[int]) -> None:
    ticks = (start + np.cumsum(steps)).tolist()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp4"
        sink = VideoSink(path, SourceInfo("made", 16, 16, 0.0, base))
        for index, tick in enumerate(ticks):
            sink.write(Packet(Frame(IMAGE, index, float(tick * base), 0.0, "made")))
        sink.finish()
        sink.close()
        with av.open(str(path)) as container:
            shown = [(frame.pts or 0) * (frame.time_base or Fraction(0)) for frame in container.decode(video=0)]
    assert shown == [tick * base for tick in ticks]
