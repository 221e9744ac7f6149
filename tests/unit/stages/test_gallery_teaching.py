"""Somebody is named while a run goes on: the gallery learns it, and who was meant wrongly is not meant again."""

from pathlib import Path

import numpy as np
import pytest

from gallery.audit import read_log
from gallery.known import Known
from gallery.store import FacePicture, Gallery
from pipeline.errors import ConfigError
from stages.gallery_link import GalleryLink, picture_of

PRINT, WIDTH = "f" * 16, 8


def face(who: int) -> FacePicture:
    vector = np.zeros(WIDTH, np.float32)
    vector[who] = 0.7
    return picture_of(vector, 0.8)


def link(path: Path | None) -> GalleryLink:
    return GalleryLink(path, None, PRINT, WIDTH)


def test_a_face_that_was_named_is_known_a_second_later_and_the_log_says_so(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    running = link(path)
    assert running.open().names == ()
    running.teach("Ada", [face(0)], None)
    known = running.changed(2.0)
    assert known is not None and known.names == ("Ada",)
    with Gallery.open(path) as gallery:
        assert [entry.what for entry in read_log(gallery.file)] == ["named on the page"]


def test_a_face_that_was_taken_for_ada_is_not_ada_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    running = link(path)
    running.teach("Ada", [face(0)], None)
    alike = picture_of(face(0).vector + np.float32(0.05), 0.8)
    assert Known.open(path, PRINT).match(alike.vector[None]).distance[0] < 0.2
    running.teach("Bob", [alike], "Ada")
    known = Known.open(path, PRINT)
    assert known.names[known.match(alike.vector[None]).person[0]] == "Bob"
    assert np.isinf(known.distances(alike.vector[None])[0, known.names.index("Ada")])


def test_the_same_name_again_is_no_objection(tmp_path: Path) -> None:
    path = tmp_path / "people.gallery"
    link(path).teach("Ada", [face(0)], "ada")
    with Gallery.open(path) as gallery:
        assert [(person.pictures, person.not_pictures) for person in gallery.people()] == [(1, 0)]


def test_without_a_gallery_nobody_can_be_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"set stages\.identify\.gallery"):
        link(None).teach("Ada", [face(0)], None)
