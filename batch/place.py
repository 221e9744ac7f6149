"""Where results are wanted, if not in a folder: whatever fsspec writes (s3, gs, az, sftp, ftp, smb, webdav ...).

Work lies in a folder here meanwhile; what is done is brought there whole: under another name first, then renamed.
Stores of objects show nothing of a half-written one anyway.
"""

import ftplib
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from batch.fetch import hidden, opener
from pipeline.errors import ConfigError, SinkError
from pipeline.whole import whole

_FAILS = (OSError, ValueError, NotImplementedError, EOFError, ftplib.Error)
"""What writers of fsspec raise; that of FTP has errors of its own."""


class Place:
    """A folder at an address.

    Args:
        address: Of it: `s3://bucket/results`. Each kind has a file of its own for credentials; better there than here.

    Raises:
        ConfigError: fsspec, or what it needs for this address, is not installed, or it is no address.
        SinkError: it does not answer.
    """

    def __init__(self, address: str) -> None:
        self.shown = hidden(address)
        fsspec = opener()
        try:
            self._files: Any
            self._files, root = fsspec.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise ConfigError(f"{self.shown}: {_told(error, address)}") from error
        except (OSError, EOFError, ftplib.Error) as error:
            raise SinkError(f"{self.shown} does not answer: {_told(error, address)}") from error
        self._root, self._address = PurePosixPath(root), address

    def put(self, path: Path, name: str) -> None:
        """Bring a file there, whole or not at all.

        Args:
            path: Of it, here.
            name: Below the folder; parts between slashes are folders there.

        Raises:
            SinkError: it cannot be written.
        """
        target = self._root / name
        part = target.with_name(f".{target.name}.part")
        with self._told(f"cannot write {name} to"):
            self._files.makedirs(str(target.parent), exist_ok=True)
            self._files.put_file(str(path), str(part))
            if self._files.exists(str(target)):
                self._files.rm_file(str(target))
            self._files.mv(str(part), str(target))

    def get(self, name: str, into: Path) -> None:
        """Bring a file here.

        Raises:
            SinkError: it cannot be read or written.
        """
        with self._told(f"cannot read {name} at"):
            into.parent.mkdir(parents=True, exist_ok=True)
            with (
                whole(into) as part,
                self._files.open(str(self._root / name), "rb") as source,
                part.open("wb") as target,
            ):
                shutil.copyfileobj(source, target)

    def size(self, name: str) -> int | None:
        """Bytes of a file there; None where it is not.

        Raises:
            SinkError: the place does not answer.
        """
        with self._told(f"cannot look at {name} at"):
            self._files.invalidate_cache()
            path = str(self._root / name)
            return int(self._files.info(path)["size"]) if self._files.exists(path) else None

    def names(self, folder: str, suffix: str) -> list[str]:
        """Names of the files in a folder there that end so; none where it is not.

        Raises:
            SinkError: the place does not answer.
        """
        with self._told(f"cannot look into {folder} at"):
            self._files.invalidate_cache()
            path = str(self._root / folder)
            found = self._files.ls(path, detail=False) if self._files.exists(path) else []
        names = (PurePosixPath(one).name for one in found)
        return sorted(name for name in names if name.endswith(suffix) and not name.startswith("."))

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except _FAILS as error:
            raise SinkError(f"{what} {self.shown}: {_told(error, self._address)}") from error


def staging_of(address: str, cache: Path) -> Path:
    """The folder of the cache where results lie until they are brought to an address; the same each time."""
    return cache / "batch" / hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:12]


def _told(error: Exception, address: str) -> str:
    """What went wrong, without the address's secrets."""
    return " ".join(str(error).split()).replace(address, hidden(address))[:160] or type(error).__name__
