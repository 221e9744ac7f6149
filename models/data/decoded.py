"""Every picture of a source as one array, decoded once: in threads, and kept in the cache folder."""

import contextlib
import errno
import hashlib
import json
import math
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data.gathered import Gathered
from models.data.pictures import quiet
from models.data.prepare import Step
from pipeline.errors import SourceError

IN_MEMORY = 2 << 30
"""Bytes of pictures up to which they are held in memory; more stay in a file that is mapped."""
MOST_KEPT = 20 << 30
"""Bytes of sets that stay in the cache; the ones not used for longest go."""
PICTURES, ROWS, ABOUT = "images.npy", "rows.npz", "set.json"
_CHUNK = 128
Told = Callable[[int, int], None]
"""Takes pictures done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A source whose pictures are an array."""

    name: str
    labels: tuple[str, ...]
    images: np.ndarray
    """`(N, H, W, C) uint8`; a memory map where it is large."""
    classes: np.ndarray
    """`(N,) int64`."""
    parts: np.ndarray
    """`(N,) int8`."""
    names: tuple[str, ...]
    official: bool
    skipped: tuple[tuple[str, str], ...]
    digest: str
    """SHA-256 of `images`."""
    groups: np.ndarray | None = None
    """`(N,) int64`, see `Gathered`."""
    folder: Path | None = None
    """Where it is kept."""


def decode_all(
    found: Gathered,
    size: tuple[int, int],
    channels: int,
    steps: Sequence[Step],
    into: np.ndarray,
    told: Told,
) -> list[tuple[int, str]]:
    """Decode every picture into `into`, `(N, H, W, channels) uint8`.

    Returns:
        Rows that could not be read, ascending, with the reason.
    """
    total, done = len(found.pictures), 0
    failed: list[tuple[int, str]] = []

    def work(start: int) -> tuple[int, list[tuple[int, str]]]:
        rows, bad = range(start, min(start + _CHUNK, total)), []
        for row in rows:
            try:
                into[row] = found.pictures.decode(row, size, channels, steps)
            except SourceError as error:
                bad.append((row, str(error)))
        return len(rows), bad

    pool = ThreadPoolExecutor(_cores(), thread_name_prefix="decode")
    try:
        with quiet():
            for task in as_completed([pool.submit(work, start) for start in range(0, total, _CHUNK)]):
                count, bad = task.result()
                failed += bad
                done += count
                told(done, total)
    finally:
        pool.shutdown(cancel_futures=True)
    return sorted(failed)


def make(
    found: Gathered,
    size: tuple[int, int],
    channels: int,
    steps: Sequence[Step],
    into: Path,
    told: Told = lambda done, total: None,
    in_memory: int = IN_MEMORY,
) -> Decoded:
    """Decode a source and keep it as the folder `into`.

    A set that fits into memory is not kept where that folder cannot be written to.

    Args:
        found: The source.
        size: (width, height) of every picture.
        channels: 3 for RGB, 1 for grey.
        steps: What OpenCV does to each.
        into: Its place in the cache.
        told: Takes pictures done, and how many there are.
        in_memory: Bytes up to which a set fits.

    Raises:
        SourceError: no picture of it can be read, or the disk has no room for a large set.
    """
    shape = len(found.pictures), size[1], size[0], channels
    if math.prod(shape) <= in_memory:
        images = np.empty(shape, np.uint8)
        made = _less(found, images, decode_all(found, size, channels, steps, images, told))
        with contextlib.suppress(OSError):
            with _beside(into) as folder:
                np.save(folder / PICTURES, made.images)
                _write(made, folder)
            return open_kept(into) or made
        return made
    try:
        with _beside(into) as folder:
            images = _mapped(folder / PICTURES, shape)
            _write(_less(found, images, decode_all(found, size, channels, steps, images, told)), folder)
    except OSError as error:
        raise SourceError(
            f"cannot write {math.prod(shape) / 1e9:.1f} GB to {into.parent}: {error.strerror or error};"
            " free the disk, or set data.size smaller or data.limit"
        ) from error
    kept = open_kept(into)
    if kept is None:
        raise SourceError(f"cannot read {into}, which was just written; check the disk")
    return kept


@contextmanager
def _beside(into: Path) -> Iterator[Path]:
    """A folder that becomes `into` where the block ends well, and is gone where not."""
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".decode-") as beside:
        folder = Path(beside) / into.name
        folder.mkdir()
        yield folder
        if into.exists():  # a damaged one, or another process was quicker
            into.rename(Path(beside) / "old")
        folder.rename(into)
    prune(into.parent, into)


def _mapped(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A file for pictures, whose room on the disk is taken now: a full one found later would end the process."""
    images = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        elif shutil.disk_usage(path.parent).free < images.nbytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return images


def _less(found: Gathered, images: np.ndarray, failed: list[tuple[int, str]]) -> Decoded:
    """Without the rows that failed; the others move up in place."""
    keep = np.ones(len(images), bool)
    keep[[row for row, _ in failed]] = False
    names = found.names or tuple(str(row) for row in range(len(images)))
    bad = tuple((names[row], why.partition(": ")[2] or why) for row, why in failed)
    if not keep.any():
        raise SourceError(
            f"none of the {len(images):,} pictures of {found.name} can be read; the first: {failed[0][1]}"
        )
    if bad:
        to = 0
        for row in np.flatnonzero(keep).tolist():
            if row != to:
                images[to] = images[row]
            to += 1
        images = images[:to]
    kept = tuple(name for name, stays in zip(names, keep, strict=True) if stays)
    return Decoded(
        found.name,
        found.labels,
        images,
        found.classes[keep],
        found.parts[keep],
        kept if found.names else (),
        found.official,
        (*found.skipped, *bad),
        digest_of(images),
        None if found.groups is None else found.groups[keep],
    )


def digest_of(images: np.ndarray) -> str:
    """SHA-256 of pixels."""
    digest = hashlib.sha256()
    for start in range(0, len(images), 1024):
        digest.update(np.ascontiguousarray(images[start : start + 1024]).data)
    return digest.hexdigest()


def _write(made: Decoded, folder: Path) -> None:
    groups = {} if made.groups is None else {"groups": made.groups}
    np.savez(folder / ROWS, allow_pickle=False, classes=made.classes, parts=made.parts, **groups)
    about = {
        "name": made.name,
        "labels": made.labels,
        "names": made.names,
        "official": made.official,
        "skipped": made.skipped,
        "count": len(made.images),
        "digest": made.digest,
    }
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")


def open_kept(folder: Path) -> Decoded | None:
    """What `make` kept; None where it is absent or damaged."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        with (folder / ROWS).open("rb") as file, np.load(file) as rows:
            classes, parts = rows["classes"], rows["parts"]
            groups = rows.get("groups")
        images = np.load(folder / PICTURES, mmap_mode="r")[: about["count"]]
        os.utime(folder)
        if not len(images) == len(classes) == len(parts) == about["count"]:
            return None
        return Decoded(
            about["name"],
            tuple(about["labels"]),
            images,
            classes,
            parts,
            tuple(about["names"]),
            about["official"],
            tuple((name, why) for name, why in about["skipped"]),
            about["digest"],
            groups,
            folder,
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def prune(cache: Path, keep: Path, most: int = MOST_KEPT) -> None:
    """Remove the sets that were not used for longest, until the others take at most `most` bytes."""
    with contextlib.suppress(OSError):  # another process may be at it too
        sets = [folder for folder in cache.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
        room = most - _bytes(keep)
        for folder in sorted(sets, key=lambda one: -one.stat().st_mtime):
            room -= _bytes(folder) if folder != keep else 0
            if room < 0 and folder != keep:
                shutil.rmtree(folder, ignore_errors=True)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
