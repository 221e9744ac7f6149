"""`python -m models runs`: what was trained, which of it is better, and what to keep."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from commands.console import open_console
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from models.experiments.comparing import Comparison, Figure
    from models.experiments.listing import Row

RUNS = Path("runs")
_SHARES = ("accuracy", "best validation accuracy", "top5")


@click.group()
def runs() -> None:
    """Look at trainings: list, show, compare, remove them.

    \b
      python -m models runs list
      python -m models runs compare runs/small runs/wide -o curves.png
      python -m models runs show runs/small
    """


@runs.command("list")
@click.argument("folder", type=click.Path(path_type=Path), default=RUNS)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_command(folder: Path, as_json: bool) -> None:
    """List the runs in FOLDER (runs), the oldest first. A search's trials are runs too: runs/NAME.search/trials."""
    from models.experiments.listing import list_runs

    rows = list_runs(folder)
    if as_json:
        click.echo(json.dumps([row.as_data() for row in rows], indent=2))
        return
    if not rows:
        click.echo(f"no run is in {folder}; begin with: python -m models train")
        return
    console = open_console(160)
    console.print(_table(rows), highlight=False)
    for row in rows:
        if row.reason:
            console.print(f"{escape(row.name)}: {escape(row.reason)}", highlight=False, soft_wrap=True)


@runs.command("show")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Into README.md in its folder too.")
def show(run: Path, write: bool) -> None:
    """Show the model card of RUN: what it is, how it was trained, how right it is, and its limits."""
    from models.experiments.card import card, write_card
    from models.experiments.run import open_run

    opened = open_run(run)
    text = write_card(opened) if write else card(opened)
    console = open_console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        click.echo(text, nl=False)


@runs.command("compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Draw the curves of all together (.png).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def compare_command(runs: tuple[Path, ...], output: Path | None, as_json: bool) -> None:
    """Hold runs against each other: settings that differ, figures with intervals, and whether that may be chance.

    Two runs that were evaluated on the same pictures are compared picture by picture (McNemar's test).
    """
    from models.experiments.comparing import compare
    from models.experiments.curves import draw_curves
    from models.experiments.run import open_run

    opened = [open_run(folder) for folder in runs]
    told = compare(opened)
    if output is not None:
        draw_curves(dict(zip(told.names, (run.history() for run in opened), strict=True)), output)
    if as_json:
        click.echo(json.dumps(told.as_data(), indent=2))
        return
    _tell(told)
    if output is not None:
        click.echo(f"\ncurves: {output}")


@runs.command("remove")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(runs: tuple[Path, ...], yes: bool) -> None:
    """Remove RUN with all that is in it, after a question. One that is being trained is left alone."""
    from models.experiments.listing import is_alive
    from models.experiments.run import open_run

    for folder in runs:
        open_run(folder)
        if folder.is_symlink():
            raise ConfigError(f"{folder} is a link; name the folder that it leads to")
        if is_alive(folder):
            raise ConfigError(f"{folder} is being trained; end that first")
    for folder in runs:
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if yes or click.confirm(f"remove {folder} ({size / 1e6:.1f} MB)?"):
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise ConfigError(f"cannot remove {folder}: {error.strerror}; mend its rights") from error
            click.echo(f"{folder} is removed")


def _table(rows: "Sequence[Row]") -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("run", "net", "data"):
        table.add_column(title, overflow="fold")
    for title in ("epochs", "best val accuracy", "test accuracy (95 %)", "parameters", "time"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("state")
    for row in rows:
        epochs = "" if row.epochs is None else f"{row.epochs}/{row.of_epochs}"
        test = "" if row.test_accuracy is None else _with_ends(row.test_accuracy, (row.low, row.high))
        table.add_row(
            escape(row.name),
            row.net or "",
            escape(row.data or ""),
            epochs,
            "" if row.val_accuracy is None else f"{row.val_accuracy:.2%}",
            test,
            "" if row.parameters is None else f"{row.parameters:,}",
            "" if row.seconds is None else _time(row.seconds),
            row.state,
            style="red" if row.state in ("damaged", "failed", "died") else None,
        )
    return table


def _tell(told: "Comparison") -> None:
    console = open_console(max(100, 30 + 34 * len(told.names)))
    settings = Table("setting", *map(escape, told.names), box=None, pad_edge=False)
    for path, values in told.settings.items():
        settings.add_row(path, *(escape(_written(value)) for value in values))
    if told.settings:
        console.print(settings, highlight=False)
    else:
        console.print("all settings are the same")
    console.print()
    figures = Table("figure", box=None, pad_edge=False)
    for name in told.names:
        figures.add_column(escape(name), justify="right")
    for figure in told.figures:
        figures.add_row(figure.name, *_cells(figure))
    console.print(figures, highlight=False)
    console.print()
    for line in (*map(str, told.verdicts), *told.notes):
        console.print(escape(line), highlight=False, soft_wrap=True)


def _cells(figure: "Figure") -> list[str]:
    cells = []
    for value, ends in zip(figure.values, figure.intervals, strict=True):
        if value is None:
            cells.append("-")
        elif figure.name in _SHARES:
            cells.append(_with_ends(value, ends or (None, None)))
        elif figure.name == "seconds":
            cells.append(_time(value))
        else:
            cells.append(f"{value:,}" if isinstance(value, int) else f"{value:.4f}")
    return cells


def _with_ends(value: float, ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    return f"{value:.2%}" if low is None or high is None else f"{value:.2%} ({100 * low:.2f} to {100 * high:.2f})"


def _time(seconds: float) -> str:
    """Short.

    >>> _time(48.2), _time(600), _time(9000)
    ('48 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
