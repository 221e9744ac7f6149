"""What stands in a network file of dlib: layers by name, with their settings and weights.

A file is one flat sequence. An integer is a byte with its length and sign, then that many bytes, lowest first; a truth
value is the letter 0 or 1; a name is its length and its letters; a tensor is its version (2), four sizes, and
little-endian float32 values. No integer starts with the byte of a letter, so a walk needs no grammar to find the names.
"""

from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.errors import ModelError

_BEFORE_TENSOR = {"con_4": 0, "affine_": 0, "fc_2": 2}
"""The layers that hold weights, and how many integers stand between the name and the tensor."""
_TENSOR = 2
_MOST_VALUES = 1 << 28
"""Of one tensor: more is no size but damage."""


class Layer(NamedTuple):
    """One named part of the file."""

    name: str
    """As dlib calls it: con_4, affine_, relu_ ..."""
    settings: tuple[int, ...]
    """The integers after the name and the weights, as far as the next name; truth values count as 0 and 1."""
    weights: np.ndarray
    """`(K,) float32`; empty where the layer has none."""


def read_layers(path: Path) -> list[Layer]:
    """Every layer of a file, in its order: what is fed first comes first, the loss before all.

    Raises:
        ModelError: it cannot be read, is cut short, or is no file of dlib.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}; name a dlib network (.dat) that is there") from error
    walk = _Walk(path, data)
    layers: list[Layer] = []
    name, settings, weights = "", list[int](), np.zeros(0, np.float32)
    while walk.at < len(data):
        value = walk.integer()
        if not walk.at_letter():
            settings.append(value)
            continue
        if name:
            layers.append(Layer(name, tuple(settings), weights))
        name, settings, weights = walk.name(value), [], np.zeros(0, np.float32)
        if name in _BEFORE_TENSOR:
            settings = [walk.integer() for _ in range(_BEFORE_TENSOR[name])]
            weights = walk.tensor()
    if not name:
        raise ModelError(f"{path} holds no layers: it is no network of dlib; name one (.dat)")
    return [*layers, Layer(name, tuple(settings), weights)]


class _Walk:
    """A place in the file."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path, self._data = path, data
        self.at = 0

    def integer(self) -> int:
        """The next integer or truth value."""
        head = self._take(1)[0]
        if head in b"01":
            return head - ord("0")
        if head & 0x70 or head & 0x0F > 8:
            raise ModelError(
                f"{self._path} is no network of dlib, or damaged, at byte {self.at - 1}; get the file again"
            )
        value = int.from_bytes(self._take(head & 0x0F), "little")
        return -value if head & 0x80 else value

    def at_letter(self) -> bool:
        """Whether a name comes next."""
        return self._data[self.at : self.at + 1].isalpha()

    def name(self, length: int) -> str:
        """A name, whose length was read."""
        if not 0 < length <= 64:
            raise ModelError(f"{self._path} is no network of dlib, or damaged, at byte {self.at}; get the file again")
        return self._take(length).decode("ascii", "replace")

    def tensor(self) -> np.ndarray:
        """`(K,) float32`."""
        version, *sizes = (self.integer() for _ in range(5))
        count = prod(sizes)
        if version != _TENSOR or min(sizes) < 0 or count > _MOST_VALUES:
            raise ModelError(
                f"{self._path}: a tensor of version {version} and sizes {sizes} before byte {self.at}: the file is"
                " damaged, or of another version of dlib; get it again"
            )
        return np.frombuffer(self._take(4 * count), "<f4").astype(np.float32)

    def _take(self, count: int) -> bytes:
        part = self._data[self.at : self.at + count]
        if len(part) < count:
            raise ModelError(f"{self._path} is cut short: it ends at byte {len(self._data)}; get it again")
        self.at += count
        return part
