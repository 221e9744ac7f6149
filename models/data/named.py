"""The public sets by name: from files that are here already, else through Keras's loaders and cache."""

import contextlib
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.data.gathered import TEST, TRAIN, UNDECIDED, Gathered, Held
from models.data.idx import read_batch, read_idx, read_npz
from models.labels import read_labels
from models.training.quiet import quiet
from pipeline.errors import SourceError

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Training pictures and classes, test pictures and classes."""
SYSTEM = Path("/usr/share/datasets")
"""Where Debian's packages put sets, such as `dataset-fashion-mnist`."""
DIGITS = tuple("0123456789")
_LABEL_SETS = Path(__file__).parents[1] / "label_sets"
_IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_NPZ = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Public:
    """A public set with a test split of its own."""

    keras: str
    """Its module in keras.datasets."""
    labels: tuple[str, ...]
    batches: tuple[tuple[str, ...], str, str] | None = None
    """CIFAR's files for training and test, and what they call the classes."""


def _public() -> dict[str, Public]:
    fashion = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
    cifar = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    return {
        "mnist": Public("mnist", DIGITS),
        "fashion-mnist": Public("fashion_mnist", fashion),
        "cifar10": Public("cifar10", cifar, (tuple(f"data_batch_{n}" for n in range(1, 6)), "test_batch", "labels")),
        "cifar100": Public("cifar100", read_labels(_LABEL_SETS / "cifar100.txt"), (("train",), "test", "fine_labels")),
    }


NAMED = ("digits", "mnist", "fashion-mnist", "cifar10", "cifar100")


def gather_named(name: str, folder: Path | None, say: Callable[[str], None]) -> Gathered:
    """A public set.

    Args:
        name: One of NAMED.
        folder: Where its files already lie; None: the system's, else Keras's cache, filled from the network.
        say: Told before anything slow.

    Raises:
        SourceError: its files are absent or damaged, or cannot be downloaded.
    """
    if name == "digits":
        return _digits()
    public = _public()[name]
    if folder is None and (SYSTEM / name).is_dir():
        folder = SYSTEM / name
    arrays = _here(name, public, folder) if folder is not None else _by_keras(name, public, say)
    train, train_classes, test, test_classes = (np.asarray(one) for one in arrays)
    images, classes = np.concatenate([train, test]), np.concatenate([train_classes, test_classes]).reshape(-1)
    _check(name, folder, images, classes, len(public.labels))
    images = images[..., None] if images.ndim == 3 else images
    parts = np.repeat(np.array([TRAIN, TEST], np.int8), [len(train), len(test)])
    return Gathered(name, public.labels, Held(images), classes.astype(np.int64), parts, official=True)


def _digits() -> Gathered:
    """scikit-learn's 1,797 digits of 8 x 8 pixels in 17 levels, enlarged to 28 x 28 in 256."""
    from sklearn.datasets import load_digits

    found = load_digits()
    small = np.rint(np.asarray(found.images) * (255 / 16)).astype(np.uint8)  # (N, 8, 8)
    large = np.stack([cv2.resize(one, (28, 28), interpolation=cv2.INTER_CUBIC) for one in small])
    undecided = np.full(len(large), UNDECIDED, np.int8)
    return Gathered("digits", DIGITS, Held(large[..., None]), np.asarray(found.target, np.int64), undecided)


def _here(name: str, public: Public, folder: Path) -> Arrays:
    """From files in `folder`, or in the one of CIFAR's archive within it."""
    if folder.is_file() and folder.suffix == ".npz":
        return _four(read_npz(folder, *_NPZ))
    for suffix in (".gz", ""):
        if (folder / f"{_IDX[0]}{suffix}").is_file() and public.batches is None:
            return _four(tuple(read_idx(folder / f"{file}{suffix}") for file in _IDX))
    for file in (folder / f"{name}.npz", folder / f"{public.keras}.npz"):
        if file.is_file():
            return _four(read_npz(file, *_NPZ))
    if public.batches is not None:
        for within in (folder, folder / "cifar-10-batches-py", folder / "cifar-100-python"):
            if (within / public.batches[1]).is_file():
                return _batches(within, *public.batches)
    raise SourceError(f"no files of {name} in {folder}: expected {_expected(name, public)}; mend data.data_dir")


def _four(arrays: tuple[np.ndarray, ...]) -> Arrays:
    images, classes, test, test_classes = arrays
    return images, classes, test, test_classes


def _batches(folder: Path, train: tuple[str, ...], test: str, key: str) -> Arrays:
    read = {file: read_batch(folder / file) for file in (*train, test)}
    try:
        rows = {file: np.asarray(batch["data"], np.uint8).reshape(-1, 3, 32, 32) for file, batch in read.items()}
        classes = {file: np.asarray(batch[key], np.int64) for file, batch in read.items()}
    except (KeyError, ValueError, TypeError) as error:
        raise SourceError(f"{folder}: no CIFAR batches ({error}); get the files again") from error
    images = {file: one.transpose(0, 2, 3, 1) for file, one in rows.items()}  # (N, 32, 32, 3)
    return (
        np.concatenate([images[file] for file in train]),
        np.concatenate([classes[file] for file in train]),
        images[test],
        classes[test],
    )


def _by_keras(name: str, public: Public, say: Callable[[str], None]) -> Arrays:
    say(f"{name}: from Keras's cache, or the network if it is not there yet")
    quiet()
    loader = importlib.import_module(f"keras.datasets.{public.keras}")
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras draws its progress there
            (train, train_classes), (test, test_classes) = loader.load_data()
    except Exception as error:  # Keras raises a plain one where a download fails
        raise SourceError(
            f"cannot get {name}: {' '.join(str(error).split())[:160]}; put {_expected(name, public)} into a folder and"
            " name it with data.data_dir"
        ) from error
    return train, train_classes, test, test_classes


def _expected(name: str, public: Public) -> str:
    if public.batches is None:
        return f"{_IDX[0]}.gz and the other three, or {public.keras}.npz"
    train, test, _ = public.batches
    return f"{train[0]}{f' to {train[-1]}' if len(train) > 1 else ''} and {test} (the Python version), or {name}.npz"


def _check(name: str, folder: Path | None, images: np.ndarray, classes: np.ndarray, count: int) -> None:
    fits = images.dtype == np.uint8 and images.ndim in (3, 4) and images.shape[3:] in ((), (1,), (3,))
    if not fits or len(images) != len(classes) or not len(images):
        raise SourceError(f"{folder or name}: {len(classes)} classes for pictures {images.shape}; get the files again")
    if classes.min() < 0 or classes.max() >= count:
        raise SourceError(f"{folder or name}: classes {classes.min()} to {classes.max()}, but {name} has {count}")
