"""Every picture in a .tar or .zip, read where it lies: nothing is unpacked to the disk."""

import os
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from models.data.files import Found
from models.data.pictures import is_picture
from pipeline.errors import SourceError

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
"""What an archive's name ends with."""
MOST_PACKED = 2 << 30
"""Bytes of a compressed .tar that are held in memory: nothing in it can be reached but one after another."""
_BROKEN = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


def is_archive(path: Path) -> bool:
    """Whether it is one by its name.

    >>> is_archive(Path("set.tar.gz")), is_archive(Path("set.gz"))
    (True, False)
    """
    return path.name.lower().endswith(ARCHIVES)


def find_packed(path: Path) -> tuple[list[Found], Callable[[], None]]:
    """Pictures in an archive, in its order, and a function that lets go of it.

    Raises:
        SourceError: it is damaged, no archive, or a compressed .tar with too much in it.
    """
    try:
        if path.suffix.lower() == ".zip":
            return _zip(path)
        with tarfile.open(path, "r:") as archive:
            return _tar(path, archive)
    except tarfile.ReadError:
        pass  # perhaps a compressed one
    except _BROKEN as error:
        raise _damaged(path, error) from error
    try:
        with tarfile.open(path, "r|*") as archive:
            return _compressed(path, archive), _nothing
    except _BROKEN as error:
        raise _damaged(path, error) from error


def _tar(path: Path, archive: tarfile.TarFile) -> tuple[list[Found], Callable[[], None]]:
    places = [(one.name, one.offset_data, one.size) for one in archive if _wanted(one)]
    file = os.open(path, os.O_RDONLY)
    found = [Found(name, f"{offset} {size}", partial(os.pread, file, size, offset)) for name, offset, size in places]
    return found, partial(os.close, file)


def _compressed(path: Path, archive: tarfile.TarFile) -> list[Found]:
    found, held = [], 0
    for one in archive:
        if not _wanted(one):
            continue
        held += one.size
        if held > MOST_PACKED:
            raise SourceError(
                f"{path} has more than {MOST_PACKED >> 30} GB in it; take the compression off, as gunzip does"
            )
        file = archive.extractfile(one)
        assert file is not None
        found.append(Found(one.name, str(one.size), partial(bytes, file.read())))
    return found


def _zip(path: Path) -> tuple[list[Found], Callable[[], None]]:
    archive, lock = zipfile.ZipFile(path), threading.Lock()
    wanted = [one for one in archive.infolist() if not one.is_dir() and _plain(one.filename)]
    found = [Found(one.filename, f"{one.CRC} {one.file_size}", partial(_unzip, archive, one, lock)) for one in wanted]
    return found, archive.close


def _unzip(archive: zipfile.ZipFile, one: zipfile.ZipInfo, lock: threading.Lock) -> bytes:
    try:
        with lock, archive.open(one) as file:
            return file.read()
    except _BROKEN as error:
        why = "it is encrypted" if one.flag_bits & 1 else " ".join(str(error).split())[:100]
        raise SourceError(f"cannot read {one.filename}: {why}; replace or remove it") from error


def _wanted(one: tarfile.TarInfo) -> bool:
    return one.isreg() and not one.issparse() and _plain(one.name)


def _plain(name: str) -> bool:
    return is_picture(name) and "__MACOSX" not in name


def _nothing() -> None:
    pass


def _damaged(path: Path, error: Exception) -> SourceError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())[:120]
    return SourceError(f"cannot read {path}: {why or 'it is damaged'}; get the archive again")
