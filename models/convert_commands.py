"""The commands that make files of models: convert, quantize."""

from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from models.agreement import MIN_SCORE
from models.feed import Feed
from models.frames import read_frames
from models.options import cache_option, complete_model
from models.quantize import Target, quantize
from models.resolve import resolve

frames_option = click.option(
    "--frames",
    "places",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    required=True,
    help="Recording, picture, or folder of them; may be given several times.",
)


@click.command("quantize")
@click.argument("name", shell_complete=complete_model)
@frames_option
@click.option(
    "--to",
    "targets",
    type=click.Choice(["onnx-int8", "tflite-int8", "tflite-fp16"]),
    multiple=True,
    default=("onnx-int8",),
    show_default=True,
    help="Form to make; may be given several times.",
)
@click.option("--limit", type=click.FloatRange(0, 100), default=1.0, show_default=True, help="Most to lose, per cent.")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=MIN_SCORE,
    show_default=True,
    help="Score from which a box counts for the limit.",
)
@click.option("--most-frames", type=click.IntRange(4, 5000), default=300, show_default=True, help="Taken in all.")
@click.option(
    "--float-first", type=click.IntRange(0), default=3, show_default=True, help="Convolutions that stay in float."
)
@cache_option
def quantize_model(
    name: str,
    places: tuple[Path, ...],
    targets: tuple[Target, ...],
    limit: float,
    min_score: float,
    most_frames: int,
    float_first: int,
    cache: Path,
) -> None:
    """Make a model smaller and faster, in eight bits or half precision, and prove what is left of it.

    The earlier half of each recording calibrates, the later half judges. A form that lost more than
    --limit is not kept.
    """
    spec = resolve(name)
    frames = read_frames(places, Feed(spec.input), most_frames)
    console = Console(stderr=True)
    with console.status(name):
        report = quantize(
            spec, cache, frames, targets, limit / 100, float_first, min_score, partial(_say, console, name)
        )
    table = Table("form", "MB", "ms", "of float", "lost", "extra", "raw", box=None, pad_edge=False)
    for form in targets:
        row = report["forms"][form]
        found = row["agreement"]
        cost = row["cost"]
        table.add_row(
            form,
            f"{row['bytes'] / 1e6:.1f}",
            f"{row['ms']:.2f}",
            f"{row['ms'] / row['float_ms']:.2f}",
            "-" if cost is None else f"{cost:.2%}",
            f"{found['extra']:.2%}" if "extra" in found else "-",
            f"{found['absolute']:.3g}",
        )
    Console(soft_wrap=True).print(table)


def _say(console: Console, name: str, line: str) -> None:
    console.print(f"{name}: {line}", highlight=False)
