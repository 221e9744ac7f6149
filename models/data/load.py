"""A source, whole: gathered, decoded, checked and split."""

import hashlib
from collections.abc import Callable

import numpy as np

from models.data.dataset import DataConfig, DataSet, Split
from models.data.gathered import TEST, TRAIN, VALIDATION, Gathered, Held
from models.data.named import NAMED, gather_named
from models.data.prepare import Step, needs_colour, parse
from models.data.splits import limited, split
from pipeline.errors import ConfigError, SourceError


def load(config: DataConfig, say: Callable[[str], None] = lambda _: None) -> DataSet:
    """The pictures that a config names, decoded once at the size for training, and split.

    Args:
        config: Which, at which size, and how they are split.
        say: Told, in a line, before anything slow and of what a person should know.

    Raises:
        ConfigError: the settings cannot work.
        SourceError: there is nothing to be read, or the same pictures are in two splits.
    """
    found = gather(config, say)
    if config.limit is not None:
        found = found.take(limited(found.classes, found.parts, config.limit, config.seed))
    height, width, channels = found.pictures.own_shape
    size = config.size or (width, height)
    channels = channels if config.colour is None else {"rgb": 3, "grey": 1}[config.colour]
    if channels == 1 and (step := needs_colour(config.prepare)):
        raise ConfigError(f"data.prepare: '{step}' needs colours; set data.colour to rgb, or take the step out")
    images = _array(found, size, channels, parse(config.prepare))
    parts = split(found.classes, found.parts, config.validation, config.test, config.seed, say)
    whole = Split(images, found.classes, found.names)
    train, validation, test = (whole.take(parts == part) for part in (TRAIN, VALIDATION, TEST))
    digest = hashlib.sha256("\0".join(found.labels).encode())
    for array in (found.classes, parts, images):
        digest.update(np.ascontiguousarray(array).data)
    return DataSet(found.name, found.labels, train, validation, test, digest.hexdigest(), found.skipped)


def gather(config: DataConfig, say: Callable[[str], None]) -> Gathered:
    """What the source holds, unsplit.

    Raises:
        SourceError: there is no such source.
    """
    if config.source in NAMED:
        return gather_named(config.source, config.data_dir, say)
    raise SourceError(f"data.source: no set or folder '{config.source}'; give one of {', '.join(NAMED)}, or a folder")


def _array(found: Gathered, size: tuple[int, int], channels: int, steps: tuple[Step, ...]) -> np.ndarray:
    pictures = found.pictures
    if isinstance(pictures, Held) and pictures.own_shape == (size[1], size[0], channels) and not steps:
        return pictures.images
    images = np.empty((len(pictures), size[1], size[0], channels), np.uint8)
    for row in range(len(pictures)):
        images[row] = pictures.decode(row, size, channels, steps)
    return images
