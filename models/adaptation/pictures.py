"""Pictures that a network is to be carried over to, as it takes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data.dataset import DataConfig, DataSet, Split
from models.data.load import load
from models.data.named import NAMED
from models.data.pictures import is_picture, quiet, read_picture
from models.data.prepare import parse
from models.evaluation.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from pipeline.errors import ConfigError, SourceError


@dataclass(frozen=True)
class NewPictures:
    """What there is to learn from, and, where classes are known, to judge by."""

    name: str
    images: np.ndarray
    """`(N, H, W, C) uint8`, to learn from; nobody looks at their classes."""
    classes: np.ndarray | None
    """`(N,) int64`, to say afterwards how good the guesses were; None where they are not known."""
    test: Split | None
    """Other ones, with classes of the run; None where there are none."""
    validation: Split | None
    data: DataSet | None
    """The set that they are from; None where they are a plain folder."""


def new_pictures(
    config: DataConfig, labels: tuple[str, ...], most: int, seed: int, corruption: str, say: Callable[[str], None]
) -> NewPictures:
    """Load them.

    Args:
        config: Which, with size, colour and preparation of the run. A folder that holds pictures and no folders has no
            classes.
        labels: Of the run: classes are matched by name.
        most: So many at most to learn from, chosen by chance.
        seed: Of chance.
        corruption: 'fog:4': made worse in that way first; '': as they are.
        say: Told in a line what a person should know.

    Raises:
        ConfigError: no such corruption.
        SourceError: pictures that cannot be read, or none.
    """
    worse = _worse(corruption)
    folder = Path(config.source)
    if config.source not in NAMED and _is_plain(folder):
        images = _plain_folder(folder, config, say)
        rows = np.sort(np.random.default_rng(seed).permutation(len(images))[:most])
        return NewPictures(folder.name, worse(images[rows]), None, None, None, None)
    found = load(config, say)
    rows = np.sort(np.random.default_rng(seed).permutation(len(found.train))[:most])
    images = worse(found.train.images[rows])
    unknown = [label for label in found.labels if label not in labels]
    if unknown:
        told = ", ".join(repr(label) for label in unknown[:3])
        say(f"{found.name}: the run knows no class {told}: its pictures are taken without classes")
        return NewPictures(found.name, images, None, None, None, None)
    place = np.array([labels.index(label) for label in found.labels], np.int64)
    test, validation = (
        Split(worse(part.images), place[part.classes], part.names) if len(part) else None
        for part in (found.test, found.validation)
    )
    return NewPictures(found.name, images, place[found.train.classes[rows]], test, validation, found)


def _is_plain(folder: Path) -> bool:
    """Whether it holds no folders, which would be classes."""
    return folder.is_dir() and not any(one.is_dir() and not one.name.startswith(".") for one in folder.iterdir())


def _plain_folder(folder: Path, config: DataConfig, say: Callable[[str], None]) -> np.ndarray:
    files = sorted(path for path in folder.iterdir() if is_picture(path.name))
    images, skipped, steps = [], 0, parse(config.prepare)
    with quiet():
        for path in files:
            try:
                images.append(read_picture(path, config.size, 1 if config.colour == "grey" else 3, steps))
            except SourceError as error:
                skipped += 1
                if skipped == 1:
                    say(str(error))
    if skipped > 1:
        say(f"{skipped} of {len(files)} pictures in {folder} cannot be read and are left out")
    if len(images) < 2:
        raise SourceError(f"{folder} holds {len(images)} pictures that can be read; give some hundreds")
    return np.stack(images)


def _worse(corruption: str) -> Callable[[np.ndarray], np.ndarray]:
    if not corruption:
        return lambda images: images
    name, _, strength = corruption.partition(":")
    if name not in CORRUPTIONS or strength not in [str(one) for one in STRENGTHS]:
        raise ConfigError(
            f"corruption: '{corruption}' is none; write one of {', '.join(CORRUPTIONS)}, and :1 to :5, such as fog:4"
        )
    return lambda images: corrupt(images, name, int(strength))
