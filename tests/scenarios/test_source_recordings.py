"""Real recordings that have tripped readers: phones, odd containers, wrong headers, damage."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.sources import SourceConfig, open_source

ANDROID, CODECS = "androidx", "torchcodec"


@pytest.mark.parametrize(
    ("parts", "frames", "size", "first_s", "last_s"),
    [
        (("intel_asl", "brother.mkv"), 65, (640, 480), 0.0, 2.167),  # variable frame rate
        (("moviepy", "fire2.mp4"), 25, (1280, 720), 0.0, 2.2798),  # turned by 180, variable
        (("moviepy", "no_duration.webm"), 74, (1280, 720), 0.0, 4.872),
        (("moviepy", "-video-with-dash-.mp4"), 5, (1, 1), 0.0, 4.0),
        (("moviepy", "pigs_in_a_polka.gif"), 30, (314, 273), 0.0, 2.9),
        (("bgs", "demo.avi"), 51, (48, 48), 0.0, 3.3333),  # aborts OpenCV
        (("opencv", "tree.avi"), 68, (320, 240), 0.0, 29.5335),  # announces 444 frames
        (("opencv", "Megamind_bugy.avi"), 270, (720, 528), 0.0333, 9.0),  # B-frames in AVI
        ((ANDROID, "mp4", "sample_edit_list.mp4"), 77, (1080, 1920), 0.0, 2.535),  # 86 stored, 9 before the edit
        ((ANDROID, "mp4", "sample_mdat_too_long.mp4"), 30, (1080, 720), 0.0, 0.9676),
        ((ANDROID, "mp4", "sample_rotate_and_reflect.mp4"), 30, (720, 1080), 0.0, 0.9676),
        ((ANDROID, "mp4", "internal_emulator_transformer_output_270_rotated.mp4"), 149, (720, 1280), 0.0, 4.9383),
        ((ANDROID, "mkv", "sample.mkv"), 30, (1080, 720), 0.067, 1.034),  # begins late
        ((ANDROID, "ts", "sample_h264.ts"), 30, (854, 480), 0.0, 0.9667),
        ((ANDROID, "vp9", "bear-vp9-odd-dimensions.webm"), 30, (161, 121), 0.0, 0.968),
        ((CODECS, "av1_video.mkv"), 125, (640, 360), 0.0, 4.96),
        ((CODECS, "h265_10bits.mp4"), 30, (200, 200), 0.0, 0.9667),
        ((CODECS, "nasa_13013.mp4"), 390, (480, 270), 0.0, 12.98),  # two picture streams: the larger
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) and isinstance(value[-1], str) else "",
)
def test_whole_recordings_give_every_frame_at_its_time_and_no_alarm(
    shared: Callable[..., Path],
    parts: tuple[str, ...],
    frames: int,
    size: tuple[int, int],
    first_s: float,
    last_s: float,
) -> None:
    source = open_source(shared("data", "videos", *parts))
    times = [(frame.media_s, frame.size) for frame in source]
    source.close()
    assert len(times) == frames
    assert {seen for _, seen in times} == {size} == {(source.info.width, source.info.height)}
    assert (times[0][0], times[-1][0]) == pytest.approx((first_s, last_s), abs=1e-3)
    assert not source.damage.any, source.damage


def test_a_refused_packet_costs_its_frame_and_is_told(shared: Callable[..., Path]) -> None:
    source = open_source(shared("data", "videos", ANDROID, "mp4", "sample_with_invalid_nalu.mp4"))
    assert len(list(source)) == 29
    source.close()
    assert source.damage.corrupt_packets == 1 and source.damage.missing_s == pytest.approx(0.0334, abs=1e-3)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("moviepy", "result.webm"), "the file is empty"),
        ((ANDROID, "mp4", "sample_audio_only.mp4"), "it has only sound"),
        ((ANDROID, "mp4", "sample_malformed_free_box.mp4"), "not a recording, or damaged from its start"),
        ((ANDROID, "vp9", "invalid-bitstream.webm"), "no frame in"),
        (("tiny", "gif.gif"), "no frame in"),
        (("tiny", "Mpeg4.mp4"), "no video in"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_what_holds_no_frame_is_refused_in_one_line(
    shared: Callable[..., Path], parts: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        open_source(shared("data", "videos", *parts))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["moviepy/fire2.mp4", "androidx/mkv/sample.mkv", "intel/car-detection.mp4"])
def test_opencv_gives_the_same_frames_at_the_same_times(shared: Callable[..., Path], name: str) -> None:
    path = shared("data", "videos", *name.split("/"))
    ours, theirs = open_source(path, limit=30), open_source(path, SourceConfig(reader="opencv"), limit=30)
    for a, b in zip(ours, theirs, strict=True):
        assert a.media_s == pytest.approx(b.media_s, abs=1e-3)
        assert abs(a.image.mean() - b.image.mean()) < 2
    ours.close()
    theirs.close()
