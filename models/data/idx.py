"""Arrays as files of the public sets hold them: MNIST's idx, NumPy's npz, CIFAR's pickles."""

import gzip
import io
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import SourceError

_BROKEN = (OSError, EOFError, zlib.error, ValueError, zipfile.BadZipFile, KeyError)


def read_idx(path: Path) -> np.ndarray:
    """An idx file of bytes, also packed with gzip: two zeros, type 8, the number of sizes, the sizes, the bytes.

    Returns:
        `uint8`, of as many axes as the file says.

    Raises:
        SourceError: it is absent, cut off, or no such file.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if data[:3] != b"\0\0\x08" or len(data) < 4:
            raise ValueError("it does not begin as an idx file of bytes does")
        shape = np.frombuffer(data, ">u4", data[3], 4)
        return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape([int(side) for side in shape])
    except _BROKEN as error:
        raise _unreadable(path, error) from error


def read_npz(path: Path, *names: str) -> tuple[np.ndarray, ...]:
    """Arrays of a .npz by name; nothing in it is executed.

    Raises:
        SourceError: it is absent or damaged, or lacks one of them.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return tuple(arrays[name] for name in names)
    except _BROKEN as error:
        raise _unreadable(path, error) from error


class _Plain(pickle.Unpickler):
    """Reads arrays, dictionaries, lists and bytes, and refuses what could run something."""

    def find_class(self, module: str, name: str) -> Any:
        """The few things that a pickled array names."""
        if (module.partition(".")[0], name) in {
            ("numpy", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")
        }:  # fmt: skip
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no data set needs")


def read_batch(path: Path) -> dict[str, Any]:
    """One of CIFAR's Python batches.

    Raises:
        SourceError: it is absent, damaged, or holds something other than data.
    """
    try:
        found = _Plain(io.BytesIO(path.read_bytes()), encoding="bytes").load()
        return {key.decode() if isinstance(key, bytes) else str(key): value for key, value in found.items()}
    except (*_BROKEN, pickle.UnpicklingError, AttributeError, IndexError, ImportError, TypeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SourceError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())[:120]
    return SourceError(f"cannot read {path}: {why or 'it is cut off'}; get the file again")
