"""A source, whole: gathered, decoded once, checked and split."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.cache import default_cache
from models.data import decoded
from models.data.dataset import DataConfig, DataSet, Split
from models.data.decoded import Decoded, Told
from models.data.gathered import TEST, TRAIN, VALIDATION, Gathered, Held
from models.data.leaks import leaking, refused, same_of
from models.data.named import NAMED
from models.data.prepare import needs_colour, parse
from models.data.sources import gather, stamp
from models.data.splits import limited, split
from pipeline.errors import ConfigError, SourceError

RECIPE = 2
"""Counts up when decoding changes, so that what was kept is decoded anew."""
Say = Callable[[str], None]


def load(
    config: DataConfig,
    say: Say = lambda _: None,
    told: Told = lambda done, total: None,
    cache: Path | None = None,
    in_memory: int = decoded.IN_MEMORY,
) -> DataSet:
    """The pictures that a config names, decoded once at the size for training, and split.

    Args:
        config: Which, at which size, and how they are split.
        say: Told, in a line, before anything slow and of what a person should know.
        told: Takes pictures decoded, and how many there are, while that goes on.
        cache: Folder where decoded sets are kept; None: the user's.
        in_memory: Bytes of pictures up to which they are held in memory; more stay in a file that is mapped.

    Raises:
        ConfigError: the settings cannot work.
        SourceError: there is nothing to be read, or the same pictures are in two splits.
    """
    whole = decode(config, say, told, cache, in_memory)
    parts = parts_of(whole, config, say)
    _check_classes(whole, parts)
    keep = np.ones(len(parts), bool)
    if config.duplicates == "drop" or (config.duplicates == "refuse" and config.source not in NAMED):
        same = same_of(whole, say)
        leaks = leaking(same, parts)
        if leaks.any() and config.duplicates == "refuse":
            raise refused(whole, same, parts, leaks)
        keep = ~leaks
        if leaks.any():
            say(f"{whole.name}: {leaks.sum():,} pictures that are in another split too are left out")
    train, validation, test = (_of(whole, keep & (parts == part)) for part in (TRAIN, VALIDATION, TEST))
    digest = hashlib.sha256("\0".join((*whole.labels, whole.digest)).encode())
    for array in (whole.classes, parts, keep):
        digest.update(np.ascontiguousarray(array).data)
    if whole.skipped:
        say(f"{whole.name}: {len(whole.skipped):,} files are left out; the first: {': '.join(whole.skipped[0])}")
    return DataSet(whole.name, whole.labels, train, validation, test, digest.hexdigest(), whole.skipped)


def decode(
    config: DataConfig,
    say: Say = lambda _: None,
    told: Told = lambda done, total: None,
    cache: Path | None = None,
    in_memory: int = decoded.IN_MEMORY,
) -> Decoded:
    """The pictures as an array, unsplit; from the cache where they were decoded before.

    Raises:
        ConfigError, SourceError: see `load`.
    """
    cache = (cache or default_cache()) / "datasets"
    stamped = stamp(config)
    if stamped and (kept := _kept(cache, stamped, config)):
        return kept
    found = gather(config, say)
    try:
        if config.limit is not None:
            found = found.take(limited(found.classes, found.parts, config.limit, config.seed))
        height, width, channels = found.pictures.own_shape
        size = config.size or (width, height)
        channels = channels if config.colour is None else {"rgb": 3, "grey": 1}[config.colour]
        if channels == 1 and (step := needs_colour(config.prepare)):
            raise ConfigError(f"data.prepare: '{step}' needs colours; set data.colour to rgb, or take the step out")
        pictures = found.pictures
        if isinstance(pictures, Held) and pictures.own_shape == (size[1], size[0], channels) and not config.prepare:
            return _held(found, pictures.images)
        identity = stamped or _identity(found)
        if kept := _kept(cache, identity, config):
            return kept
        count = len(found.pictures)
        large = count * size[0] * size[1] * channels > in_memory
        if large:
            found = _split_first(found, config, say)
        say(f"{found.name}: decoding {count:,} pictures at {size[0]} x {size[1]}")
        into = cache / _key(identity, config, divided=large)
        return decoded.make(found, size, channels, parse(config.prepare), into, told, in_memory)
    finally:
        found.pictures.close()


def parts_of(found: Gathered | Decoded, config: DataConfig, say: Say = lambda _: None) -> np.ndarray:
    """`(N,) int8`: which split each picture is in."""
    wanted = (config.validation, config.test, config.seed)
    return split(found.classes, found.parts, *wanted, say=say, groups=found.groups)


def _held(found: Gathered, images: np.ndarray) -> Decoded:
    return Decoded(
        found.name,
        found.labels,
        images,
        found.classes,
        found.parts,
        found.names,
        found.official,
        found.skipped,
        decoded.digest_of(images),
    )


def _split_first(found: Gathered, config: DataConfig, say: Say) -> Gathered:
    """In the order of its splits, so that each is one piece of the file that is mapped."""
    parts = parts_of(found, config, say)
    order = np.argsort(parts, kind="stable")
    return dataclasses.replace(found.take(order), parts=parts[order])


def _identity(found: Gathered) -> str:
    digest = hashlib.sha256("\0".join((found.name, *found.labels, found.pictures.identity())).encode())
    digest.update(found.classes.tobytes() + found.parts.tobytes())
    return digest.hexdigest()


def _kept(cache: Path, identity: str, config: DataConfig) -> Decoded | None:
    for divided in (False, True):
        if kept := decoded.open_kept(cache / _key(identity, config, divided=divided)):
            return kept
    return None


def _key(identity: str, config: DataConfig, *, divided: bool) -> str:
    """The name of a folder in the cache: of all that decides what is in it."""
    settings = [RECIPE, identity, config.size, config.colour, config.prepare]
    if config.limit is not None:
        settings += [config.limit, config.seed]
    if divided:
        settings += ["divided", config.validation, config.test, config.seed]
    return hashlib.sha256(repr(settings).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _check_classes(whole: Decoded, parts: np.ndarray) -> None:
    """Each class that is judged has to be learnt."""
    learnt = np.bincount(whole.classes[parts == TRAIN], minlength=len(whole.labels))
    for part, name in ((VALIDATION, "validation"), (TEST, "test")):
        judged = np.bincount(whole.classes[parts == part], minlength=len(whole.labels))
        for label in np.flatnonzero((judged > 0) & (learnt == 0)).tolist():
            raise SourceError(
                f"{whole.name}: class '{whole.labels[label]}' is in {name} and has no pictures for training;"
                " add some, or take it out"
            )


def _of(whole: Decoded, rows: np.ndarray) -> Split:
    """A split; a view where its pictures lie in one piece."""
    places = np.flatnonzero(rows)
    one_piece = len(places) > 0 and places[-1] - places[0] + 1 == len(places)
    chosen = slice(places[0], places[-1] + 1) if one_piece else places
    names = tuple(whole.names[row] for row in places.tolist()) if whole.names else ()
    return Split(whole.images[chosen], whole.classes[places], names)
