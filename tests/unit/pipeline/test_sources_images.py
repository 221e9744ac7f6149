"""Folders, globs and single images."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.errors import SourceError
from pipeline.sources import SourceConfig, open_source


def save(path: Path, value: int, size: tuple[int, int] = (32, 24)) -> Path:
    ok, data = cv2.imencode(path.suffix, np.full((size[1], size[0], 3), value, np.uint8))
    assert ok
    path.write_bytes(data.tobytes())
    return path


def test_a_folder_is_read_in_the_order_people_count(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        save(tmp_path / f"shot{number}.png", number)
    (tmp_path / "notes.txt").write_text("no image")
    source = open_source(tmp_path, SourceConfig(fps=10))
    frames = list(source)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 9, 10]
    assert [frame.media_s for frame in frames] == [0, 0.1, 0.2]
    assert (source.info.fps, source.info.frames_hint, source.info.reader) == (10, 3, "images")


def test_a_glob_and_a_single_image_are_sources_too(tmp_path: Path) -> None:
    save(tmp_path / "ä1.jpg", 10)
    save(tmp_path / "ä2.jpg", 20)
    save(tmp_path / "b.jpg", 30)
    assert len(list(open_source(f"{tmp_path}/ä*.jpg"))) == 2
    assert [frame.media_s for frame in open_source(tmp_path / "b.jpg")] == [0]
    assert len(list(open_source(tmp_path, limit=2))) == 2


def test_an_image_that_cannot_be_read_leaves_a_gap_in_time_and_is_counted(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.png", number)
    (tmp_path / "2.png").write_bytes(b"garbage")
    source = open_source(tmp_path)
    frames = list(source)
    assert [(frame.index, frame.media_s) for frame in frames] == [(0, 0), (1, 0.04), (2, 0.12)]
    assert source.damage.corrupt_packets == 1 and source.damage.missing_s == pytest.approx(0.04)
    assert source.damage.messages == ["2.png could not be read and was passed over"]


def test_only_garbage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"garbage")
    with pytest.raises(SourceError, match=r"a\.png: not an image, or damaged"):
        open_source(tmp_path)


def test_images_of_other_sizes_are_scaled_to_the_first_with_black_around(tmp_path: Path) -> None:
    save(tmp_path / "1.png", 200, (40, 20))
    save(tmp_path / "2.png", 200, (20, 20))
    source = open_source(tmp_path)
    _, second = list(source)
    assert second.size == (40, 20) and source.damage.resized_frames == 1 and not source.damage.any
    assert second.image[10, 0].tolist() == [0, 0, 0] and second.image[10, 20].tolist() == [200, 200, 200]


def test_what_is_seen_through_is_white(tmp_path: Path) -> None:
    image = np.zeros((8, 8, 4), np.uint8)
    image[:4, :, 3] = 255
    cv2.imwrite(str(tmp_path / "a.png"), image)
    (frame,) = open_source(tmp_path / "a.png")
    assert frame.image[0, 0].tolist() == [0, 0, 0] and frame.image[7, 7].tolist() == [255, 255, 255]


def test_closing_ends_the_images(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / f"{number}.png", number)
    source = open_source(tmp_path)
    frames = iter(source)
    next(frames)
    source.close()
    source.close()
    assert list(frames) == []
