"""`run.py faces` as a person uses it, on real faces; skipped where the development pictures are absent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from models.cache import default_cache
from models.pull import pull
from models.shelf import find
from pipeline.errors import ModelError, PipelineError
from run import main

Faces = Callable[..., Result]


@pytest.fixture(scope="session")
def face_models() -> None:
    """The face detector and embedder, pulled; the test is skipped where they cannot be had."""
    for name in ("face-blazeface-short", "face-dlib-resnet"):
        try:
            pull(find(name), default_cache())
        except ModelError as error:
            pytest.skip(f"the face models cannot be had: {error}")


@pytest.fixture
def photos(shared: Callable[..., Path], face_models: None) -> Path:
    return shared("data", "faces", "face_recognition", "examples")


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    return tmp_path / "people.gallery"


@pytest.fixture
def faces(gallery: Path) -> Faces:
    """`faces("enrol", "Ada", path)`: the command with the test's gallery."""

    def ask(*words: object) -> Result:
        return CliRunner().invoke(main, ["faces", *map(str, words), "--gallery", str(gallery)])

    return ask


def told(result: Result) -> str:
    """The one line of a mistake."""
    assert isinstance(result.exception, PipelineError), result.output
    assert result.exception.exit_code == 2 and "\n" not in str(result.exception)
    return str(result.exception)


def matched(faces: Faces, *paths: Path) -> list[dict[str, Any]]:
    result = faces("match", *paths, "--json")
    assert result.exit_code == 0, result.output
    return [face for line in result.stdout.splitlines() for face in json.loads(line)["faces"]]


def test_who_was_enrolled_is_known_on_another_picture_and_strangers_are_not(faces: Faces, photos: Path) -> None:
    assert faces("enrol", "Barack", photos / "obama.jpg").exit_code == 0
    found = matched(faces, photos / "two_people.jpg")
    assert [face["name"] for face in found] == ["Barack", None]
    assert found[0]["distance"] < 0.5
    assert 200 < found[0]["xyxy"][0] < 300


def test_a_picture_with_two_faces_or_none_or_a_poor_one_is_refused_and_leaves_no_gallery(
    faces: Faces, photos: Path, gallery: Path, tmp_path: Path
) -> None:
    grey, small = tmp_path / "grey.png", tmp_path / "small.png"
    assert cv2.imwrite(str(grey), np.full((200, 200, 3), 128, np.uint8))
    photo = cv2.imread(str(photos / "obama.jpg"))
    assert photo is not None and cv2.imwrite(str(small), cv2.resize(photo, (45, 56), interpolation=cv2.INTER_AREA))
    assert "2 faces; cut the picture to one" in told(faces("enrol", "A", photos / "two_people.jpg"))
    assert "no face found" in told(faces("enrol", "A", grey))
    assert "too poor (too small" in told(faces("enrol", "A", small))
    assert not gallery.exists()
    assert faces("enrol", "A", photos / "two_people.jpg", "--largest").exit_code == 0


def test_the_same_person_twice_is_one_with_nothing_new(faces: Faces, photos: Path) -> None:
    faces("enrol", "Joe", photos / "biden.jpg")
    again = faces("enrol", "joe", photos / "biden.jpg")
    assert again.exit_code == 0 and "0 new, 1 there already" in again.output
    assert faces("list").output.startswith("Joe  1 picture")


def test_the_same_face_under_another_name_is_remarked(faces: Faces, photos: Path) -> None:
    faces("enrol", "Joe", photos / "biden.jpg")
    assert "looks like Joe" in faces("enrol", "Jim", photos / "biden.jpg").output


def test_a_face_that_was_said_not_to_be_somebody_is_not(faces: Faces, photos: Path) -> None:
    faces("enrol", "Barack", photos / "obama.jpg")
    faces("enrol", "Joe", photos / "biden.jpg")
    assert faces("not", "Barack", photos / "two_people.jpg", "--largest").exit_code == 0
    names = [face["name"] for face in matched(faces, photos / "two_people.jpg", photos / "obama.jpg")]
    assert "Barack" in names  # his own picture is him still
    assert told(faces("not", "Nobody", photos / "obama.jpg")).startswith("there is no 'Nobody'")


def test_who_is_removed_is_in_no_byte_of_the_file_and_not_recognised(faces: Faces, photos: Path, gallery: Path) -> None:
    faces("enrol", "Barack", photos / "obama.jpg", "--thumbnails")
    faces("enrol", "Joe", photos / "biden.jpg", "--thumbnails")
    assert b"Barack" in gallery.read_bytes()
    assert faces("remove", "Barack").exit_code == 0
    left = b"".join(path.read_bytes() for path in gallery.parent.iterdir())
    assert b"Barack" not in left and b"obama" not in left and left.count(b"\xff\xd8\xff") == 1
    assert [face["name"] for face in matched(faces, photos / "obama.jpg")] == [None]


def test_thumbnails_are_kept_only_if_asked_for_and_give_the_same_numbers(
    faces: Faces, photos: Path, gallery: Path
) -> None:
    faces("enrol", "Barack", photos / "obama.jpg")
    assert b"\xff\xd8\xff" not in gallery.read_bytes()
    faces("enrol", "Joe", photos / "biden.jpg", "--thumbnails")
    from commands.faces_look import Looker
    from gallery.store import Gallery

    with Gallery.open(gallery) as people, Looker() as looker:
        ((picture, vectors),) = people.embedded("Joe")
        assert picture.thumbnail is not None
        image = cv2.imdecode(np.frombuffer(picture.thumbnail.jpeg, np.uint8), cv2.IMREAD_COLOR)
        again = looker.embed(np.asarray(image), picture.thumbnail.keypoints)
    (vector,) = vectors.values()
    assert np.linalg.norm(again - vector) < 0.15


def test_a_folder_of_people_is_imported_and_exported_and_imported_again(
    faces: Faces, shared: Callable[..., Path], face_models: None, tmp_path: Path
) -> None:
    johns = shared("data", "faces", "dlib_johns")
    people = tmp_path / "people"
    for folder in sorted(johns.iterdir())[:2]:
        (people / folder.name).mkdir(parents=True)
        for photo in sorted(folder.glob("*.jpg"))[:2]:
            (people / folder.name / photo.name).symlink_to(photo)
    assert faces("import", people).exit_code == 0
    names = [person["name"] for person in json.loads(faces("list", "--json").stdout)]
    assert names == sorted(path.name for path in people.iterdir())
    assert faces("export", tmp_path / "people.json").exit_code == 0
    other = tmp_path / "other.gallery"
    words = ["faces", "import", str(tmp_path / "people.json"), "--gallery", str(other)]
    assert "2 people, 4 new pictures" in CliRunner().invoke(main, words).output
    for command in (["stats"], ["calibrate", "--plot", str(tmp_path / "both.png")], ["audit"]):
        assert faces(*command).exit_code == 0
        assert faces(*command, "--json").exit_code == 0
    assert (tmp_path / "both.png").stat().st_size > 10_000


def test_a_sealed_gallery_is_used_with_its_passphrase_and_is_closed_without(
    faces: Faces, photos: Path, gallery: Path, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography")
    key, wrong = tmp_path / "key", tmp_path / "wrong"
    key.write_text("correct horse battery\n")
    wrong.write_text("guess\n")
    assert faces("enrol", "Barack", photos / "obama.jpg", "--passphrase-file", key).exit_code == 0
    assert b"Barack" not in gallery.read_bytes() and b"SQLite" not in gallery.read_bytes()
    assert "Barack" in faces("list", "--passphrase-file", key).output
    assert "passphrase is wrong" in told(faces("list", "--passphrase-file", wrong))
    assert "--passphrase-file FILE" in told(faces("list"))


def test_one_bad_picture_among_good_ones_is_told_and_the_good_ones_are_taken(
    faces: Faces, photos: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    result = faces("enrol", "Joe", photos / "biden.jpg", bad)
    assert (
        result.exit_code == 1 and "bad.jpg: not an image" in result.stderr and "Joe: 1 new, 1 refused" in result.stdout
    )
    result = faces("match", bad, photos / "biden.jpg", "--json")
    assert result.exit_code == 2 and json.loads(result.stdout)["faces"][0]["name"] == "Joe"


def test_an_empty_gallery_is_told_of_without_a_fuss(faces: Faces, gallery: Path) -> None:
    from gallery.file import GalleryFile

    GalleryFile(gallery, create=True).close()
    assert faces("list").output == "nobody is enrolled\n"
    assert faces("stats").output.startswith("0 people, 0 pictures")
    assert "nothing is in the log" in faces("audit").output
    assert faces("export", gallery.with_suffix(".json")).exit_code == 0


def test_people_are_renamed_merged_and_twins(faces: Faces, photos: Path) -> None:
    faces("enrol", "Barack", photos / "obama.jpg")
    faces("enrol", "Joe", photos / "biden.jpg")
    assert faces("rename", "Joe", "Joseph").exit_code == 0
    assert faces("twins", "Joseph", "Barack").exit_code == 0
    assert "twins: Barack and Joseph" in faces("list").output
    assert faces("merge", "Barack", "Joseph").output == "Barack: 2 pictures\n"
    assert "renamed" in faces("audit").output
