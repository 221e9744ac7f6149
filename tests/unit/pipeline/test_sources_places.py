"""What a person is told when there is nothing to read."""

import os
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.sources import SourceConfig, open_source
from recordings import record, record_sound, shades


def refusal(target: str | Path, **settings: object) -> str:
    with pytest.raises(SourceError) as caught:
        open_source(target, SourceConfig.model_validate(settings))
    line = str(caught.value)
    assert "\n" not in line and "Errno" not in line
    return line


def test_a_name_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    record(tmp_path / "holiday.mp4", shades(1))
    assert "did you mean holiday.mp4?" in refusal(tmp_path / "holyday.mp4")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path / 'no'} either" in refusal(tmp_path / "no" / "a.mp4")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert "the file is empty" in refusal(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["a.mp4", "a.txt"])
def test_a_text_is_no_recording(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("not a film\n" * 50)
    assert f"cannot read {tmp_path / name}" in refusal(tmp_path / name)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    assert "it has only sound" in refusal(record_sound(tmp_path / "a.m4a"))


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    path = record(tmp_path / "a.mp4", shades(1))
    path.chmod(0)
    assert "permission denied" in refusal(path)


def test_a_folder_of_recordings_asks_for_one_of_them(tmp_path: Path) -> None:
    record(tmp_path / "a.mp4", shades(1))
    line = refusal(tmp_path)
    assert "no images in" in line and "a.mp4" in line


def test_a_pattern_without_a_match_is_told(tmp_path: Path) -> None:
    assert "nothing matches" in refusal(f"{tmp_path}/*.png")


def test_an_address_is_refused_without_its_password() -> None:
    line = refusal("rtsp://me:secret@gate/1")
    assert "rtsp" in line and "secret" not in line


def test_opencv_refuses_raw_video_in_avi_that_would_abort_it(tmp_path: Path) -> None:
    path = record(tmp_path / "a.avi", shades(2), codec="rawvideo", pix_fmt="bgr24")
    assert "set source.reader to pyav" in refusal(path, reader="opencv")


def test_a_recording_without_a_frame_is_told(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", shades(3))
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov")
    data[start:end] = bytes(end - start)
    path.write_bytes(data)
    assert "no frame in" in refusal(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    assert "it is a pipe or a device" in refusal(tmp_path / "a.mp4")
