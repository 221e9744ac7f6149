"""A folder of segments keeps to its limits, and nobody else's file is touched."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, SinkError
from pipeline.locks import lock, unlock
from pipeline.sinks.segment_names import begun_at, segment_name, source_slug
from pipeline.sinks.shelf import Shelf

NOW_S = 1783156502.0


class Clocks:
    """Seconds since 1970 and seconds that never go back, both set by hand."""

    def __init__(self) -> None:
        self.wall_s, self.steady_s = NOW_S, 1000.0

    def shelf(self, folder: Path, max_bytes: int | None = None, max_age_s: float | None = None, free: int = 0) -> Shelf:
        return Shelf(folder, max_bytes, max_age_s, free, lambda: self.wall_s, lambda: self.steady_s)


def segment(folder: Path, age_s: float, size: int = 100, **changes: Any) -> Path:
    path = folder / segment_name(NOW_S - age_s, changes.get("source", "gate"), changes.get("event"))
    path.write_bytes(b"x" * size)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_oldest_go_beyond_the_limit_of_size_whatever_source_they_are_of(tmp_path: Path) -> None:
    old, middle, new = segment(tmp_path, 30, source="a"), segment(tmp_path, 20, source="b"), segment(tmp_path, 10)
    shelf = Clocks().shelf(tmp_path, max_bytes=250)
    shelf.tidy()
    assert names(tmp_path) == {middle.name, new.name}
    assert old.name not in names(tmp_path)
    assert (shelf.bytes, shelf.removed) == (200, 1)


def test_those_too_old_go(tmp_path: Path) -> None:
    segment(tmp_path, 100)
    young = segment(tmp_path, 10)
    clocks = Clocks()
    shelf = clocks.shelf(tmp_path, max_age_s=60)
    shelf.tidy()
    assert names(tmp_path) == {young.name}
    clocks.steady_s += 51
    shelf.tidy()
    assert names(tmp_path) == set()


def test_files_that_are_not_ours_and_the_one_being_written_never_go(tmp_path: Path) -> None:
    others = ["holiday.mp4", "20260101T000000.000Z_gate.mkv", "20260101T000000Z_gate.mp4", "notes.txt", ".hidden"]
    for name in others:
        (tmp_path / name).write_bytes(b"x" * 1000)
    (tmp_path / "20200101T000000.000Z_folder.mp4").mkdir()
    (tmp_path / "20200101T000000.000Z_link.mp4").symlink_to(tmp_path / "holiday.mp4")
    growing = tmp_path / segment_name(NOW_S - 1e6, "gate").replace(".mp4", ".part.mp4")
    held = lock(growing, wait=False)
    growing.write_bytes(b"x" * 1000)
    shelf = Clocks().shelf(tmp_path, max_bytes=1, max_age_s=1)
    shelf.tidy()
    unlock(held)
    assert names(tmp_path) == {
        *others, "20200101T000000.000Z_folder.mp4", "20200101T000000.000Z_link.mp4", growing.name
    }  # fmt: skip


def test_without_a_limit_nothing_goes_even_from_a_full_disk(tmp_path: Path) -> None:
    segment(tmp_path, 1e9)
    shelf = Clocks().shelf(tmp_path, free=10**18)
    with pytest.raises(SinkError, match=r"the disk is full .*set a limit, so that the oldest segments go"):
        shelf.check()
    assert len(names(tmp_path)) == 1


def test_with_a_limit_a_full_disk_takes_the_oldest_first(tmp_path: Path) -> None:
    segment(tmp_path, 20)
    newest = segment(tmp_path, 10)
    free = os.statvfs(tmp_path)
    reserve = free.f_bavail * free.f_frsize * 2
    shelf = Clocks().shelf(tmp_path, max_age_s=1e6, free=reserve)
    with pytest.raises(SinkError, match="make room"):
        shelf.check()
    assert names(tmp_path) == {newest.name}


@pytest.mark.parametrize("jump_s", [-40 * 365 * 86400.0, -7200.0, 7200.0, 10 * 365 * 86400.0])
def test_a_clock_that_jumps_changes_neither_what_is_old_nor_what_goes_first(tmp_path: Path, jump_s: float) -> None:
    before = segment(tmp_path, 20)
    clocks = Clocks()
    shelf = clocks.shelf(tmp_path, max_bytes=250, max_age_s=3600)
    shelf.tidy()
    clocks.wall_s += jump_s
    clocks.steady_s += 10
    after = [segment(tmp_path, -jump_s - 10), segment(tmp_path, -jump_s - 12)]
    shelf.tidy()
    assert names(tmp_path) == {path.name for path in after}
    assert not before.exists()


def test_a_segment_begun_before_the_clock_was_set_is_not_forty_years_old(tmp_path: Path) -> None:
    segment(tmp_path, 20)
    clocks = Clocks()
    shelf = clocks.shelf(tmp_path, max_age_s=3600)
    shelf.tidy()
    early = segment(tmp_path, 40 * 365 * 86400.0)
    shelf.tidy()
    assert early.exists()


def test_the_one_being_written_counts_but_others_go_for_it(tmp_path: Path) -> None:
    growing = segment(tmp_path, 20, 1000)
    growing.rename(growing.with_suffix(".part.mp4"))
    held = lock(growing.with_suffix(".part.mp4"), wait=False)
    segment(tmp_path, 15, 100)
    newest = segment(tmp_path, 10, 100)
    shelf = Clocks().shelf(tmp_path, max_bytes=1150)
    shelf.tidy()
    unlock(held)
    assert names(tmp_path) == {growing.with_suffix(".part.mp4").name, newest.name}


def test_a_limit_of_less_than_one_segment_leaves_the_newest(tmp_path: Path) -> None:
    segment(tmp_path, 20)
    newest = segment(tmp_path, 10)
    shelf = Clocks().shelf(tmp_path, max_bytes=1)
    shelf.tidy()
    assert names(tmp_path) == {newest.name}


def test_what_a_killed_run_left_and_does_not_play_is_removed_and_what_others_write_is_left(tmp_path: Path) -> None:
    left = tmp_path / segment_name(NOW_S, "gate").replace(".mp4", ".part.mp4")
    left.write_bytes(b"\0\0\0\x08ftyp")
    busy = tmp_path / segment_name(NOW_S, "yard").replace(".mp4", ".part.mp4")
    held = lock(busy, wait=False)
    other = tmp_path / "cut.part.mp4"
    other.write_bytes(b"")
    assert Clocks().shelf(tmp_path).rescued == 0
    unlock(held)
    assert names(tmp_path) == {busy.name, other.name}


def test_a_folder_is_made_and_one_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    Clocks().shelf(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    with pytest.raises(ConfigError, match=r"cannot record to /proc: .*name a folder that this user may write"):
        Clocks().shelf(Path("/proc"))


def test_a_disk_that_was_taken_away_is_not_replaced_by_the_system_s_own(tmp_path: Path) -> None:
    shelf = Clocks().shelf(tmp_path)
    shelf.on_root_disk = False  # as it is for a folder on a disk of its own
    if tmp_path.stat().st_dev != Path("/").stat().st_dev:
        pytest.skip("the folder for tests is on a disk of its own")
    with pytest.raises(SinkError, match="its disk is not mounted"):
        shelf.check()


def test_a_name_is_given_once_even_to_two_that_ask_at_the_same_time(tmp_path: Path) -> None:
    (tmp_path / segment_name(NOW_S, "gate")).touch()
    shelves = [Clocks().shelf(tmp_path) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        given = list(pool.map(lambda number: shelves[number % 2].place(NOW_S, "gate"), range(40)))
    assert len(set(given)) == 40
    assert sorted(round(1000 * ((begun_at(path.name) or 0.0) - NOW_S)) for path in given) == list(range(1, 41))


@pytest.mark.parametrize(
    "name",
    [
        "rtsp://user:pa@ss@gate/1?token=secret#secret",
        "http://gate/1;secret=secret?x=secret",
        "rtsp://user:secret@gate/1",
        "rtsp://***@gate/1",
    ],
)
def test_no_secret_of_an_address_gets_into_a_name(name: str) -> None:
    assert source_slug(name) == "gate-1"


@pytest.mark.parametrize("name", ["", "///", "../..", "人", "x" * 500, "a/../../etc/passwd", "-rf"])
def test_any_name_makes_a_file_name_that_is_ours(name: str) -> None:
    made = segment_name(NOW_S, source_slug(name))
    assert begun_at(made) == NOW_S
    assert len(made) < 90
    assert "/" not in made
