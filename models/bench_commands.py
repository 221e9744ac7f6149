"""`python -m models bench`."""

import json
from pathlib import Path
from typing import get_args

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.backend import Device
from models.bench import Row, bench, machine
from models.frames import read_frames
from models.options import cache_option, complete_model
from models.resolve import resolve
from models.shelf import cached_forms, shelf
from pipeline.errors import ModelError


@click.command("bench")
@click.argument("names", nargs=-1, shell_complete=complete_model)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows there too.")
@click.option("--rounds", type=click.IntRange(3, 10_000), default=30, show_default=True, help="Turns of each row.")
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    multiple=True,
    default=(1, 2),
    show_default=True,
    help="Threads of one inference; may be given several times, a row each.",
)
@click.option(
    "--frames",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Recording, picture or folder to compare the forms on; pictures that are made, if none is given.",
)
@click.option("--device", type=click.Choice(get_args(Device)), default="auto", show_default=True, help="Where it runs.")
@cache_option
def bench_command(
    names: tuple[str, ...],
    json_file: Path | None,
    rounds: int,
    threads: tuple[int, ...],
    frames: tuple[Path, ...],
    device: Device,
    cache: Path,
) -> None:
    """Measure models: time, CPU, load, memory, size, difference; every form and runtime at hand.

    Rows of a model take turns, so that a noisy machine is fair to all. Without a name: all that are in the cache.
    """
    wanted = [resolve(name) for name in names] or [spec for spec in shelf().values() if cached_forms(spec, cache)]
    if not wanted:
        raise ModelError(f"no model is in {cache}; get some with: python -m models pull --all-default")
    if json_file is not None and not json_file.parent.is_dir():
        raise ModelError(f"cannot write {json_file}: there is no folder {json_file.parent}; make it first")
    pictures = _pictures(frames)
    console = Console(stderr=True)
    rows: list[Row] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        for spec in wanted:
            task = progress.add_task(spec.name, total=None)
            rows += bench(
                spec,
                cache,
                pictures,
                rounds,
                threads,
                device,
                lambda done, total, task=task: progress.update(task, completed=done, total=total),  # type: ignore[misc]
            )
            progress.remove_task(task)
    out = Console()
    (out if out.is_terminal else Console(width=200)).print(_table(rows), highlight=False)
    if json_file is not None:
        document = {"machine": machine(), "rounds": rounds, "rows": [row.as_data() for row in rows]}
        json_file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _runtime(runtime: str) -> str:
    """Short, as the JSON has it whole: `onnxruntime`, `onnxruntime on CUDA`."""
    package, _, device = runtime.partition(" on ")
    return package.split()[0] + (f" on {device}" if device != "CPU" else "")


def _pictures(places: tuple[Path, ...]) -> list[np.ndarray]:
    """Up to 40 frames, as they are."""
    if not places:
        return []
    found = read_frames(places, lambda image: image, most=40)
    return [*found.calibration, *found.held_out]


def _table(rows: list[Row]) -> Table:
    table = Table("model", "form", "runtime", box=None, pad_edge=False)
    for title in ("threads", "ms", "10 to 90 %", "CPU ms", "load ms", "RAM MB", "file MB", "difference", "lost"):
        table.add_column(title, justify="right")
    before = ""
    for row in rows:
        cost = row.difference.cost
        table.add_row(
            row.model if row.model != before else "",
            row.form,
            _runtime(row.runtime),
            str(row.threads),
            f"{row.median_ms:.2f}",
            f"{row.p10_ms:.2f} to {row.p90_ms:.2f}",
            f"{row.cpu_ms:.2f}",
            f"{row.load_ms:.0f}",
            f"{row.memory_mb:.0f}",
            f"{row.bytes / 1e6:.1f}",
            f"{row.difference.absolute:.1g}",
            "" if cost is None else f"{cost:.1%}",
        )
        before = row.model
    return table
