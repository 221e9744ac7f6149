"""`python -m models data`: look at a set of pictures before a network does."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from commands.console import open_console
from models.data.dataset import DataConfig
from pipeline.errors import ConfigError, SinkError
from pipeline.whole import write_whole

SHOWN_CASES = 5
"""Of each finding, on the terminal."""
OPTIONS = (
    click.argument("source"),
    click.option("--data-dir", type=click.Path(path_type=Path), help="Where the files of a named set already lie."),
    click.option("--size", nargs=2, type=int, metavar="W H", help="Pixels; by default the set's own."),
    click.option("--colour", type=click.Choice(["rgb", "grey"]), help="By default the set's own."),
    click.option("--prepare", multiple=True, metavar="STEP", help="OpenCV steps such as clahe:2.0, in this order."),
    click.option("--limit", type=int, help="So many pictures of each class only."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of the splits."),
)


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands take."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group("data")
def data() -> None:
    """Look at a set of pictures: what is in it, and what is wrong with it.

    \b
    SOURCE is digits, mnist, fashion-mnist, cifar10, cifar100, a folder with a folder for each class,
    a .tar or .zip of one, a .csv with path,label[,split], or a COCO .json.
    """


@data.command("show")
@with_options
@click.option("-o", "--output", type=click.Path(path_type=Path), help="PNG to write.")
def show(output: Path | None, **settings: Any) -> None:
    """Count the classes, and draw the set as one picture.

    \b
    python -m models data show digits -o digits.png
    python -m models data show photos --size 64 64 --prepare clahe
    """
    from models.data.load import load
    from models.data.look import counts, picture
    from models.data.sources import gather
    from models.data.statistics import statistics

    config = settings_of(**settings)
    with progress("reading") as told:
        found = load(config, say, told)
    table = Table(title=f"{found.name}: pictures of each class", title_justify="left")
    for heading, justify in (("class", "left"), ("train", "right"), ("validation", "right"), ("test", "right")):
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    each = counts(found)
    for label, row in zip(found.labels, each.T.tolist(), strict=True):
        table.add_row(plain(label), *(f"{count:,}" for count in row))
    table.add_section()
    table.add_row("all", *(f"{count:,}" for count in each.sum(axis=1).tolist()))
    console = open_console()
    console.print(table)
    height, width, channels = found.shape
    mean, deviation = (", ".join(f"{one:.4f}" for one in part) for part in statistics(found.train.images))
    console.print(f"{width} x {height} {'RGB' if channels == 3 else 'grey'}; mean {mean}; deviation {deviation}")
    console.print(f"fingerprint {found.fingerprint[:16]}", highlight=False)
    if output is not None:
        pictures = gather(config).pictures
        try:
            sizes = pictures.sizes()
        finally:
            pictures.close()
        write(output, picture(found, sizes))
        console.print(f"{output}", highlight=False, soft_wrap=True)


@data.command("check")
@with_options
@click.option("-o", "--output", type=click.Path(path_type=Path), help="CSV to write: all that was found.")
@click.pass_context
def check(context: click.Context, /, output: Path | None, **settings: Any) -> None:
    """Find damaged files, copies, leakage between splits, contradictions and rare classes; exit 1 where there are any.

    \b
    python -m models data check photos
    python -m models data check photos -o found.csv
    """
    from models.data.check import check as look_over
    from models.data.load import decode, parts_of

    config = settings_of(**settings)
    with progress("reading") as told:
        whole = decode(config, say, told)
    parts = parts_of(whole, config, say)
    with progress("comparing") as told:
        findings = look_over(whole, parts, lambda done: told(done, len(parts)))
    console = open_console()
    if output is not None:
        lines = io.StringIO()
        rows = [(finding.kind, *case) for finding in findings for case in finding.cases]
        csv.writer(lines).writerows([("finding", "what", "why"), *rows])
        write(output, lines.getvalue().encode("utf-8", "replace"))
    if not findings:
        console.print(f"{whole.name}: {len(parts):,} pictures, nothing wrong was found")
        return
    table = Table(title=f"{whole.name}: {len(parts):,} pictures", title_justify="left", show_lines=True)
    table.add_column("found")
    table.add_column("how many", justify="right")
    table.add_column("what", overflow="fold")
    for finding in findings:
        told_cases = [f"{plain(what)}: {plain(why)}" for what, why in finding.cases[:SHOWN_CASES]]
        if len(finding.cases) > SHOWN_CASES:
            told_cases.append("… all of them with -o FILE.csv" if output is None else f"… all of them in {output}")
        table.add_row(finding.kind, f"{len(finding.cases):,}", "\n".join((f"[bold]{finding.about}[/]", *told_cases)))
    console.print(table)
    context.exit(1)


def settings_of(**settings: Any) -> DataConfig:
    """A config of the options that were given.

    Raises:
        ConfigError: one of them cannot be.
    """
    given = {key: value for key, value in settings.items() if value not in (None, ())}
    try:
        return DataConfig.model_validate({**given, "duplicates": "allow"})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).replace("_", "-") if first["loc"] else "options"
        raise ConfigError(f"--{field}: {first['msg'].removeprefix('Value error, ')}") from error


def say(line: str) -> None:
    """A line on stderr."""
    click.echo(line, err=True)


def plain(text: str) -> str:
    """A name of a file as a terminal can show it, with nothing that rich would take for its own."""
    from rich.markup import escape

    return escape(text.encode("utf-8", "replace").decode())


def write(path: Path, data: bytes) -> None:
    """A file, whole or not at all.

    Raises:
        SinkError: it cannot be written.
    """
    try:
        write_whole(path, data)
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror}; check the folder and the room on the disk") from error


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal while the block runs; yields a function that takes pictures done and their number."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
