"""Folders, archives, tables and COCO files as sources, and what is wrong with them."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.data.dataset import DataConfig, DataSet
from models.data.load import load
from pipeline.errors import ConfigError, PipelineError, SourceError

Write = Callable[..., Path]


def picture(seed: int, width: int = 20, height: int = 16) -> np.ndarray:
    """`(H, W, 3) uint8`, unlike every other."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def png(seed: int, width: int = 20, height: int = 16) -> bytes:
    return cv2.imencode(".png", picture(seed, width, height))[1].tobytes()


def files(*folders: str, count: int = 4) -> dict[str, bytes]:
    """Different pictures in each folder, by path."""
    return {
        f"{folder}/{number}.png": png(100 * at + number) for at, folder in enumerate(folders) for number in range(count)
    }


def put(root: Path, found: dict[str, bytes]) -> Path:
    for name, data in found.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., DataSet]:
    """Loads a source with a cache of its own."""

    def load_it(source: Path, **settings: object) -> DataSet:
        settings = {"validation": 0.0, "test": 0.0, **settings}
        config = DataConfig.model_validate({"source": str(source), **settings})
        return load(config, cache=tmp_path / "cache")

    return load_it


def test_a_folder_a_class(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    found = look(put(tmp_path / "pets", files("dog", "cat/indoors")), validation=2, test=2)
    assert (found.name, found.labels, found.shape) == ("pets", ("cat", "dog"), (16, 20, 3))
    assert [len(part) for part in (found.train, found.validation, found.test)] == [4, 2, 2]
    every = [*found.train.names, *found.validation.names, *found.test.names]
    assert sorted(every) == sorted(files("dog", "cat/indoors"))


def test_pictures_keep_their_names_classes_and_pixels(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    found = look(put(tmp_path / "pets", files("dog", "cat")))
    row = found.train.names.index("cat/2.png")
    assert found.labels[found.train.classes[row]] == "cat"
    assert (found.train.images[row] == picture(102)[..., ::-1]).all()


def test_folders_named_after_splits_are_the_splits(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    found = look(put(tmp_path / "pets", files("train/cat", "train/dog", "val/cat", "val/dog", "test/cat", "test/dog")))
    assert [set(part.names) for part in (found.train, found.validation, found.test)] == [
        {f"{part}/{kind}/{number}.png" for kind in ("cat", "dog") for number in range(4)}
        for part in ("train", "val", "test")
    ]


def packed(found: dict[str, bytes]) -> bytes:
    """A .tar of it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tarred:
        for name, data in found.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tarred.addfile(about, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize("form", ["tar", "tar.gz", "zip"])
def test_an_archive_is_what_the_folder_in_it_would_be(tmp_path: Path, look: Callable[..., DataSet], form: str) -> None:
    found = files("set/cat", "set/dog")
    path = tmp_path / f"pets.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, data in found.items():
                zipped.writestr(name, data)
    else:
        path.write_bytes(packed(found) if form == "tar" else gzip.compress(packed(found)))
    inside, loose = look(path), look(put(tmp_path / "loose", found))
    assert inside.labels == ("cat", "dog")
    assert sorted(inside.train.names) == sorted(found)
    order = [inside.train.names.index(name) for name in loose.train.names]
    assert (inside.train.images[order] == loose.train.images).all()


def test_an_archive_from_the_cache_is_as_limited_as_it_is_asked_to_be(
    tmp_path: Path, look: Callable[..., DataSet]
) -> None:
    (tmp_path / "pets.tar").write_bytes(packed(files("cat", "dog")))
    assert [len(look(tmp_path / "pets.tar", limit=limit).train) for limit in (2, 3, 2, None)] == [4, 6, 4, 8]


def test_an_archive_that_was_cut_off_is_named(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    path = tmp_path / "pets.tar"
    path.write_bytes(packed(files("cat", "dog"))[:3000])
    with pytest.raises(SourceError, match=r"cannot read .*pets\.tar: .*get the archive again"):
        look(path)


def test_a_table_says_path_label_and_split(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    put(tmp_path, files("a", "b"))
    rows = [f"{folder}/{n}.png;{label};{'val' if n == 3 else 'train'}" for folder, label in
            (("a", "ärger"), ("b", "joy")) for n in range(4)]  # fmt: skip
    table = tmp_path / "moods.csv"
    table.write_text("\n".join(["Filename;Label;Split", *rows, "a/absent.png;joy;train"]), encoding="utf-8-sig")
    found = look(table)
    assert found.labels == ("joy", "ärger")
    assert found.validation.names == ("a/3.png", "b/3.png")
    assert found.skipped == (("a/absent.png", "No such file or directory"),)


def test_a_label_that_is_not_in_the_list_is_told_with_its_line(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    put(tmp_path, files("a"))
    (tmp_path / "labels.txt").write_text("dog\ncat\n")
    table = tmp_path / "pets.csv"
    table.write_text("a/0.png,dog\na/1.png,cat\na/2.png,catt\n")
    with pytest.raises(SourceError, match=r"line 3: label 'catt' is not in .*labels.txt; did you mean cat\?"):
        look(table)
    table.write_text("a/0.png,dog\na/1.png,cat\n")
    assert look(table).labels == ("dog", "cat")


def test_boxes_of_a_coco_file_are_pictures(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    put(tmp_path, {"images/one.png": png(1, 60, 40), "images/two.png": png(2, 60, 40)})
    boxes = [(1, 1, [0, 0, 20, 16], 0), (1, 2, [30.5, 10.2, 20, 16], 0), (2, 1, [50, 30, 20, 16], 0),
             (2, 2, [0, 0, 2, 30], 0), (2, 2, [0, 0, 40, 30], 1)]  # fmt: skip
    about = {
        "images": [{"id": 1, "file_name": "one.png"}, {"id": 2, "file_name": "two.png"}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": at, "image_id": image, "category_id": kind, "bbox": box, "iscrowd": crowd}
            for at, (image, kind, box, crowd) in enumerate(boxes)
        ],
    }
    (tmp_path / "pets.json").write_text(json.dumps(about))
    found = look(tmp_path / "pets.json")
    assert found.labels == ("cat", "dog")
    assert found.train.names == ("one.png box 0", "one.png box 1", "two.png box 2")
    assert (found.train.images[0] == picture(1, 60, 40)[:16, :20, ::-1]).all()
    assert found.skipped == (("two.png box 3", "its box is 2 x 30 pixels"),)


def test_boxes_of_one_picture_stay_in_one_split_also_from_the_cache(
    tmp_path: Path, look: Callable[..., DataSet]
) -> None:
    put(tmp_path / "val2017", {f"{number}.png": png(number, 60, 40) for number in range(12)})
    (tmp_path / "annotations").mkdir()
    about = {
        "images": [{"id": number, "file_name": f"{number}.png"} for number in range(12)],
        "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
        "annotations": [
            {"id": at, "image_id": at % 12, "category_id": at // 2 % 2, "bbox": [at // 12 * 9, 5, 20, 16]}
            for at in range(48)
        ],
    }
    boxes = tmp_path / "annotations" / "instances_val2017.json"
    boxes.write_text(json.dumps(about))
    for _ in range(2):
        found = look(boxes, validation=0.25, test=0.25)
        pictures = [{name.split()[0] for name in part.names} for part in (found.train, found.validation, found.test)]
        assert sum(len(some) for some in pictures) == len(set[str]().union(*pictures)) == 12
        assert min(len(some) for some in pictures) >= 2


def test_damaged_files_are_left_out_and_listed_and_the_others_are_read(
    tmp_path: Path, look: Callable[..., DataSet]
) -> None:
    made = files("cat", "dog")
    put(tmp_path / "pets", {**made, "cat/1.png": b"", "dog/0.png": made["dog/0.png"][:90], "dog/notes.txt": b"x"})
    found = look(tmp_path / "pets")
    assert [name for name, _ in found.skipped] == ["dog/notes.txt", "cat/1.png", "dog/0.png"]
    assert len(found.train) == 6
    row = found.train.names.index("dog/1.png")
    assert (found.train.images[row] == picture(101)[..., ::-1]).all()
    assert look(tmp_path / "pets").skipped == found.skipped


def test_pictures_of_many_sizes_become_a_square_and_of_one_size_stay(
    tmp_path: Path, look: Callable[..., DataSet]
) -> None:
    put(tmp_path / "pets", {"cat/1.png": png(1, 300, 200), "dog/1.png": png(2, 40, 50), "dog/2.png": png(3, 90, 60)})
    assert look(tmp_path / "pets").shape == (60, 60, 3)
    assert look(tmp_path / "pets", size=(32, 24), colour="grey").shape == (24, 32, 1)


def test_a_class_with_one_picture_keeps_it_for_training(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    found = look(put(tmp_path / "pets", {**files("cat", "dog", count=10), "emu/1.png": png(999)}), test=0.2)
    assert np.bincount(found.train.classes)[2] == 1
    assert np.bincount(found.test.classes, minlength=3)[2] == 0


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({}, "no pictures in"),
        ({"notes.txt": b"x"}, "no pictures in"),
        ({"1.png": png(1), "2.png": png(2)}, "no class in"),
        (files("cat"), "only one class, cat"),
        ({"cat/1.png": b"x", "dog/1.png": b"y"}, "none of the 2 pictures of pets can be read"),
        (files("train/cat", "train/dog", "test/emu"), "class 'emu' is in test and has no pictures for training"),
    ],
)
def test_a_folder_that_nothing_can_be_learnt_from_says_why(
    tmp_path: Path, look: Callable[..., DataSet], made: dict[str, bytes], message: str
) -> None:
    (tmp_path / "pets").mkdir()
    with pytest.raises(PipelineError, match=message) as raised:
        look(put(tmp_path / "pets", made))
    assert "\n" not in str(raised.value)


def test_a_source_that_is_none_says_what_there_is(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    with pytest.raises(ConfigError, match="digits, mnist, fashion-mnist, cifar10, cifar100"):
        look(tmp_path / "absent")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ConfigError, match=r"is no folder, \.tar"):
        look(tmp_path / "a.txt")


def test_a_changed_file_is_read_again_and_an_unchanged_set_is_not(tmp_path: Path, look: Callable[..., DataSet]) -> None:
    root = put(tmp_path / "pets", files("cat", "dog"))
    first = look(root)
    kept = {path: path.stat().st_ino for path in (tmp_path / "cache" / "datasets").rglob("images.npy")}
    assert look(root).fingerprint == first.fingerprint
    assert {path: path.stat().st_ino for path in (tmp_path / "cache" / "datasets").rglob("images.npy")} == kept
    (root / "cat" / "0.png").write_bytes(png(777))
    again = look(root)
    assert again.fingerprint != first.fingerprint
    assert (again.train.images[again.train.names.index("cat/0.png")] == picture(777)[..., ::-1]).all()
