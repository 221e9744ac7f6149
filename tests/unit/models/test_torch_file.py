"""Weights files of PyTorch, written here as PyTorch wrote them before 1.6."""

import os
import pickle
import struct
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.torch_file import read_tensors
from pipeline.errors import ModelError

MAGIC = 0x1950A86A20F9469CFC6C
VALUES = np.arange(12, dtype=np.float32)


class _Stored:
    """A tensor to pickle: (key of its storage, offset, shape, strides)."""

    def __init__(self, key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.args = key, offset, shape, strides

    def __reduce__(self) -> Any:
        key, *rest = self.args
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (_Key(key), *rest, False, OrderedDict())


class _Key(str):
    __slots__ = ()


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return ("storage", sys.modules["torch"].FloatStorage, str(obj), "cpu", 12, None) if type(obj) is _Key else None


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names for pickles to refer to; nothing of PyTorch is here."""

    def _rebuild_tensor_v2(*args: Any) -> Any:
        raise AssertionError("a reader has its own")

    package, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})
    package.FloatStorage = storage  # type: ignore[attr-defined]
    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", package)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def _write(path: Path, tensors: dict[str, Any], count: int = 12) -> Path:
    with path.open("wb") as file:
        for part in (MAGIC, 1001, {"little_endian": True}):
            pickle.dump(part, file, 2)
        _Pickler(file, 2).dump(OrderedDict(tensors))
        pickle.dump(["7"], file, 2)
        file.write(struct.pack("<q", count) + VALUES[:count].tobytes())
    return path


@pytest.mark.usefixtures("torch")
def test_tensors_are_read_also_those_that_were_turned_round(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.pth", {"whole": _Stored("7", 0, (3, 4), (4, 1)), "turned": _Stored("7", 2, (2, 3), (1, 2))}
    )
    found = read_tensors(path)
    np.testing.assert_array_equal(found["whole"], VALUES.reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], [[2, 4, 6], [3, 5, 7]])
    assert found["turned"].dtype == np.float32


@pytest.mark.usefixtures("torch")
def test_a_tensor_beyond_its_storage_is_damage(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.pth", {"long": _Stored("7", 6, (7,), (1,))})
    with pytest.raises(ModelError, match=r"a\.pth as weights of PyTorch: a tensor reaches beyond.*fetch it anew"):
        read_tensors(path)


@pytest.mark.usefixtures("torch")
def test_a_file_cut_anywhere_gets_one_line(tmp_path: Path) -> None:
    whole = _write(tmp_path / "a.pth", {"whole": _Stored("7", 0, (3, 4), (4, 1))}).read_bytes()
    short = tmp_path / "short.pth"
    for size in range(0, len(whole), 7):
        short.write_bytes(whole[:size])
        with pytest.raises(ModelError, match=r"short\.pth as weights of PyTorch") as error:
            read_tensors(short)
        assert "\n" not in str(error.value)


def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "harmed"),)

    path = tmp_path / "harm.pth"
    for before in ([], [MAGIC], [MAGIC, 1001, {}]):
        with path.open("wb") as file:
            for part in (*before, Harm()):
                pickle.dump(part, file, 2)
        with pytest.raises(ModelError, match=r"mkdir, which no tensor needs"):
            read_tensors(path)
    assert not (tmp_path / "harmed").exists()


def test_another_file_or_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read .*none\.pth: No such file"):
        read_tensors(tmp_path / "none.pth")
    path = tmp_path / "other.pth"
    path.write_bytes(pickle.dumps({"a": 1}, 2))
    with pytest.raises(ModelError, match="it does not begin as PyTorch's files do"):
        read_tensors(path)
