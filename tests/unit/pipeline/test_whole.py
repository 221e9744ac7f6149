"""A file beside its place until it is whole."""

from pathlib import Path

import pytest
from disks import largest_file

from pipeline.whole import whole, write_whole


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    path.write_bytes(b"old")
    with whole(path) as part:
        assert (part.parent, part.suffix) == (tmp_path, ".png")
        part.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_whole(path, "größer")
    assert path.read_text(encoding="utf-8") == "größer"
    with pytest.raises(OSError, match="too large"), largest_file(1000):
        write_whole(path, b"x" * 5000)
    assert path.read_text(encoding="utf-8") == "größer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_takes_none_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "taken", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
