"""One file out of an archive, and nothing else: no path in it is ever used to write."""

import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.errors import ModelError

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, NotImplementedError)


def take(archive: Path, member: PurePosixPath, target: Path, name: str | None = None) -> None:
    """Write one file of a .zip, .whl or .tar (also compressed) to `target`.

    Args:
        archive: The archive.
        member: Path of the file inside.
        target: Where it goes.
        name: What messages call the archive; its own name by default.

    Raises:
        ModelError: it is no archive, is damaged, holds no such file, or names a path outside of itself: such an
            archive was made to harm, so nothing of it is used.
        OSError: `target` cannot be written.
    """
    name = name or archive.name
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                _refuse_escapes(zipped.namelist(), name)
                with zipped.open(str(member)) as packed:
                    _write(packed, target)
            return
        with tarfile.open(archive) as tarred:
            _refuse_escapes(tarred.getnames(), name)
            entry = tarred.extractfile(str(member))
            if entry is None:
                raise KeyError(member)
            with entry:
                _write(entry, target)
    except KeyError as error:
        raise ModelError(f"{name} holds no {member}; the entry's 'member' has to name a file in it") from error
    except _DAMAGED as error:
        raise ModelError(f"{name} is damaged: {str(error).splitlines()[0]}; run the same command again") from error


def _refuse_escapes(names: list[str], archive: str) -> None:
    for name in names:
        if ".." in PurePosixPath(name.replace("\\", "/")).parts or name.startswith(("/", "\\")):
            raise ModelError(f"{archive} names a path outside of itself, '{name[:80]}': not used; get it elsewhere")


def _write(packed: IO[bytes], target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(packed, out, 1 << 20)
