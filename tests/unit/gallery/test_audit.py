"""Who was named when and why, and that the log forgets who is forgotten."""

from pathlib import Path

from gallery.audit import Naming, read_log, write_namings
from gallery.store import Gallery
from gallery_faces import Face


def people(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
        gallery.enrol("Bob", [face(0, 1)], "net")


def test_a_naming_is_told_with_its_reasons(path: Path, face: Face) -> None:
    people(path, face)
    near = (("Ada", 0.31234567), ("Bob", 0.7))
    write_namings(path, [Naming("Ada", "gate", 5, 1.25, near, b"jpeg"), Naming(None, "gate", 6)])
    with Gallery.open(path, write=False) as gallery:
        stranger, ada = read_log(gallery.file)[:2]
        assert [entry.what for entry in read_log(gallery.file, "ADA")] == ["named", "enrolled"]
    assert (stranger.what, stranger.name) == ("unknown", None)
    assert ada.rows() | {"at": ""} == {
        "at": "",
        "what": "named",
        "name": "Ada",
        "source": "gate",
        "track": 5,
        "media_s": 1.25,
        "candidates": [["Ada", 0.3123], ["Bob", 0.7]],
        "crop": True,
    }


def test_who_is_removed_is_gone_from_the_reasons_of_others_too(path: Path, face: Face) -> None:
    people(path, face)
    write_namings(path, [Naming("Ada", "gate", candidates=(("Ada", 0.3), ("Bob", 0.5)))])
    with Gallery.open(path) as gallery:
        gallery.remove(["Bob"])
        named = read_log(gallery.file, "Ada")[0]
    assert named.detail["candidates"] == [["Ada", 0.3]]
    assert b"Bob" not in path.read_bytes()


def test_a_new_name_is_told_of_what_was_before(path: Path, face: Face) -> None:
    people(path, face)
    write_namings(path, [Naming("Ada", "gate", candidates=(("Ada", 0.3),))])
    with Gallery.open(path) as gallery:
        gallery.rename("Ada", "Ada Lovelace")
        assert {entry.name for entry in read_log(gallery.file, "Ada Lovelace")} == {"Ada Lovelace"}
        assert len(read_log(gallery.file, limit=2)) == 2


def test_nothing_to_write_opens_no_file(path: Path) -> None:
    write_namings(path, [])
    assert not path.exists()
