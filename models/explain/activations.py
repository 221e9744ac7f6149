"""What each layer gives for one picture, drawn as grids of its maps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.explain.network import Network, Seen
from models.explain.sheet import CIVIDIS, enlarged, save

CHANNELS = 12
"""Maps of a layer on the sheet of all layers."""
LAYERS = 16
"""Most layers on that sheet."""
ENOUGH = 3
"""Layers outside of branches that are a sheet."""
TILE = 80
"""Pixels of a map's side as it is drawn, at least about so many."""
PLAIN = ("InputLayer", "Dropout", "SpatialDropout2D", "Rescaling", "ZeroPadding2D", "BatchNormalization")
"""Layers that show nothing which the one before did not."""


def draw_layers(network: Network, image: np.ndarray, title: str, path: Path) -> None:
    """A sheet with a row for each layer that has maps: the channels that answer most.

    Where a network has more of them than fit, every so many is shown, the last among them.

    Args:
        network: Which.
        image: `(h, w, c) uint8` of its size.
        title: Stands above.
        path: Of the PNG.
    """
    from matplotlib.figure import Figure

    layers = shown_layers(network)
    given = network.activations(image[None], tuple(layer.name for layer in layers))
    rows = [_strongest(given[layer.name][0]) for layer in layers]
    columns = max(len(maps) for maps, _ in rows)
    wide, high = 2.9 + 0.85 * columns, 1.5 + 0.9 * len(layers)
    figure = Figure((wide, high), dpi=100)
    grid = figure.subplots(len(layers), 1, squeeze=False, gridspec_kw={"hspace": 0.06})
    figure.subplots_adjust(2.8 / wide, 0.75 / high, 0.995, 1 - 0.75 / high)
    for axes, layer, (maps, numbers) in zip(grid[:, 0], layers, rows, strict=True):
        _draw_row(axes, maps, numbers, columns, _most(maps))
        axes.set_ylabel(_about(layer), rotation=0, ha="right", va="center", fontsize=8, labelpad=5)
    _draw_picture(figure, image, (0.1 / wide, 1 - 0.73 / high, 0.66 / wide, 0.66 / high))
    figure.suptitle(f"{title}: the channels of each layer that answer most", fontsize=11, y=1 - 0.25 / high)
    _legend(figure, high)
    save(figure, path)


def draw_channels(network: Network, image: np.ndarray, layer: Seen, title: str, path: Path) -> None:
    """All channels of one layer, in their order; arguments as `draw_layers`."""
    from matplotlib.figure import Figure

    maps = network.activations(image[None], (layer.name,))[layer.name][0].transpose(2, 0, 1)  # (C, h, w)
    columns = min(16, max(4, round(len(maps) ** 0.5)))
    rows = -(-len(maps) // columns)
    wide, high = 0.9 * max(columns, 8), 1.5 + 0.9 * rows
    figure = Figure((wide, high), dpi=100)
    grid = figure.subplots(rows, 1, squeeze=False, gridspec_kw={"hspace": 0.06})
    figure.subplots_adjust(0.005, 0.75 / high, 0.995, 1 - 0.75 / high)
    for row, axes in enumerate(grid[:, 0]):
        part = maps[row * columns : (row + 1) * columns]
        _draw_row(axes, part, range(row * columns, row * columns + len(part)), columns, _most(maps))
    _draw_picture(figure, image, (0.1 / wide, 1 - 0.73 / high, 0.66 / wide, 0.66 / high))
    figure.suptitle(f"{title}: {_about(layer, ', ')}", fontsize=10, y=1 - 0.25 / high)
    _legend(figure, high)
    save(figure, path)


def shown_layers(network: Network) -> list[Seen]:
    """The layers with maps that show something new, if there are some in no branch then these; `LAYERS` at most."""
    layers = [layer for layer in network.layers if layer.is_map and layer.kind not in PLAIN]
    necks = [layer for layer in layers if layer.is_neck]
    layers = necks if len(necks) >= ENOUGH else layers
    chosen = np.unique(np.linspace(0, len(layers) - 1, min(LAYERS, len(layers))).round().astype(int))
    return [layers[number] for number in chosen]


def _strongest(given: np.ndarray) -> tuple[np.ndarray, Sequence[int]]:
    """Of `(h, w, C)` the maps `(K, h, w)` that reach farthest from 0 on average, and which they are, in order."""
    strength = np.abs(given).mean((0, 1))
    numbers = np.sort(np.argsort(-strength, kind="stable")[:CHANNELS])
    return given[..., numbers].transpose(2, 0, 1), numbers.tolist()


def _most(maps: np.ndarray) -> float:
    return max(float(np.quantile(np.abs(maps), 0.995)), 1e-9)


def _draw_row(axes: Any, maps: np.ndarray, numbers: Sequence[int], columns: int, most: float) -> None:
    """Maps `(K, h, w)` side by side, on one scale: how far from 0, to either side. One image, as many take long."""
    axes.set_xlim(0, columns)
    axes.set_ylim(1, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    factor = max(1, TILE // max(maps.shape[1:]))
    tiles = np.abs(maps).repeat(factor, 1).repeat(factor, 2)  # (K, H, W), each pixel of a map a square
    gap = np.full((*tiles.shape[:2], max(1, tiles.shape[2] // 20)), np.nan)
    strip = np.concatenate([tiles, gap], 2).transpose(1, 0, 2).reshape(tiles.shape[1], -1)
    axes.imshow(strip, extent=(0, len(maps), 1, 0.03), aspect="auto", cmap=CIVIDIS, vmin=0, vmax=most)
    for place, number in enumerate(numbers):
        axes.text(place + 0.04, 0.08, str(number), va="top", fontsize=6, color="white")


def _draw_picture(figure: Any, image: np.ndarray, place: tuple[float, float, float, float]) -> None:
    axes = figure.add_axes(place)
    axes.imshow(enlarged(image)[..., ::-1])
    axes.set_axis_off()


def _about(layer: Seen, between: str = "\n") -> str:
    height, width, channels = layer.shape
    return f"{layer.name}{between}{layer.kind}, {width} x {height} x {channels}"


def _legend(figure: Any, high: float) -> None:
    axes = figure.add_axes((0.4, 0.36 / high, 0.2, 0.11 / high))
    axes.imshow(np.linspace(0, 1, 256)[None], aspect="auto", cmap=CIVIDIS)
    axes.set_yticks([])
    axes.set_xticks([0, 255], ["silent", "strongest of its layer"], fontsize=7.5)
