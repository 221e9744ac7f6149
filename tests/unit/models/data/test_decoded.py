"""Sets decoded once: large ones in a mapped file, damage, full disks, and what the cache keeps."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from disks import largest_file

from models.data.dataset import DataConfig
from models.data.decoded import open_kept, prune
from models.data.load import load
from pipeline.errors import SourceError


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two classes of 20 pictures of 12 x 10."""
    random = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        (tmp_path / "pets" / kind).mkdir(parents=True)
        for number in range(20):
            image = random.integers(0, 256, (10, 12, 3), np.uint8)
            cv2.imwrite(str(tmp_path / "pets" / kind / f"{number:02}.png"), image)
    return tmp_path / "pets"


def test_a_large_set_is_mapped_and_holds_the_same_pictures(pets: Path, tmp_path: Path) -> None:
    config = DataConfig(source=str(pets), validation=8, test=6)
    small = load(config, cache=tmp_path / "small")
    large = load(config, cache=tmp_path / "large", in_memory=1000)
    again = load(config, cache=tmp_path / "large", in_memory=1000)
    for part in ("train", "validation", "test"):
        one, other = getattr(small, part), getattr(large, part)
        assert isinstance(other.images, np.memmap)
        order = [other.names.index(name) for name in one.names]
        assert (one.images == other.images[order]).all()
        assert (one.classes == other.classes[order]).all()
        assert (getattr(again, part).images == other.images).all()
    assert large.fingerprint == again.fingerprint


def test_in_a_large_set_too_the_others_move_up_where_files_are_damaged(pets: Path, tmp_path: Path) -> None:
    for name in ("cat/07.png", "dog/00.png"):
        (pets / name).write_bytes(b"")
    found = load(DataConfig(source=str(pets)), cache=tmp_path / "cache", in_memory=1000)
    assert [name for name, _ in found.skipped] == ["cat/07.png", "dog/00.png"]
    for part in (found.train, found.validation, found.test):
        for name, image, kind in zip(part.names, part.images, part.classes, strict=True):
            assert (image == np.asarray(cv2.imread(str(pets / name)))[..., ::-1]).all()
            assert name.startswith(found.labels[kind])
    assert len(found.train) + len(found.validation) + len(found.test) == 38


def test_another_seed_splits_a_large_set_differently(pets: Path, tmp_path: Path) -> None:
    first, other = (
        load(DataConfig(source=str(pets), seed=seed), cache=tmp_path / "cache", in_memory=1000) for seed in (0, 1)
    )
    assert set(first.validation.names) != set(other.validation.names)


def test_a_large_set_that_the_disk_has_no_room_for_is_told_before_it_is_decoded(pets: Path, tmp_path: Path) -> None:
    decoded = []
    with largest_file(2000), pytest.raises(SourceError, match=r"cannot write .*free the disk, or set data.size"):
        load(
            DataConfig(source=str(pets)),
            told=lambda done, _: decoded.append(done),
            cache=tmp_path / "cache",
            in_memory=1000,
        )
    assert decoded == []
    assert list((tmp_path / "cache" / "datasets").iterdir()) == []


def test_a_small_set_is_read_all_the_same_where_the_cache_cannot_be_written(pets: Path, tmp_path: Path) -> None:
    with largest_file(2000):
        found = load(DataConfig(source=str(pets)), cache=tmp_path / "cache")
    assert len(found.train) == 30
    assert list((tmp_path / "cache" / "datasets").iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    assert load(DataConfig(source=str(pets)), cache=tmp_path / "file").fingerprint == found.fingerprint


@pytest.mark.parametrize("name", ["images.npy", "rows.npz", "set.json", "same.npy"])
def test_a_damaged_cache_is_made_anew(pets: Path, tmp_path: Path, name: str) -> None:
    found = load(DataConfig(source=str(pets)), cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache" / "datasets").iterdir()
    (kept / name).write_bytes((kept / name).read_bytes()[:30])
    assert load(DataConfig(source=str(pets)), cache=tmp_path / "cache").fingerprint == found.fingerprint
    assert open_kept(kept) is not None


def test_leaking_pictures_of_a_large_set_are_dropped(pets: Path, tmp_path: Path) -> None:
    copy = pets / "cat" / "copy.png"
    copy.write_bytes((pets / "cat" / "00.png").read_bytes())
    for seed in range(20):  # until the two are in different splits
        config = DataConfig(source=str(pets), seed=seed, duplicates="drop", validation=0.4)
        found = load(config, cache=tmp_path / "cache", in_memory=1000)
        if len(found.train) + len(found.validation) + len(found.test) == 40:
            break
    else:
        pytest.fail("the copies were never apart")
    names = {*found.train.names, *found.validation.names, *found.test.names}
    assert len({"cat/copy.png", "cat/00.png"} & names) == 1


def test_the_cache_lets_go_of_what_was_not_used_for_longest(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "older", "oldest")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "images.npy").write_bytes(bytes(100))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    prune(tmp_path, tmp_path / "older", most=250)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["new", "older"]


def test_progress_ends_at_all_of_them(pets: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    load(DataConfig(source=str(pets)), told=lambda done, total: told.append((done, total)), cache=tmp_path / "cache")
    assert told[-1] == (40, 40)


def test_names_that_are_no_text_and_links_that_go_round_are_no_harm(pets: Path, tmp_path: Path) -> None:
    data = (pets / "cat" / "00.png").read_bytes()
    (pets / "cat" / "00.png").rename(os.fsdecode(os.fsencode(pets / "cat") + b"/\xff\xfe.png"))
    (pets / "dog" / "around").symlink_to("..")
    (pets / "dog" / "nowhere.png").symlink_to("absent.png")
    (pets / "dog" / "itself.png").symlink_to("itself.png")
    os.mkfifo(pets / "dog" / "pipe.png")
    (pets / "dog" / "two\nlines.png").write_bytes(data)
    found = load(DataConfig(source=str(pets), duplicates="allow"), cache=tmp_path / "cache")
    assert len(found.train) + len(found.validation) + len(found.test) == 41
    assert [name for name, _ in found.skipped] == ["dog/itself.png", "dog/nowhere.png", "dog/pipe.png"]
    again = load(DataConfig(source=str(pets), duplicates="allow"), cache=tmp_path / "cache")
    assert again.train.names == found.train.names
