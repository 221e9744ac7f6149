"""Recordings of every kind, written by a real encoder and read back."""

import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pipeline.sources import SourceConfig, open_source
from pipeline.stage import Source
from pipeline.types import Damage, Frame, SourceInfo
from recordings import noise, record, shades


def read(path: Path, **settings: object) -> tuple[SourceInfo, list[Frame], Damage]:
    source = open_source(path, SourceConfig.model_validate(settings))
    try:
        return source.info, list(source), source.damage
    finally:
        source.close()


def test_frames_are_numbered_timed_read_only_and_contiguous(tmp_path: Path) -> None:
    info, frames, damage = read(record(tmp_path / "a.mp4", shades(10)))
    assert [frame.index for frame in frames] == list(range(10))
    assert [frame.media_s for frame in frames] == [index / 25 for index in range(10)]
    assert all(frame.source == "a.mp4" and frame.size == (64, 48) for frame in frames)
    assert all(frame.image.flags.c_contiguous and not frame.image.flags.writeable for frame in frames)
    assert (info.width, info.height, info.fps, info.reader, info.codec) == (64, 48, 25.0, "pyav", "h264")
    assert not damage.any and not damage.messages


def test_pictures_come_out_as_they_went_in(tmp_path: Path) -> None:
    pictures = shades(3)
    _, frames, _ = read(record(tmp_path / "a.mp4", pictures, options={"crf": "1"}))
    for frame, picture in zip(frames, pictures, strict=True):
        assert np.abs(frame.image.astype(int) - picture).mean() < 3


def test_a_variable_frame_rate_stays_variable(tmp_path: Path) -> None:
    times = [0, 40, 80, 500, 510, 900, 2000]
    for name in ("a.mp4", "a.mkv"):
        _, frames, _ = read(record(tmp_path / name, shades(7), times_ms=times))
        assert [frame.media_s for frame in frames] == [time / 1000 for time in times], name


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mov", "libx264"),
        ("a.mkv", "libx265"),
        ("a.webm", "libvpx-vp9"),
        ("a.avi", "mpeg4"),
        ("a.ts", "libx264"),
        ("a.flv", "flv"),
        ("a.3gp", "mpeg4"),
        ("a.wmv", "wmv2"),
        ("a.mkv", "libsvtav1"),
    ],
)
def test_every_container_gives_every_frame(tmp_path: Path, name: str, codec: str) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    _, frames, damage = read(record(tmp_path / name, shades(12, (64, 64)), codec=codec, options=options))
    assert len(frames) == 12 and not damage.any
    assert frames[0].media_s == pytest.approx(0, abs=0.1)
    assert frames[-1].media_s - frames[0].media_s == pytest.approx(11 / 25, abs=2e-3)


def test_a_transport_stream_begins_at_zero_and_says_what_was_taken_off(tmp_path: Path) -> None:
    info, frames, _ = read(record(tmp_path / "a.ts", shades(3), times_ms=[5000, 5040, 5100]))
    assert [round(frame.media_s, 6) for frame in frames] == [0, 0.04, 0.1] and info.origin_s == 5


def test_a_recording_that_begins_late_keeps_its_clock(tmp_path: Path) -> None:
    info, frames, _ = read(record(tmp_path / "a.mkv", shades(3), times_ms=[700, 740, 780]))
    assert [frame.media_s for frame in frames] == [0.7, 0.74, 0.78] and info.origin_s == 0


@pytest.mark.parametrize(("rotation", "code"), [(90, 2), (180, 1), (-90, 0)])
def test_rotation_is_applied_once_and_as_opencv_does(tmp_path: Path, rotation: int, code: int) -> None:
    picture = shades(1)[0]
    path = record(tmp_path / "a.mp4", [picture] * 3, rotation=rotation, options={"crf": "1"})
    info, frames, _ = read(path)
    upright = cv2.rotate(picture, code)
    assert (info.width, info.height) == frames[0].size == upright.shape[1::-1]
    assert np.abs(frames[0].image.astype(int) - upright).mean() < 3
    theirs = cv2.VideoCapture(str(path)).read()[1]
    assert np.abs(frames[0].image.astype(int) - theirs).mean() < 4


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (33, 17), (1, 1)])
def test_odd_sizes_are_read_to_the_last_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    pictures = shades(2, size)
    _, frames, _ = read(record(tmp_path / "a.mkv", pictures, codec="libvpx-vp9", options={"lossless": "1"}))
    assert frames[0].size == size
    assert abs(int(frames[0].image[-1, -1, 0]) - int(pictures[0][-1, -1, 0])) < 4


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuv420p10le", "yuv422p", "yuv444p", "yuvj444p"])
def test_every_pixel_format_shows_the_same_picture(tmp_path: Path, pix_fmt: str) -> None:
    pictures = shades(2)
    _, frames, _ = read(record(tmp_path / "a.mkv", pictures, pix_fmt=pix_fmt, options={"crf": "1"}))
    grey = slice(20, None)  # below the red corner
    assert np.abs(frames[0].image[grey].astype(int) - pictures[0][grey]).mean() < 3


def test_a_grey_recording_that_names_no_range_is_limited_as_h264_says(tmp_path: Path) -> None:
    pictures = [np.full((48, 64, 3), 90, np.uint8)] * 2
    _, frames, _ = read(record(tmp_path / "a.mkv", pictures, pix_fmt="gray"))
    assert np.abs(frames[0].image.astype(int) - (90 - 16) * 255 / 219).max() < 3


def test_lossless_rgb_comes_through_to_the_bit(tmp_path: Path) -> None:
    pictures = noise(2)
    info, frames, _ = read(record(tmp_path / "a.mkv", pictures, codec="ffv1", pix_fmt="bgr0"))
    assert all(np.array_equal(frame.image, picture) for frame, picture in zip(frames, pictures, strict=True))
    assert (info.colour.matrix, info.colour.transfer) == (6, 13)


def test_raw_pictures_stored_bottom_up_stand_upright(tmp_path: Path) -> None:
    pictures = noise(2)
    path = record(tmp_path / "a.avi", pictures, codec="rawvideo", pix_fmt="bgr24")
    data = bytearray(path.read_bytes())
    height = data.index(b"strf") + 16  # of the BITMAPINFOHEADER: negative is top-down, which the encoder wrote
    assert int.from_bytes(data[height : height + 4], "little", signed=True) == -48
    data[height : height + 4] = (48).to_bytes(4, "little")
    path.write_bytes(data)
    _, frames, _ = read(path)
    assert np.array_equal(frames[1].image, pictures[1][::-1])


def test_what_is_seen_through_is_white(tmp_path: Path) -> None:
    clear = np.zeros((16, 16, 4), np.uint8)
    clear[:8] = (255, 0, 0, 255)
    with av.open(str(tmp_path / "a.mov"), "w") as container:
        stream = container.add_stream("png", rate=25)
        stream.width = stream.height = 16
        stream.pix_fmt = "rgba"
        container.mux([*stream.encode(av.VideoFrame.from_ndarray(clear, format="rgba")), *stream.encode(None)])
    _, frames, _ = read(tmp_path / "a.mov")
    assert frames[0].image[0, 0].tolist() == [0, 0, 255]
    assert frames[0].image[-1, -1].tolist() == [255, 255, 255]


def test_colour_tags_are_told_as_the_file_says(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        codec = stream.codec_context
        codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range = 1, 1, 1, 1
        frame = av.VideoFrame.from_ndarray(shades(1)[0], format="bgr24").reformat(format="yuv420p")
        frame.colorspace, frame.color_primaries, frame.color_trc = 1, 1, 1
        container.mux([*stream.encode(frame), *stream.encode(None)])
    colour = read(tmp_path / "a.mp4")[0].colour
    assert (colour.matrix, colour.primaries, colour.transfer, colour.full_range) == (1, 1, 1, False)


def test_sound_is_listed(tmp_path: Path) -> None:
    info, frames, _ = read(record(tmp_path / "a.mp4", shades(5), sound=True))
    assert [(sound.index, sound.codec, sound.sample_rate) for sound in info.audio] == [(1, "aac", 16000)]
    assert len(frames) == 5


def test_a_limit_stops_after_so_many_frames(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", shades(10))
    source = open_source(path, limit=3)
    assert len(list(source)) == 3 and not source.damage.truncated
    source.close()
    with pytest.raises(ValueError, match="limit: expected 1 or more, received 0"):
        open_source(path, limit=0)


def test_two_decoding_threads_give_the_same_frames(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", noise(20))
    one, two = read(path, threads=1)[1], read(path, threads=2)[1]
    assert len(one) == len(two) == 20
    assert all(np.array_equal(a.image, b.image) and a.media_s == b.media_s for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("reader", ["pyav", "opencv"])
def test_closing_from_another_thread_ends_the_frames_without_an_error(tmp_path: Path, reader: str) -> None:
    path = record(tmp_path / "a.mp4", noise(200, (320, 240)), options={"preset": "ultrafast"})
    for _ in range(3):
        source = open_source(path, SourceConfig.model_validate({"reader": reader}))
        seen: list[int] = []
        begun = threading.Event()

        def consume(source: Source = source, seen: list[int] = seen, begun: threading.Event = begun) -> None:
            for frame in source:
                seen.append(frame.index)
                begun.set()

        thread = threading.Thread(target=consume)
        thread.start()
        assert begun.wait(10)
        source.close()
        thread.join(10)
        assert not thread.is_alive() and len(seen) < 200
        source.close()


def test_closing_leaves_no_file_open(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", shades(5))
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("open files are listed on Linux only")
    source = open_source(path)
    next(iter(source))
    source.close()
    assert not [link for link in folder.iterdir() if link.is_symlink() and link.readlink() == path]


@pytest.mark.parametrize(
    "name", ["-a.mp4", "a:b.mp4", "50% #1.mp4", "grüße 映像.mp4", "concat:x.mp4", "a[1].mp4", "%03d.mkv"]
)
def test_strange_names_are_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "plain.mkv", shades(3)).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    info, frames, _ = read(Path(name))
    assert len(frames) == 3 and info.name == name


def test_opencv_reads_the_same_frames_at_the_same_times(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", shades(6), times_ms=[700, 740, 780, 1000, 1500, 1540])
    (info, ours, _), (theirs_info, theirs, _) = read(path), read(path, reader="opencv")
    assert [frame.media_s for frame in ours] == [frame.media_s for frame in theirs]
    assert (theirs_info.reader, theirs_info.width, theirs_info.time_base) == ("opencv", info.width, Fraction(1, 1000))


def test_ffmpeg_says_nothing_on_the_terminal(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", noise(40))
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 4000] = bytes(4000)
    path.write_bytes(data)
    code = f"from pipeline.sources import open_source; list(open_source({str(path)!r}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=Path(__file__).parents[3], check=True)
    assert run.stdout == run.stderr == b""
