"""Damaged, cut-off and changing recordings: what can be read is read, and what cannot is told."""

import itertools
from pathlib import Path
from typing import cast

import av
import pytest
from av.video.stream import VideoStream

from pipeline.errors import SourceError
from pipeline.sources import open_source
from pipeline.types import Damage, Frame
from recordings import noise, record, shades


def read(path: Path) -> tuple[list[Frame], Damage]:
    source = open_source(path)
    try:
        frames = list(source)
        assert [frame.index for frame in frames] == list(range(len(frames)))
        assert all(after.media_s > before.media_s for before, after in itertools.pairwise(frames))
        return frames, source.damage
    finally:
        source.close()


def overwrite(path: Path, start: float, length: int) -> None:
    data = bytearray(path.read_bytes())
    at = int(len(data) * start)
    data[at : at + length] = b"\xa5" * length
    path.write_bytes(data)


def cut(path: Path, part: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_hole_in_the_middle_is_passed_over_and_counted(tmp_path: Path, name: str) -> None:
    path = record(tmp_path / name, noise(60), options={"g": "10", "bf": "0"})
    overwrite(path, 0.5, 3000)
    frames, damage = read(path)
    assert damage.any and damage.messages
    assert 40 <= len(frames) <= 60
    assert frames[-1].media_s == pytest.approx(59 / 25, abs=0.05)


def test_packets_that_the_decoder_refuses_are_counted_with_the_time_they_cost(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", noise(30), codec="mjpeg", pix_fmt="yuvj420p")
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for index in (10, 11):
        at = data.index(b"\xff\xd8", packets[index][0])
        data[at : at + packets[index][1] - 40] = bytes(packets[index][1] - 40)
    path.write_bytes(data)
    frames, damage = read(path)
    assert (len(frames), damage.corrupt_packets) == (28, 2)
    assert damage.missing_s == pytest.approx(0.08, abs=0.01)
    assert len(damage.messages) == 1


@pytest.mark.parametrize("name", ["a.mkv", "a.avi", "a.flv", "front.mp4", "fragments.mp4"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_file_cut_off_is_read_to_where_it_ends_and_told(tmp_path: Path, name: str, part: float) -> None:
    options = {"front.mp4": {"movflags": "+faststart"}, "fragments.mp4": {"movflags": "frag_keyframe+empty_moov"}}
    path = tmp_path / name
    codec = {".avi": "mpeg4", ".flv": "flv"}.get(path.suffix, "libx264")
    with av.open(str(path), "w", container_options=options.get(name, {})) as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=25))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.gop_size = 5
        for picture in noise(50):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    whole, damage = read(path)
    assert len(whole) == 50 and not damage.any
    frames, damage = read(cut(path, part))
    assert 50 * part * 0.6 < len(frames) < 50
    assert damage.truncated and "cut off" in damage.messages[-1]


def test_a_whole_file_with_longer_sound_is_not_called_cut_off(tmp_path: Path) -> None:
    frames, damage = read(record(tmp_path / "a.mp4", shades(5), sound=True))
    assert len(frames) == 5 and not damage.any


def test_an_mp4_cut_before_its_index_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = cut(record(tmp_path / "a.mp4", noise(20)), 0.6)
    with pytest.raises(SourceError, match=r"cannot read .*a\.mp4: it was cut off before its index \(no 'moov' box\)"):
        open_source(path)


def test_a_size_that_changes_in_mid_stream_is_scaled_to_the_first(tmp_path: Path) -> None:
    parts = [record(tmp_path / f"{size[0]}.ts", shades(10, size)) for size in ((64, 48), (96, 32))]
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, damage = read(path)
    assert {frame.size for frame in frames} == {(64, 48)}
    assert len(frames) == 20 and damage.resized_frames == 10
    assert frames[-1].image[0].max() < 20  # black above the wider picture
    assert any("96x32" in line for line in damage.messages)


def test_times_that_stand_still_or_go_back_are_put_a_tick_apart_and_counted(tmp_path: Path) -> None:
    parts = [record(tmp_path / f"{part}.ts", shades(10)) for part in range(2)]
    path = tmp_path / "twice.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, damage = read(path)
    assert len(frames) == 20 and damage.retimed_frames == 10


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = record(tmp_path / "a.mp4", noise(20, (320, 240)), times_ms=list(range(0, 800, 40)))

    def peak_kib(times: int) -> int:
        for _ in range(times):
            source = open_source(path)
            for _ in source:
                pass
            source.close()
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    before = peak_kib(5)
    assert peak_kib(30) - before < 8 * 1024
