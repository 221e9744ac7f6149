"""The video that comes out: its frames, times, colours and sizes, and what is said when it cannot be."""

import resource
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.errors import ConfigError, SinkError
from pipeline.sinks.audio import audio_problems, suffix_for
from pipeline.sinks.video import VideoConfig, VideoSink
from pipeline.types import AudioStream, Colour, Frame, Packet, SourceInfo

INFO = SourceInfo("made", 64, 48, 25.0, Fraction(1, 25))
SUFFIXES = [".mp4", ".mkv", ".mov"]


def packet(index: int, media_s: float, *, size: tuple[int, int] = (64, 48), duration_s: float = 0.0) -> Packet:
    """A frame with a picture that moves, so that each differs from the one before."""
    width, height = size
    ramp = np.add.outer(np.arange(height), np.arange(width)) + 7 * index
    image = np.repeat((ramp % 200 + 20).astype(np.uint8)[..., None], 3, axis=2)
    return Packet(Frame(image, index, media_s, 0.0, "made", duration_s))


def write(path: Path, times_s: list[float], info: SourceInfo = INFO, config: VideoConfig | None = None) -> VideoSink:
    sink = VideoSink(path, info, config)
    for index, time_s in enumerate(times_s):
        sink.write(packet(index, time_s, size=(info.width, info.height)))
    sink.finish()
    sink.close()
    return sink


def times_of(path: Path) -> list[Fraction]:
    """When each frame is shown, by decoding."""
    with av.open(str(path)) as container:
        return [(frame.pts or 0) * (frame.time_base or Fraction(0)) for frame in container.decode(video=0)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_variable_rate_that_begins_late_stays_as_it_is(tmp_path: Path, suffix: str) -> None:
    times_s = [0.033, 0.066, 0.1, 0.35, 0.351, 2.5, 2.51]
    write(tmp_path / f"a{suffix}", times_s, replace(INFO, time_base=Fraction(1, 1000)))
    assert times_of(tmp_path / f"a{suffix}") == [Fraction(str(time_s)) for time_s in times_s]


@pytest.mark.parametrize(
    "base", [Fraction(1001, 30000), Fraction(1, 90000), Fraction(66667, 1000000), Fraction(8, 30625)]
)
def test_every_tick_of_the_sources_clock_is_kept_exactly(tmp_path: Path, base: Fraction) -> None:
    ticks = [0, 1, 2, 5, 90, 91]
    write(tmp_path / "a.mp4", [float(tick * base) for tick in ticks], replace(INFO, time_base=base))
    assert times_of(tmp_path / "a.mp4") == [tick * base for tick in ticks]


def test_a_clock_in_nanoseconds_with_seconds_between_frames_fits(tmp_path: Path) -> None:
    times_s = [5.000000001 * index for index in range(4)]
    write(tmp_path / "a.mp4", times_s, replace(INFO, time_base=Fraction(1, 10**9)))
    assert np.abs(np.array(times_of(tmp_path / "a.mp4"), float) - times_s).max() < 1e-6


def test_the_last_frame_is_shown_as_long_as_the_source_says(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "a.mp4", INFO)
    sink.write(packet(0, 0.0, duration_s=0.04))
    sink.write(packet(1, 0.04, duration_s=1.6))
    sink.finish()
    sink.close()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.duration == 1_640_000


def test_frames_whose_duration_nobody_knows_last_as_long_as_the_one_before(tmp_path: Path) -> None:
    ends_s = []
    for times_s in ([0.0], [0.0, 0.5]):
        write(tmp_path / "a.mp4", times_s, replace(INFO, fps=0.0))
        with av.open(str(tmp_path / "a.mp4")) as container:
            ends_s.append((container.duration or 0) / av.time_base)
    assert ends_s == [0.04, 1.0]


def test_the_index_stands_before_the_pictures_and_no_temporary_file_is_left(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", [0.0, 0.04])
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_colours_and_pixel_shape_are_tagged_as_in_the_source(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", [0.0], replace(INFO, colour=Colour(1, 9, 6, True), pixel_aspect=Fraction(4, 3)))
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        tags = (stream.colorspace, stream.color_primaries, stream.color_trc, stream.color_range)
        assert (tags, stream.sample_aspect_ratio) == ((1, 9, 6, 1), Fraction(4, 3))
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")


@pytest.mark.parametrize("size", [(64, 48), (64, 50), (63, 47), (1, 1), (2, 2), (33, 64)])
def test_a_picture_of_any_size_comes_back_as_it_went_in(tmp_path: Path, size: tuple[int, int]) -> None:
    info = replace(INFO, width=size[0], height=size[1])
    sink = write(tmp_path / "a.mp4", [0.0, 0.04], info, VideoConfig(crf=1))
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="bgr24")
    even = [side + side % 2 for side in size]
    assert shown.shape == (even[1], even[0], 3)
    wanted = packet(0, 0.0, size=size).frame.image
    assert np.abs(shown[: size[1], : size[0]].astype(int) - wanted).mean() < 4
    assert sink.summary is not None
    assert len(sink.summary.notes) == size[0] % 2 + size[1] % 2


def test_an_odd_size_is_told(tmp_path: Path) -> None:
    sink = write(tmp_path / "a.mp4", [0.0], replace(INFO, width=175))
    assert sink.summary is not None
    assert sink.summary.notes == ("odd width 175: one column repeated",)


def test_key_frames_come_by_time_also_where_the_rate_varies(tmp_path: Path) -> None:
    times_s = [0.0, 0.3, 0.6, 1.1, 1.2, 1.3, 5.0, 5.1]
    write(tmp_path / "a.mp4", times_s, replace(INFO, time_base=Fraction(1, 1000)), VideoConfig(keyframe_s=1))
    with av.open(str(tmp_path / "a.mp4")) as container:
        keys = [float(frame.time) for frame in container.decode(video=0) if frame.key_frame]
    assert keys == pytest.approx([0.0, 1.1, 5.0])


def test_the_summary_says_what_was_written(tmp_path: Path) -> None:
    summary = write(tmp_path / "a.mkv", [0.0, 0.04, 0.08]).summary
    assert summary is not None
    assert (summary.frames, summary.encoder, summary.bytes) == (3, "libx264", (tmp_path / "a.mkv").stat().st_size)
    assert summary.duration_s == pytest.approx(0.12)


def test_an_encoder_under_no_gpl_can_be_chosen_and_is_named(tmp_path: Path) -> None:
    times_s = [index / 90_000 * 3003 for index in range(30)]
    sink = write(tmp_path / "a.mp4", times_s, replace(INFO, time_base=Fraction(1, 90_000)), VideoConfig(codec="mpeg4"))
    assert sink.encoder == "mpeg4"
    assert np.abs(np.array(times_of(tmp_path / "a.mp4"), float) - times_s).max() < 0.001


def test_an_encoder_that_is_not_there_is_told_before_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="libopenh264: not in this FFmpeg"):
        VideoSink(tmp_path / "a.mp4", INFO, VideoConfig(codec="libopenh264"))
    assert not list(tmp_path.iterdir())


def test_a_first_frame_of_another_size_than_announced_sets_the_size(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "a.mp4", INFO)
    sink.write(packet(0, 0.0, size=(32, 24)))
    sink.finish()
    sink.close()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].width == 32


def test_a_later_frame_of_another_size_is_an_error_that_names_both(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "a.mp4", INFO)
    sink.write(packet(0, 0.0))
    with pytest.raises(SinkError, match="frame 1 is 32x24, the first was 64x48"):
        sink.write(packet(1, 0.04, size=(32, 24)))
    sink.close()


def test_a_frame_that_does_not_come_after_the_one_before_is_an_error(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "a.mp4", INFO)
    sink.write(packet(0, 0.04))
    with pytest.raises(SinkError, match="not after the one before"):
        sink.write(packet(1, 0.04))
    sink.close()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_without_a_frame_there_is_an_error_and_no_file(tmp_path: Path, suffix: str) -> None:
    sink = VideoSink(tmp_path / f"a{suffix}", INFO)
    with pytest.raises(SinkError, match="no frame came"):
        sink.finish()
    sink.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_run_that_is_given_up_leaves_every_frame_in_the_temporary_file(tmp_path: Path, suffix: str) -> None:
    sink = VideoSink(tmp_path / f"a{suffix}", INFO)
    for index in range(40):
        sink.write(packet(index, index / 25))
    sink.close()
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == [f"a.part{suffix}"]
    assert sink.part == tmp_path / f"a.part{suffix}"
    assert times_of(sink.part) == [Fraction(index, 25) for index in range(40)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_told_and_leaves_what_plays(tmp_path: Path, suffix: str) -> None:
    sink = VideoSink(tmp_path / f"a{suffix}", replace(INFO, width=320, height=240))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(SinkError, match=r"cannot write .*: File too large; what was written plays in .*part"):
            for index in range(500):
                sink.write(packet(index, index / 25, size=(320, 240)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sink.close()
    assert [path.name for path in tmp_path.iterdir()] == [f"a.part{suffix}"]
    with av.open(str(tmp_path / f"a.part{suffix}")) as container:
        assert next(container.decode(video=0)).pts == 0


def test_a_folder_that_goes_away_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    sink = VideoSink(folder / "a.mp4", INFO)
    sink.write(packet(0, 0.0))
    shutil.rmtree(folder)
    with pytest.raises(SinkError, match=r"cannot write .*a\.mp4: No such file"):
        sink.finish()
    sink.close()


def test_another_suffix_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has to be one of \.mp4, \.mkv, \.mov"):
        VideoSink(tmp_path / "a.webm", INFO)


def test_settings_out_of_range_or_unknown_are_refused() -> None:
    for wrong in ({"crf": 52}, {"threads": 0}, {"keyframe_s": 0}, {"codec": "h265"}, {"quality": 3}):
        with pytest.raises(ValidationError):
            VideoConfig.model_validate(wrong)


@pytest.mark.parametrize(
    ("codecs", "suffix", "problems"),
    [
        (["aac"], ".mp4", []),
        (["vorbis"], ".mkv", []),
        (["opus", "mp3float"], ".mp4", []),
        (["aac", "pcm_mulaw"], ".mov", ["audio stream 1 (pcm_mulaw)"]),
        ([], ".mp4", []),
    ],
)
def test_an_output_nobody_named_gets_a_suffix_that_holds_the_sound(
    codecs: list[str], suffix: str, problems: list[str]
) -> None:
    audio = tuple(AudioStream(index, codec, 2, 48000) for index, codec in enumerate(codecs))
    info = replace(INFO, audio=audio)
    assert (suffix_for(info), audio_problems(info, ".mp4")) == (suffix, problems)


def test_sound_that_does_not_fit_is_told_with_what_would_hold_it(tmp_path: Path) -> None:
    info = replace(INFO, audio=(AudioStream(1, "pcm_mulaw", 1, 8000),))
    with pytest.raises(ConfigError, match=r"audio stream 1 \(pcm_mulaw\) .* use -o a\.mov or --set output\.audio=drop"):
        VideoSink(tmp_path / "a.mp4", info)
    VideoSink(tmp_path / "a.mp4", info, VideoConfig(audio="drop")).close()
