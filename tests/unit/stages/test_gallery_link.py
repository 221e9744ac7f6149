"""The gallery while a run goes on: real files, made-up vectors."""

import logging
from pathlib import Path

import numpy as np
import pytest

from gallery.audit import Naming, read_log
from gallery.store import FacePicture, Gallery
from pipeline.errors import ConfigError
from stages.face_memory import Stranger
from stages.gallery_link import GalleryLink, read_passphrase

PRINT, WIDTH = "f" * 16, 8


def face(who: int) -> np.ndarray:
    vector = np.zeros(WIDTH, np.float32)
    vector[who] = 0.7
    return vector


def enrol(path: Path, name: str, who: int) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol(name, [FacePicture("a.jpg", name, 0.9, face(who))], PRINT)


def link(path: Path | None) -> GalleryLink:
    return GalleryLink(path, None, PRINT, WIDTH)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    enrol(tmp_path / "people.gallery", "ada", 0)
    return tmp_path / "people.gallery"


def test_without_a_gallery_nobody_is_known_and_nothing_is_written(tmp_path: Path) -> None:
    none = link(None)
    assert none.open().names == ()
    none.note(Naming("ada", "clip.mp4"))
    none.write(100.0, [Stranger(1, face(1), 0.0)], now=True)
    assert none.changed(100.0) is None
    assert list(tmp_path.iterdir()) == []


def test_a_gallery_that_is_not_there_yet_is_told_and_read_as_soon_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late = link(tmp_path / "late.gallery")
    with caplog.at_level(logging.WARNING):
        assert late.open().names == ()
    assert "faces enrol NAME IMAGE --gallery" in caplog.text
    late.note(Naming(None, "clip.mp4"))
    late.write(50.0, now=True)
    assert list(tmp_path.iterdir()) == []
    enrol(tmp_path / "late.gallery", "ada", 0)
    known = late.changed(60.0)
    assert known is not None
    assert known.names == ("ada",)


def test_somebody_added_while_it_runs_is_known_a_second_later_and_looked_for_no_more_often(path: Path) -> None:
    running = link(path)
    assert running.open().names == ("ada",)
    assert running.changed(5.0) is None
    enrol(path, "bob", 1)
    assert running.changed(5.5) is None
    known = running.changed(6.1)
    assert known is not None
    assert known.names == ("ada", "bob")
    assert running.changed(8.0) is None


def test_who_was_named_is_in_the_log_and_that_is_no_change_of_the_gallery(path: Path) -> None:
    running = link(path)
    running.open()
    running.note(Naming("ada", "clip.mp4", 3, 1.25, (("ada", 0.31),)))
    running.write(1.0)
    with Gallery.open(path, write=False) as gallery:
        assert [entry.what for entry in read_log(gallery.file) if entry.what == "named"] == []
    running.write(30.0)
    with Gallery.open(path, write=False) as gallery:
        (entry,) = [entry for entry in read_log(gallery.file) if entry.what == "named"]
    assert (entry.name, entry.detail["source"], entry.detail["track"]) == ("ada", "clip.mp4", 3)
    assert running.changed(40.0) is None


def test_unknown_people_have_their_numbers_in_the_next_run_but_no_name_in_either(path: Path) -> None:
    first = link(path)
    first.open()
    seen = [Stranger(1, face(4), 2.0, 0.8), Stranger(2, face(5), 2.0, 0.7)]
    first.write(3.0, seen, now=True)
    assert all(one.kept for one in seen)
    second = link(path)
    assert second.open().names == ("ada",)
    again = second.strangers()
    assert [one.number for one in again] == [1, 2]
    np.testing.assert_allclose(again[1].vector, face(5))
    second.write(3.0, again, now=True)
    assert len(link(path).strangers()) == 2


def test_an_unknown_person_who_was_given_a_name_is_known(path: Path) -> None:
    link(path).write(0.0, [Stranger(1, face(4), 2.0, 0.8)], now=True)
    with Gallery.open(path) as gallery:
        gallery.rename("unknown 1", "cleo")
    assert link(path).open().names == ("ada", "cleo")
    assert link(path).strangers() == []
    enrol(path, "unknown 5", 5)  # somebody's name, however odd
    assert link(path).strangers() == []


def test_a_gallery_that_goes_bad_while_it_runs_is_told_once_and_costs_nobody_their_name(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = link(path)
    running.open()
    for left in path.parent.iterdir():
        left.unlink()
    path.write_bytes(b"no gallery" * 100)
    with caplog.at_level(logging.WARNING):
        assert running.changed(5.0) is None
        running.note(Naming("ada", "clip.mp4"))
        running.write(60.0)
    assert len(caplog.records) == 1


def test_a_gallery_of_another_network_is_refused(path: Path) -> None:
    with pytest.raises(ConfigError, match="another network"):
        GalleryLink(path, None, "0" * 16, WIDTH).open()


def test_a_passphrase_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("correct horse\nsecond line\n")
    assert read_passphrase(tmp_path / "p") == "correct horse"
    assert read_passphrase(None) is None
    with pytest.raises(ConfigError, match="passphrase_file"):
        read_passphrase(tmp_path / "absent")
