"""People come, are renamed and joined, and go for good."""

from pathlib import Path

import pytest

from gallery.known import Known, stamp_of
from gallery.store import Gallery
from gallery_faces import Face
from pipeline.errors import ConfigError


def test_people_are_there_when_the_file_is_opened_again(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        assert gallery.enrol("Ada", [face(1, 0), face(0, 1)], "net") == 2
    with Gallery.open(path, write=False) as gallery:
        (ada,) = gallery.people()
    assert (ada.name, ada.pictures, ada.thumbnails, ada.fingerprints) == ("Ada", 2, 0, ("net",))
    assert Known.open(path, "net").vectors.tolist() == [[1, 0], [0, 1]]


def test_the_same_picture_is_kept_once_and_the_same_name_in_capitals_is_the_same_person(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
        assert gallery.enrol("ADA", [face(1, 0), face(2, 0)], "net") == 1
        assert [person.pictures for person in gallery.people()] == [2]


def test_a_removed_person_is_in_no_byte_of_the_folder(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Bob", [face(3, 4)], "net")
        for number in range(200):
            gallery.enrol("Zebulon", [face(number, 7, source=f"zebulon{number}.jpg", thumbnail=b"ZZTHUMB" * 99)], "net")
        gallery.rename("Zebulon", "Zebedaeus")
        gallery.remove(["zebedaeus"])
        left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    left += b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Bob" in left
    for trace in (b"ebulon", b"ebedaeus", b"ZZTHUMB"):
        assert trace not in left
    assert not path.with_name("people.gallery-wal").exists()


def test_joined_people_are_one_with_all_pictures(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
        gallery.enrol("A. Lovelace", [face(2, 0), face(1, 0)], "net")
        gallery.merge("ada", ["A. Lovelace"])
        assert [(person.name, person.pictures) for person in gallery.people()] == [("Ada", 2)]
        with pytest.raises(ConfigError, match="into itself"):
            gallery.merge("ada", ["ADA"])


def test_a_name_that_somebody_has_is_refused_and_another_case_of_the_own_name_is_not(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("ada", [face(1, 0)], "net")
        gallery.enrol("bob", [face(2, 0)], "net")
        with pytest.raises(ConfigError, match=r"there is a 'ada'.*faces merge"):
            gallery.rename("bob", "Ada")
        gallery.rename("bob", "Bob")
        assert [person.name for person in gallery.people()] == ["ada", "Bob"]


def test_who_is_not_there_is_told_with_the_nearest_name(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Margaret", [face(1, 0)], "net")
        with pytest.raises(ConfigError, match=r"no 'Margret'.*did you mean 'Margaret'"):
            gallery.remove(["Margret"])
        with pytest.raises(ConfigError, match="no 'Ada'"):
            gallery.enrol("Ada", [face(1, 0)], "net", is_not=True)
        assert len(gallery.people()) == 1


def test_removing_two_where_one_is_unknown_removes_nobody(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(1, 0)], "net")
        with pytest.raises(ConfigError):
            gallery.remove(["Ada", "Nobody"])
        assert len(gallery.people()) == 1


def test_not_ada_counts_against_ada(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(0, 0)], "net")
        gallery.enrol("Ada", [face(2, 0)], "net", is_not=True)
    known = Known.open(path, "net")
    assert known.match(face(1.9, 0).vector[None]).person.tolist() == [-1]
    assert known.match(face(0.1, 0).vector[None]).person.tolist() == [0]


def test_twins_are_told_both_ways(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ann", [face(0, 0)], "net")
        gallery.enrol("Bea", [face(1, 0)], "net")
        gallery.set_twins("Bea", "Ann", True)
        gallery.set_twins("Ann", "Bea", True)
        assert Known.open(path, "net").are_twins("Bea", "Ann")
        gallery.set_twins("Ann", "Bea", False)
        assert not Known.open(path, "net").twins


def test_another_network_is_refused_until_it_was_asked_about_the_thumbnails(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(0, 0, thumbnail=b"jpeg")], "old")
        with pytest.raises(ConfigError, match=r"another network than new.*faces reembed"):
            Known.open(path, "new")
        ((name, picture),) = gallery.without("new")
        assert name == "Ada" and picture.thumbnail is not None
        gallery.add_vectors({picture.id: face(5, 5, 5).vector}, "new")
    assert Known.open(path, "new").vectors.shape == (1, 3)
    assert Known.open(path, "old").vectors.shape == (1, 2)


def test_an_empty_gallery_knows_nobody(path: Path) -> None:
    Gallery.open(path, create=True).file.close()
    assert Known.open(path, "net").names == ()


def test_the_stamp_changes_with_the_gallery(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(0, 0)], "net")
        known = Known.open(path, "net")
        assert stamp_of(path) == known.stamp
        gallery.enrol("Ada", [face(1, 0)], "net")
        assert stamp_of(path) != known.stamp


def test_the_last_picture_goes_only_with_the_person(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("Ada", [face(0, 0), face(1, 0)], "net")
        first, second = (picture.id for picture in gallery.pictures("Ada"))
        gallery.remove_picture("Ada", first)
        with pytest.raises(ConfigError, match="only one"):
            gallery.remove_picture("Ada", second)
        with pytest.raises(ConfigError, match="has no picture 99"):
            gallery.remove_picture("Ada", 99)


def test_a_stranger_is_known_by_a_name_once_one_is_given(path: Path, face: Face) -> None:
    with Gallery.open(path, create=True) as gallery:
        gallery.enrol("stranger 1", [face(0, 0)], "net", stranger=True)
        assert not Known.open(path, "net").names
        assert Known.open(path, "net", strangers=True).names == ("stranger 1",)
        gallery.rename("stranger 1", "Ada")
    assert Known.open(path, "net").names == ("Ada",)
