"""Frames know when they were captured, where the file's clock is known."""

from pathlib import Path

import av
import pytest

from pipeline.sources import open_source
from recordings import record, shades


def told(path: Path, created: str) -> Path:
    """A copy of a recording whose header says when it was made."""
    copy = path.with_name("told.mp4")
    with av.open(str(path)) as source, av.open(str(copy), "w") as target:
        target.metadata["creation_time"] = created
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return copy


def test_a_recording_with_a_date_gives_its_frames_the_time_of_day(tmp_path: Path) -> None:
    plain = record(tmp_path / "plain.mp4", shades(5))
    clocks = [frame.clock_s for frame in open_source(told(plain, "2024-05-01T12:00:00.000000Z"))]
    assert clocks == [pytest.approx(1714564800 + index / 25) for index in range(5)]


@pytest.mark.parametrize("created", ["yesterday", "0000-00-00T00:00:00Z", ""])
def test_a_recording_without_a_date_that_can_be_gives_none(tmp_path: Path, created: str) -> None:
    plain = record(tmp_path / "plain.mp4", shades(2))
    assert [frame.clock_s for frame in open_source(told(plain, created))] == [None, None]
