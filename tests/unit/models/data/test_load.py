"""The whole way from a source's name to arrays that are split."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from models.data.dataset import DataConfig
from models.data.load import load
from pipeline.errors import ConfigError, SourceError


@pytest.fixture
def small_mnist(tmp_path: Path) -> Path:
    """A folder with 60 + 20 pictures of 8 x 8 in MNIST's files."""
    random = np.random.default_rng(0)
    for kind, count in (("train", 60), ("t10k", 20)):
        images = random.integers(0, 256, (count, 8, 8), np.uint8)
        sizes = np.array([count, 8, 8], ">u4").tobytes()
        with gzip.open(tmp_path / f"{kind}-images-idx3-ubyte.gz", "wb") as file:
            file.write(b"\0\0\x08\x03" + sizes + images.tobytes())
        with gzip.open(tmp_path / f"{kind}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(b"\0\0\x08\x01" + sizes[:4] + (np.arange(count) % 10).astype(np.uint8).tobytes())
    return tmp_path


def test_the_digits_are_there_without_a_download_and_large_enough_for_three_poolings() -> None:
    digits = load(DataConfig())
    assert digits.shape == (28, 28, 1)
    assert digits.labels == tuple("0123456789")
    assert len(digits.train) + len(digits.validation) + len(digits.test) == 1797
    assert digits.train.images.dtype == np.uint8
    assert digits.train.images.max() == 255


def test_the_same_seed_gives_the_same_splits_and_another_one_others() -> None:
    first, again, other = (load(DataConfig(seed=seed, limit=20)) for seed in (0, 0, 1))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert (first.train.images == again.train.images).all()


def test_files_of_a_public_set_that_are_here_are_read_and_its_test_split_stays_its_own(small_mnist: Path) -> None:
    found = load(DataConfig(source="mnist", data_dir=small_mnist))
    assert (len(found.train), len(found.validation), len(found.test)) == (50, 10, 20)
    assert np.bincount(found.validation.classes).tolist() == [1] * 10
    assert (found.test.classes == np.arange(20) % 10).all()


def test_size_and_colour_are_as_asked_for(small_mnist: Path) -> None:
    found = load(DataConfig(source="mnist", data_dir=small_mnist, size=(12, 10), colour="rgb"))
    assert found.shape == (10, 12, 3)
    assert (np.ptp(found.train.images, axis=3) == 0).all()


def test_a_folder_without_the_files_says_which_it_needs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no files of cifar10 in .*data_batch_1 to data_batch_5 and test_batch"):
        load(DataConfig(source="cifar10", data_dir=tmp_path))


def test_a_file_that_was_cut_off_is_named(small_mnist: Path) -> None:
    path = small_mnist / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"cannot read .*t10k-images-idx3-ubyte\.gz"):
        load(DataConfig(source="mnist", data_dir=small_mnist))


def test_more_to_keep_back_than_there_is_says_how_much_there_could_be() -> None:
    with pytest.raises(ConfigError, match=r"data.test: 95 of 100 .* lower it to 90 at most"):
        load(DataConfig(limit=10, test=95))
