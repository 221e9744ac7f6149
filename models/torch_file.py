"""Tensors in a weights file of PyTorch as it was written before version 1.6, without PyTorch.

Such a file is a row of pickles (a magic number, a version, the machine's sizes, the dictionary, the storages' keys),
then each storage's length and bytes in the order of those keys (`torch.serialization`, `_legacy_save`). A pickle can
name any function to call; here only the three things that a dictionary of tensors needs can be named.
"""

import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from pipeline.errors import ModelError

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"FloatStorage": np.dtype("<f4"), "HalfStorage": np.dtype("<f2"), "LongStorage": np.dtype("<i8")}


class _Storage(NamedTuple):
    """What tensors lie in."""

    dtype: np.dtype[Any]
    key: str


class _View(NamedTuple):
    """One tensor: where in a storage its values lie."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    """In values, not bytes; a tensor that was turned round keeps its bytes as they were."""


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of a file by its name.

    Args:
        path: A `.pth` that holds a dictionary of tensors.

    Returns:
        Arrays of the tensors' shapes: float32, float16 or int64.

    Raises:
        ModelError: it cannot be read, is cut short, is of another kind, or names what no tensor needs.
    """
    try:
        with path.open("rb") as file:
            if _Tensors(file).load() != _MAGIC:
                raise pickle.UnpicklingError("it does not begin as PyTorch's files do")
            for _ in ("version", "sizes"):
                _Tensors(file).load()
            views = _Tensors(file).load()
            held = _storages(file, _Tensors(file).load(), views)
            return {name: _values(view, held[view.storage.key]) for name, view in views.items()}
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}; fetch it anew") from error
    except (pickle.UnpicklingError, EOFError, struct.error, ValueError, KeyError, AttributeError, TypeError) as error:
        why = " ".join(str(error).split())[:160] or "it is cut short"
        raise ModelError(f"cannot read {path} as weights of PyTorch: {why}; fetch it anew") from error


class _Tensors(pickle.Unpickler):
    """Knows tensors and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """The few things that a dictionary of tensors names."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _View(storage, offset, shape, strides)
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no tensor needs")

    def persistent_load(self, pid: Any) -> _Storage:
        """A storage, by what stands in its place."""
        _, dtype, key, *_ = pid
        return _Storage(dtype, key)


def _storages(file: IO[bytes], keys: list[str], views: dict[str, _View]) -> dict[str, np.ndarray]:
    """The values of each storage, `(count,)`."""
    dtypes = {view.storage.key: view.storage.dtype for view in views.values()}
    held = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        held[key] = np.frombuffer(file.read(count * dtypes[key].itemsize), dtypes[key], count)
    return held


def _values(view: _View, storage: np.ndarray) -> np.ndarray:
    last = view.offset + sum(step * (side - 1) for step, side in zip(view.strides, view.shape, strict=True))
    if min(view.offset, *view.strides, 0) < 0 or last >= len(storage):
        raise ValueError("a tensor reaches beyond what it lies in")
    strides = [step * storage.itemsize for step in view.strides]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides))
