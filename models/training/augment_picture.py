"""What augmentation makes of pictures, drawn: originals, and variants of each beside them."""

from pathlib import Path
from typing import Any

import numpy as np

from models.data.dataset import DataSet, Split
from models.figures import save_figure
from models.training.augment import augmentation
from models.training.config import AugmentConfig
from pipeline.errors import ConfigError

VARIANTS = 5
INK, RULE = "#303030", "#0072B2"
_CELL = 1.25
_NAME = 22


def draw_augmentation(config: AugmentConfig, data: DataSet, path: Path, count: int = 6, seed: int = 0) -> None:
    """Draw a row for each of some training pictures: how it is, and five times what training would see of it.

    Args:
        config: What is asked for.
        data: Where pictures are taken from, a class after the other; MixUp and CutMix mix those that are shown.
        path: A .png, .svg or .pdf; whole or not there.
        count: How many rows.
        seed: Which pictures, and what is drawn for them.

    Raises:
        ConfigError: nothing is asked for, or what these pictures cannot take.
        ModelError: it cannot be written there, or in no such format.
    """
    words = described(config)
    if not words:
        raise ConfigError("nothing to draw: every augmentation is off; add, say, --set augment.flip=horizontal")
    shown = chosen(data, count, seed)
    before, classes = shown.images, np.eye(len(data.labels), dtype=np.float32)[shown.classes]
    augment = augmentation(config, data.shape, seed)
    after = [tuple(np.asarray(part) for part in augment(before, classes)) for _ in range(VARIANTS)]

    from matplotlib.figure import Figure

    high = _CELL + (0.33 if config.mixup or config.cutmix else 0.22)
    figure = Figure(figsize=((VARIANTS + 1) * _CELL + 0.4, len(shown) * high + 0.5), layout="constrained", dpi=110)
    figure.suptitle(words, fontsize=10, color=INK, parse_math=False, wrap=True)
    for row, axes in enumerate(figure.subplots(len(shown), VARIANTS + 1, squeeze=False)):
        _cell(axes[0], before[row], _short(data.labels[shown.classes[row]], _NAME), RULE)
        for cell, (images, shares) in zip(axes[1:], after, strict=True):
            _cell(cell, images[row], _mixture(shares[row], data.labels, shown.classes[row]), None)
    save_figure(figure, path)


def described(config: AugmentConfig) -> str:
    """'flip horizontal, crop_padding 4': what is on.

    >>> described(AugmentConfig(flip="both", cutout=8))
    'flip both, cutout 8'
    """
    plain = AugmentConfig().model_dump()
    return ", ".join(f"{name} {value}" for name, value in config.model_dump().items() if value != plain[name])


def chosen(data: DataSet, count: int, seed: int) -> Split:
    """Some training pictures, of as many classes as can be."""
    order = np.random.default_rng(seed).permutation(len(data.train))
    classes = data.train.classes[order]
    turn = np.zeros(len(order), np.int64)  # how many of its class come before it
    for number in range(len(data.labels)):
        own = classes == number
        turn[own] = np.arange(own.sum())
    first = np.lexsort((classes, turn))[:count]
    return data.train.take(order[first])


def _mixture(shares: np.ndarray, labels: tuple[str, ...], own: int) -> str:
    """Classes of a mixed picture; '' where it is all its own."""
    parts = [number for number in np.argsort(-shares) if shares[number] >= 0.005]
    if len(parts) == 1 and parts[0] == own:
        return ""
    return "\n".join(f"{100 * shares[number]:.0f} % {_short(labels[number], _NAME - 5)}" for number in parts)


def _cell(axes: Any, image: np.ndarray, words: str, rule: str | None) -> None:
    picture = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    grey = picture.shape[-1] == 1
    axes.imshow(picture[..., 0] if grey else picture, cmap="gray" if grey else None, vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=rule is not None, color=rule, linewidth=2)
    axes.set_xlabel(words, fontsize=7, color=INK, labelpad=2, parse_math=False)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
