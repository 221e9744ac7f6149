"""The public sets, from files of each kind, and from Keras."""

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from models.data.dataset import DataConfig
from models.data.load import load
from pipeline.errors import SourceError


class Harmful:
    """Would write a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def batches(folder: Path, extra: object = None) -> Path:
    """CIFAR-10's files, with 20 pictures each."""
    random = np.random.default_rng(0)
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        found = {
            b"data": random.integers(0, 256, (20, 3072), np.uint8),
            b"labels": [at % 10 for at in range(20)],
            b"extra": extra,
        }
        (folder / name).write_bytes(pickle.dumps(found))
    return folder


def test_cifars_batches_are_read_with_their_channels_in_place(tmp_path: Path) -> None:
    found = load(DataConfig(source="cifar10", data_dir=batches(tmp_path)))
    first = pickle.loads((tmp_path / "test_batch").read_bytes())[b"data"][0]
    assert (found.test.images[0, 0, 1] == [first[1], first[1025], first[2049]]).all()
    assert (found.shape, found.labels[3]) == ((32, 32, 3), "cat")
    assert (len(found.train), len(found.validation), len(found.test)) == (90, 10, 20)


def test_a_batch_that_would_run_something_is_refused(tmp_path: Path) -> None:
    batches(tmp_path, Harmful(tmp_path / "harm"))
    with pytest.raises(SourceError, match=r"data_batch_1: it names .*open, which no data set needs"):
        load(DataConfig(source="cifar10", data_dir=tmp_path))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("whole", [True, False])
def test_keras_own_file_is_read_from_its_folder_or_by_its_name(tmp_path: Path, whole: bool) -> None:
    random = np.random.default_rng(0)
    arrays = {
        "x_train": random.integers(0, 256, (40, 9, 9), np.uint8),
        "y_train": np.arange(40, dtype=np.uint8) % 10,
        "x_test": random.integers(0, 256, (10, 9, 9), np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }
    np.savez(tmp_path / "mnist.npz", allow_pickle=False, **arrays)
    found = load(DataConfig(source="mnist", data_dir=tmp_path / "mnist.npz" if whole else tmp_path))
    assert (found.test.images[..., 0] == arrays["x_test"]).all()
    assert (len(found.train), len(found.validation)) == (30, 10)


def test_more_classes_than_the_set_has_are_refused(tmp_path: Path) -> None:
    images, classes = np.zeros((12, 9, 9), np.uint8), np.arange(12)
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=classes, x_test=images, y_test=classes)
    with pytest.raises(SourceError, match="classes 0 to 11, but mnist has 10"):
        load(DataConfig(source="mnist", data_dir=tmp_path))


def test_a_download_that_fails_says_where_to_put_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_data() -> None:
        raise Exception("URL fetch failure on https://somewhere/mnist.npz: None -- no route\nto host")

    monkeypatch.setitem(sys.modules, "tensorflow", sys)  # already there: nothing has to be silenced
    monkeypatch.setitem(sys.modules, "keras.datasets.mnist", SimpleNamespace(load_data=load_data))
    with pytest.raises(SourceError, match=r"no route to host; put train-images-.* or mnist.npz into .* data.data_dir"):
        load(DataConfig(source="mnist"))


def test_the_labels_of_cifar100_are_a_hundred_in_the_order_of_the_alphabet() -> None:
    from models.data.named import Public, _public

    public: Public = _public()["cifar100"]
    assert len(public.labels) == 100
    assert list(public.labels) == sorted(public.labels)


def test_the_system_s_fashion_mnist_is_found_where_it_is_installed() -> None:
    from models.data.named import SYSTEM

    if not (SYSTEM / "fashion-mnist").is_dir():
        pytest.skip("the package dataset-fashion-mnist is not installed")
    found = load(DataConfig(source="fashion-mnist", limit=5))
    assert (found.labels[9], len(found.test)) == ("ankle boot", 50)
