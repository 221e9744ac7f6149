"""`python -m models nets`: which networks can be trained, how large each is, and a drawing of it."""

from pathlib import Path
from typing import Any

import click
import yaml
from rich.table import Table

from commands.console import open_console
from models.nets import NETS
from models.training.config import NetConfig
from models.training.quiet import quiet
from pipeline.errors import ConfigError

_SIDE = 32
_BACKBONE_SIDE = 224


@click.group()
def nets() -> None:
    """Networks that `train` knows.

    \b
    Examples:
      python -m models nets list
      python -m models nets show resnet9 --size 32x32x3 -o resnet9.png
      python -m models nets show resnet --option depth=56 --classes 100
    """


@nets.command("list")
def list_nets() -> None:
    """Every network, what it is good for, and its options with their defaults."""
    table = Table("name", "what it is good for", "options", box=None, header_style="bold", pad_edge=False)
    for name, net in NETS.items():
        told = [f"{key}={_shown(default)}" for key, (default, _) in net.options.described().items()]
        table.add_row(name, net.about, ", ".join(told) or ("weights: imagenet" if net.backbone else ""))
    open_console().print(table)


@nets.command("show")
@click.argument("name")
@click.option("--size", help="Width x height x channels, such as 32x32x3.  [default: 32x32x3, backbones 224x224x3]")
@click.option("--classes", type=click.IntRange(2), default=10, show_default=True, help="How many it tells apart.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="One of its options; may be repeated.")
@click.option("--layers", is_flag=True, help="Every layer by its name, in place of steps.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Draw it: .png, .svg or .pdf.")
def show_net(
    name: str, size: str | None, classes: int, options: tuple[str, ...], layers: bool, output: Path | None
) -> None:
    """How one network is built: steps, parameters, multiply-adds, size on disk and memory; and a drawing of it."""
    if name not in NETS:
        raise ConfigError(f"no net '{name}'; there are {', '.join(NETS)}")
    side = _BACKBONE_SIDE if NETS[name].backbone else _SIDE
    height, width, channels = _shape(size or f"{side}x{side}x3")
    config = NetConfig(name=name, options=dict(_option(name, text) for text in options))
    NETS[name].options.of(config)
    quiet()
    import numpy as np

    from models.net_diagram import draw
    from models.net_figures import figures
    from models.net_steps import steps
    from models.training.network import build

    plain = np.full(channels, 0.5)
    model = build(config, (height, width, channels), classes, plain, plain)
    total, rows = figures(model), steps(model)
    if output is not None:
        draw(_title(config), rows, total, output)
    console = open_console()
    console.print(_layer_table(total) if layers else _step_table(rows))
    console.print(_totals(total, NETS[name]))
    if output is not None:
        console.print(f"wrote {output}", highlight=False)


def _step_table(rows: list[Any]) -> Table:
    from models.net_diagram import shape, size

    table = Table("what happens", "", box=None, header_style="bold", pad_edge=False)
    for head in ("width × height × channels", "parameters", "multiply-adds"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        times = f"× {row.times}" if row.times > 1 else ""
        counts = (size(count) if count else "" for count in (row.parameters, row.multiply_adds))
        table.add_row("\n".join(row.text), times, shape(row.gives), *counts)
    return table


def _layer_table(total: Any) -> Table:
    from models.net_diagram import shape, size

    table = Table("layer", "kind", box=None, header_style="bold", pad_edge=False)
    for head in ("width × height × channels", "parameters", "multiply-adds"):
        table.add_column(head, justify="right", no_wrap=True)
    for layer in total.layers:
        counts = (size(count) if count else "" for count in (layer.parameters, layer.multiply_adds))
        table.add_row(layer.name, layer.kind, shape(layer.gives), *counts)
    return table


def _totals(total: Any, net: Any) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    still = total.parameters - total.learned
    table.add_row(
        "parameters", f"{total.parameters:,}", f"{total.learned:,} learned, {still:,} not (batch norm's means)"
    )
    table.add_row("multiply-adds", f"{total.multiply_adds:,}", "a picture")
    disk = total.disk_bytes / 1e6
    table.add_row("on disk", f"{disk:.2f} MB", f"in float32; {disk / 2:.2f} MB in float16, {disk / 4:.2f} MB in int8")
    kept = total.activation_bytes / 1e6
    table.add_row(
        "activations", f"{kept:.2f} MB", f"a picture in training; {kept * 128 / 1e3:.2f} GB for a batch of 128"
    )
    for key, (default, about) in net.options.described().items():
        table.add_row(f"option {key}", _shown(default), about)
    return table


def _shape(text: str) -> tuple[int, int, int]:
    """(height, width, channels) of `WxHxC`, or of `WxH` in colour."""
    parts = text.lower().replace("×", "x").split("x")
    sides = [int(part) for part in parts if part.strip().isdecimal()]
    if len(parts) not in (2, 3) or len(sides) != len(parts) or not all(1 <= side <= 4096 for side in sides):
        raise ConfigError(f"--size: '{text}' is no size; write width x height x channels, such as 32x32x3")
    width, height, channels = (*sides, 3)[:3]
    if channels not in (1, 3):
        raise ConfigError(f"--size: {channels} channels; pictures are grey (1) or colour (3)")
    return height, width, channels


def _option(name: str, text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--option: '{text}' says no value; write KEY=VALUE for {name}")
    try:
        return key.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        raise ConfigError(f"--option: '{value}' is no value for {key}; write a number, a word, true or false") from None


def _title(config: NetConfig) -> str:
    told = ", ".join(f"{key} {_shown(value)}" for key, value in config.options.items())
    return f"{config.name} ({told})" if told else config.name


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
