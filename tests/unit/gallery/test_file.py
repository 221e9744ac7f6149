"""A gallery's file: old, new, damaged, locked, sealed."""

import os
import sqlite3
import stat
import sys
import zlib
from pathlib import Path

import pytest

from gallery.file import GalleryFile
from gallery.known import Known
from gallery.schema import APPLICATION_ID, MIGRATIONS, VERSION
from gallery.store import Gallery
from gallery_faces import Face
from pipeline.errors import ConfigError

PASSPHRASE = "correct horse battery"


@pytest.fixture
def sealed(path: Path, face: Face) -> Path:
    pytest.importorskip("cryptography")
    with Gallery.open(path, PASSPHRASE, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
    return path


def first_version(path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript(MIGRATIONS[0])
    db.execute("INSERT INTO person (name, key, added) VALUES ('Ada', 'ada', '2026-01-01T00:00:00+00:00')")
    db.execute("INSERT INTO photo (person, source, sha256, quality, added) VALUES (1, 'a.jpg', 'x', 1, '')")
    db.execute("INSERT INTO embedding VALUES (1, 'net', ?)", (bytes(8),))
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()


def test_a_file_of_the_first_version_is_brought_up_to_date_with_its_people(path: Path) -> None:
    first_version(path)
    assert Known.open(path, "net").names == ("Ada",)  # to be read only, the file stays as it is
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (1,)
    with Gallery.open(path) as gallery:
        assert [person.name for person in gallery.people()] == ["Ada"]
        assert gallery.twins() == []
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    first_version(path)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE audit (mine TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="already exists"):
        GalleryFile(path)
    assert path.read_bytes() == before


def test_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    first_version(path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION + 7}")
    db.close()
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(ConfigError, match=f"version {VERSION + 7}.*update Sluice"):
            GalleryFile(path, write=write)
    assert path.read_bytes() == before


def test_what_is_no_gallery_is_refused_and_left_alone(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    with pytest.raises(ConfigError, match="another program"):
        GalleryFile(path)
    path.write_bytes(b"\x89PNG and so on")
    with pytest.raises(ConfigError, match="no gallery"):
        GalleryFile(path)
    assert path.read_bytes() == b"\x89PNG and so on"


def test_a_damaged_gallery_is_told_and_left_alone(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        for number in range(300):
            gallery.enrol(f"person {number}", [face(*range(128))], "net")
    whole = path.read_bytes()
    for damaged in (whole[:5000], whole[:4096] + os.urandom(len(whole) - 4096)):
        path.write_bytes(damaged)
        for write in (True, False):
            with pytest.raises(ConfigError, match="damaged"):
                GalleryFile(path, write=write)
        assert path.read_bytes() == damaged


def test_a_gallery_that_another_program_is_writing_is_told_and_may_be_read(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with GalleryFile(path, wait_s=0.1) as file, pytest.raises(ConfigError, match="in use by another program"):
        Gallery(file).enrol("Bob", [face(0, 1)], "net")
    assert Known.open(path, "net").names == ("Ada",)
    other.close()


def test_reading_leaves_nothing_beside_the_gallery(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
    Known.open(path, "net")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_absent_gallery_is_told_with_what_makes_one(path: Path) -> None:
    with pytest.raises(ConfigError, match="faces enrol NAME PHOTO --gallery"):
        GalleryFile(path)
    with pytest.raises(ConfigError, match="no folder"):
        GalleryFile(path / "deeper.gallery", create=True)
    with pytest.raises(ConfigError, match="Is a directory"):
        GalleryFile(path.parent)
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_new_gallery_is_its_owners_alone(path: Path) -> None:
    GalleryFile(path, create=True).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_sealed_gallery_shows_nothing_and_opens_with_its_passphrase(sealed: Path) -> None:
    data = sealed.read_bytes()
    assert b"SQLite format 3" not in data
    assert b"CREATE TABLE" not in data
    assert len(zlib.compress(data)) > 0.99 * len(data), "what can be made shorter can be read"
    assert Known.open(sealed, "net", PASSPHRASE).names == ("Ada",)
    assert [file.name for file in sealed.parent.iterdir()] == [sealed.name]


def test_a_wrong_passphrase_or_none_is_told_in_a_line(sealed: Path) -> None:
    with pytest.raises(ConfigError, match="passphrase is wrong"):
        GalleryFile(sealed, "guess")
    with pytest.raises(ConfigError, match="is sealed; give its passphrase"):
        GalleryFile(sealed)
    assert Known.open(sealed, "net", PASSPHRASE).names == ("Ada",)


def test_a_sealed_gallery_cut_off_or_changed_is_told(sealed: Path) -> None:
    whole = sealed.read_bytes()
    for damaged in (whole[:20], whole[:-1], whole[:60] + b"\x00\x01" + whole[62:]):
        sealed.write_bytes(damaged)
        with pytest.raises(ConfigError, match=r"damaged|cut off"):
            GalleryFile(sealed, PASSPHRASE)


def test_each_writing_has_another_nonce(sealed: Path, face: Face) -> None:
    before = sealed.read_bytes()
    with Gallery.open(sealed, PASSPHRASE) as gallery:
        gallery.enrol("Ada", [face(2, 0)], "net")
    after = sealed.read_bytes()
    assert before[:35] == after[:35] and before[35:47] != after[35:47]


def test_one_writer_at_a_time_has_a_sealed_gallery(sealed: Path) -> None:
    with GalleryFile(sealed, PASSPHRASE):
        with pytest.raises(ConfigError, match="in use"):
            GalleryFile(sealed, PASSPHRASE, wait_s=0.05)
        assert Known.open(sealed, "net", PASSPHRASE).names == ("Ada",)
    GalleryFile(sealed, PASSPHRASE).close()


def test_a_full_disk_leaves_the_sealed_gallery_as_it_was(sealed: Path, face: Face) -> None:
    before = sealed.read_bytes()
    with Gallery.open(sealed, PASSPHRASE) as gallery:
        sealed.with_name(f"{sealed.name}.part").mkdir()  # what cannot be written
        with pytest.raises(ConfigError, match="cannot write gallery"):
            gallery.enrol("Bob", [face(0, 1)], "net")
    assert sealed.read_bytes() == before


def test_a_gallery_is_sealed_and_opened_again_with_everybody_in_it(path: Path, face: Face) -> None:
    pytest.importorskip("cryptography")
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
        gallery.file.seal(PASSPHRASE)
        gallery.enrol("Bob", [face(0, 1)], "net")
        assert gallery.file.sealed
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert len(zlib.compress(left)) > 0.99 * len(left), "what can be made shorter can be read"
    with Gallery.open(path, PASSPHRASE) as gallery:
        gallery.file.seal(None)
        assert not gallery.file.sealed
    assert Known.open(path, "net").names == ("Ada", "Bob")


def test_a_passphrase_for_a_gallery_in_clear_is_refused(path: Path) -> None:
    GalleryFile(path, create=True).close()
    with pytest.raises(ConfigError, match="not sealed"):
        GalleryFile(path, PASSPHRASE)
