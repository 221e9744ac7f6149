"""A gallery at rest under a passphrase: AES-256-GCM, with a key that scrypt derives.

The file is a header (magic, scrypt's cost, salt), a nonce that is new each time, and the SQLite file encrypted; the
header is authenticated with it. What is decrypted stays in memory: nothing in clear is ever written.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"SLUICE SEALED 1\n"
_COST, _BLOCK, _PARALLEL = 15, 8, 1  # 2**15 rounds of 8: 32 MB and about a tenth of a second (RFC 7914)
_HEADER = struct.Struct(f"<{len(MAGIC)}sBBB16s")
_NONCE = 12


@dataclass(frozen=True)
class Key:
    """What a passphrase became; kept while a gallery is open, because deriving it is slow on purpose."""

    header: bytes
    cipher: "AESGCM"

    def seal(self, data: bytes) -> bytes:
        """The whole content of a sealed file."""
        nonce = os.urandom(_NONCE)
        return self.header + nonce + self.cipher.encrypt(nonce, data, self.header)


def is_sealed(head: bytes) -> bool:
    """True for the first bytes of a sealed gallery."""
    return head.startswith(MAGIC)


def new_key(passphrase: str) -> Key:
    """A key for a gallery that was not sealed before.

    Raises:
        ConfigError: the passphrase is empty, or `cryptography` is not installed.
    """
    if not passphrase:
        raise ConfigError("the passphrase is empty; choose one of several words")
    return _derive(_HEADER.pack(MAGIC, _COST, _BLOCK, _PARALLEL, os.urandom(16)), passphrase)


def unseal(data: bytes, passphrase: str, path: Path) -> tuple[Key, bytes]:
    """The key and the SQLite file.

    Raises:
        ConfigError: the passphrase is wrong, or the file is damaged: the two cannot be told apart.
    """
    header, rest = data[: _HEADER.size], data[_HEADER.size :]
    if len(rest) < _NONCE + 16:
        raise ConfigError(f"gallery {path} is cut off; put a copy of it in its place")
    key = _derive(header, passphrase)
    from cryptography.exceptions import InvalidTag

    try:
        return key, key.cipher.decrypt(rest[:_NONCE], rest[_NONCE:], header)
    except InvalidTag:
        raise ConfigError(f"cannot open gallery {path}: the passphrase is wrong, or the file is damaged") from None


def _derive(header: bytes, passphrase: str) -> Key:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ImportError as error:
        raise ConfigError("encrypted galleries need a package: pip install cryptography") from error
    _, cost, block, parallel, salt = _HEADER.unpack(header)
    if cost > 20 or block > 32 or parallel > 16:  # a forged header would take all memory
        raise ConfigError("this gallery asks for more work to open than any that Sluice wrote: it is damaged")
    secret = Scrypt(salt=salt, length=32, n=1 << cost, r=block, p=parallel).derive(passphrase.encode())
    return Key(header, AESGCM(secret))
