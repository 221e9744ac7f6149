"""A bundle taken out of its archive: safely, and whole or not at all."""

import gzip
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path, PurePosixPath

from models.bundle import MANIFEST, Manifest, read_manifest
from models.cache import sha256_of
from pipeline.errors import ModelError

MOST_BYTES = 4 << 30
"""Of a bundle, unpacked: what promises more was made to fill a disk."""


def is_bundle(path: Path) -> bool:
    """Whether a path is meant as a bundle: an archive by its name, or a folder with a manifest."""
    return path.name.endswith((".tar.gz", ".tgz")) or (path / MANIFEST).is_file()


def open_bundle(path: Path, cache: Path) -> tuple[Path, Manifest]:
    """The folder and the manifest of a bundle, its files checked; an archive is unpacked into the cache, once.

    Raises:
        ModelError: no such bundle, or it is damaged; the message has the file.
    """
    if path.is_dir():
        return path, read_manifest(path)
    if not path.is_file():
        raise ModelError(f"no bundle {path}; make one with: python -m models bundle -c CONFIG -o {path.name}")
    folder = cache / "bundles" / sha256_of(path)[:16]
    if folder.is_dir():
        try:
            return folder, read_manifest(folder)
        except ModelError:
            shutil.rmtree(folder, ignore_errors=True)  # somebody meddled with it: taken out anew
    return folder, unpack(path, folder)


def unpack(archive: Path, into: Path) -> Manifest:
    """Make the folder `into` hold what is in a bundle's archive.

    Raises:
        ModelError: it is no bundle, is cut short, holds what a bundle does not (a link, a device, a path outside of
            itself, a file that its manifest does not name), `into` is there already, or the disk is full.
    """
    if into.exists():
        raise ModelError(f"{into} is there already; name another folder, or remove it")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".unpack-") as part:
            folder = Path(part) / into.name
            folder.mkdir()
            names = _take_all(archive, folder)
            manifest = read_manifest(folder)
            unknown = sorted(names - manifest.files.keys() - {MANIFEST})
            if unknown:
                raise ModelError(f"{archive} holds '{unknown[0]}', which its {MANIFEST} does not name: not used")
            try:
                folder.rename(into)
            except OSError:
                if not into.is_dir():  # where another process was faster, it is the same
                    raise
            return manifest
    except ModelError as error:
        raise ModelError(str(error).replace(str(folder), str(archive))) from error
    except OSError as error:
        raise ModelError(
            f"cannot unpack into {into}: {error.strerror or error}; free the disk or name another"
        ) from error


def _take_all(archive: Path, folder: Path) -> set[str]:
    """Write every file of the archive below `folder`; their names."""
    names, total = set[str](), 0
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for entry in tar:
                path = PurePosixPath(entry.name)
                plain = entry.isfile() and not path.is_absolute() and str(path) == entry.name
                if not plain or "\\" in entry.name or ":" in entry.name or ".." in path.parts:
                    raise ModelError(f"{archive} holds '{entry.name[:80]}', which is no plain file inside it: not used")
                total += entry.size
                if total > MOST_BYTES or entry.name in names:
                    raise ModelError(f"{archive} holds '{entry.name[:80]}' twice, or is too large: not used")
                names.add(entry.name)
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                packed = tar.extractfile(entry)
                assert packed is not None  # it is a file
                with packed, target.open("wb") as out:
                    shutil.copyfileobj(packed, out, 1 << 20)
                if target.stat().st_size != entry.size:
                    raise ModelError(f"{archive} is cut short; copy it again")
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ModelError(f"{archive} is cut short or no bundle; copy it again") from error
    return names
