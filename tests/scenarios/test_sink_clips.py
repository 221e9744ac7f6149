"""Real recordings copied through the video sink: every time stamp and all the sound come out again."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.sinks.video import VideoConfig, VideoSink
from pipeline.types import AudioStream, Frame, Packet, SourceInfo

Shared = Callable[..., Path]


def info_of(path: Path) -> SourceInfo:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        audio = tuple(
            AudioStream(stream.index, stream.codec_context.name, stream.channels, stream.sample_rate)
            for stream in container.streams.audio
        )
        base = video.time_base or Fraction(1, 1000)
        return SourceInfo(
            path.name, video.width, video.height, float(video.average_rate or 0), base, path=path, audio=audio
        )


def packets_of(path: Path, count: int) -> Iterator[Packet]:
    with av.open(str(path)) as container:
        for index, frame in zip(range(count), container.decode(video=0), strict=False):
            image = frame.to_ndarray(format="bgr24")
            base = frame.time_base or Fraction(1)
            at_s, for_s = float((frame.pts or 0) * base), float(frame.duration * base)
            yield Packet(Frame(image, index, at_s, time.monotonic(), path.name, for_s))


def sound_of(path: Path) -> list[tuple[bytes, ...]]:
    """The packets of each audio stream, as they are."""
    with av.open(str(path)) as container:
        kept: dict[int, list[bytes]] = {stream.index: [] for stream in container.streams.audio}
        for packet in container.demux():
            if packet.size and packet.stream_index in kept:
                kept[packet.stream_index].append(bytes(packet))
    return [tuple(each) for each in kept.values()]


def sound_starts(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float((stream.start_time or 0) * (stream.time_base or 0)) for stream in container.streams.audio]


def copy(
    path: Path, target: Path, count: int = 10**6, config: VideoConfig | None = None
) -> tuple[VideoSink, list[float]]:
    info = info_of(path)
    sink = VideoSink(target, info, config, cut_audio=count < 10**6)
    times_s = []
    for packet in packets_of(path, count):
        sink.write(packet)
        times_s.append(packet.frame.media_s)
    sink.finish()
    sink.close()
    return sink, times_s


CLIPS = [
    (("torchcodec", "nasa_13013.mp4"), ".mp4", "two audio streams"),
    (("torchcodec", "nasa_13013.mp4"), ".mkv", "two audio streams"),
    (("moviepy", "no_duration.webm"), ".mp4", "opus"),
    (("moviepy", "transparent.webm"), ".mkv", "vorbis"),
    (("moviepy", "chaplin.mp4"), ".mov", "mp3"),
    (("androidx", "mkv", "sample.mkv"), ".mp4", "ac3, video begins late"),
    (("androidx", "mp4", "sample.mp4"), ".mp4", "sound begins late"),
    (("androidx", "mp4", "silent-black-10s.mp4"), ".mp4", "sound that begins before 0"),
    (("intel_asl", "brother.mkv"), ".mp4", "variable rate, no sound"),
]


@pytest.mark.parametrize(("clip", "suffix", "why"), CLIPS)
def test_every_time_stamp_and_all_the_sound_come_out_again(
    shared: Shared, tmp_path: Path, clip: tuple[str, ...], suffix: str, why: str
) -> None:
    path = shared("data", "videos", *clip)
    target = tmp_path / f"out{suffix}"
    _, times_s = copy(path, target)
    with av.open(str(target)) as container:
        shown = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert len(shown) == len(times_s)
    assert np.abs(np.array(shown) - times_s).max() < 0.001
    for got, want in zip(sound_of(target), sound_of(path), strict=True):
        warm_up = 1 if suffix == ".mkv" and len(got) < len(want) else 0  # Matroska has no place for it
        assert got == want[warm_up:]
    assert sound_starts(target) == pytest.approx(sound_starts(path), abs=0.001)


def test_sound_ends_with_the_last_frame_of_a_limited_run(shared: Shared, tmp_path: Path) -> None:
    sink, _ = copy(shared("data", "videos", "torchcodec", "nasa_13013.mp4"), tmp_path / "a.mp4", 50)
    with av.open(str(tmp_path / "a.mp4")) as container:
        packets = [packet for packet in container.demux(container.streams.audio) if packet.size]
    ends = [float(((packet.pts or 0) + (packet.duration or 0)) * packet.time_base) for packet in packets]
    assert 1.9 < max(ends) < 2.2
    assert sink.summary is not None
    assert [phrase.split(",")[0] for phrase in sink.summary.audio] == ["aac 8000 Hz", "aac 16000 Hz"]


def test_sound_that_lasts_longer_than_the_picture_is_kept_whole(shared: Shared, tmp_path: Path) -> None:
    path = shared("data", "videos", "tiny", "mp4-with-audio.mp4")
    sound = AudioStream(0, "aac", 2, 44100)
    sink = VideoSink(tmp_path / "a.mp4", SourceInfo("x", 16, 16, 25.0, Fraction(1, 25), path=path, audio=(sound,)))
    sink.write(Packet(Frame(np.zeros((16, 16, 3), np.uint8), 0, 0.0, 0.0, "x", 0.01)))
    sink.finish()
    sink.close()
    assert sound_of(tmp_path / "a.mp4") == sound_of(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("origin_s", [-3.0, 0.05, 3.0])
def test_sound_moves_with_the_clock_that_the_source_made(
    shared: Shared, tmp_path: Path, origin_s: float, suffix: str
) -> None:
    path = shared("data", "videos", "torchcodec", "nasa_13013.mp4")
    sink = VideoSink(tmp_path / f"a{suffix}", replace(info_of(path), origin_s=origin_s))
    for packet in packets_of(path, 30):
        sink.write(packet)
    sink.finish()
    sink.close()
    assert sound_starts(tmp_path / f"a{suffix}") == pytest.approx([max(0.0, -origin_s)] * 2, abs=0.13)
    whole, kept = sound_of(path)[0], sound_of(tmp_path / f"a{suffix}")[0]
    assert kept == whole[len(whole) - len(kept) :]
    assert len(whole) - len(kept) == pytest.approx(max(0.0, origin_s) / 0.128, abs=2)


def test_sound_can_be_left_out(shared: Shared, tmp_path: Path) -> None:
    path = shared("data", "videos", "torchcodec", "nasa_13013.mp4")
    copy(path, tmp_path / "a.mp4", 5, VideoConfig(audio="drop"))
    assert sound_of(tmp_path / "a.mp4") == []


def test_damaged_sound_does_not_end_the_run(shared: Shared, tmp_path: Path) -> None:
    path = shared("data", "videos", "moviepy", "video_with_failing_audio.mp4")
    sink, times_s = copy(path, tmp_path / "a.mp4")
    assert sink.summary is not None
    assert sink.summary.frames == len(times_s) == 280


def test_sound_in_a_file_cut_short_is_kept_as_far_as_it_goes(shared: Shared, tmp_path: Path) -> None:
    data = shared("data", "videos", "moviepy", "transparent.webm").read_bytes()
    cut = tmp_path / "cut.webm"
    cut.write_bytes(data[: len(data) // 2])
    sink, times_s = copy(cut, tmp_path / "a.mkv")
    assert sink.summary is not None
    assert sink.summary.frames == len(times_s) > 10
    assert len(sound_of(tmp_path / "a.mkv")[0]) > 10


def test_a_recording_that_is_gone_when_its_sound_is_wanted_is_noted(shared: Shared, tmp_path: Path) -> None:
    broken = tmp_path / "gone.mp4"
    broken.write_bytes(b"no longer a video")
    info = replace(info_of(shared("data", "videos", "moviepy", "chaplin.mp4")), path=broken)
    sink = VideoSink(tmp_path / "a.mp4", info)
    sink.write(next(packets_of(shared("data", "videos", "moviepy", "chaplin.mp4"), 1)))
    sink.finish()
    sink.close()
    assert sink.summary is not None
    assert sink.summary.notes[0].startswith("audio not copied: gone.mp4 cannot be opened again")


def test_languages_and_titles_are_kept_and_the_place_is_not(shared: Shared, tmp_path: Path) -> None:
    original, named = shared("data", "videos", "torchcodec", "nasa_13013.mp4"), tmp_path / "named.mp4"
    with av.open(str(original)) as source, av.open(str(named), "w") as output:
        output.metadata.update({"title": "A walk", "location": "+48.1+011.5/", "creation_time": "2020-01-02T03:04:05Z"})
        kept = [source.streams.video[0], source.streams.audio[0]]
        streams = {stream.index: output.add_stream_from_template(stream, opaque=True) for stream in kept}
        streams[kept[1].index].metadata["language"] = "deu"
        for packet in source.demux(kept):
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    copy(named, tmp_path / "a.mp4", 5)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.metadata["title"] == "A walk"
        assert container.metadata["creation_time"].startswith("2020-01-02T03:04:05")
        assert not any("location" in key for key in container.metadata)
        assert container.streams.audio[0].language == "deu"
