"""`python -m models adapt`: a network for pictures of another kind, without anybody telling their classes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from commands.console import open_console
from models.adaptation.config import AdaptConfig
from pipeline.config_file import Document, with_overrides
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from models.adaptation.adapt import Adapted
    from models.adaptation.judge import Change


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", "target", required=True, help="The new pictures: what data.source takes, or a plain folder.")
@click.option("--method", type=click.Choice(["adabn", "coral", "self-training"]), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder of the new run.  [default: RUN-METHOD]")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting: data.data_dir=FOLDER")
def adapt(run: Path, target: str, method: str, output: Path | None, assignments: tuple[str, ...]) -> None:
    """Carry the network of RUN over to pictures that look otherwise, of which no class is told.

    \b
      adabn          new statistics for batch norm: seconds, needs batch norm and nothing else
      coral          trains on so that features of old and new pictures vary alike
      self-training  trains on its own sure guesses, as many of each class, in rounds

    The new run has model.keras, run.json and adaptation.json. Where the new pictures have classes, those of its test
    split are used to say what it brought, and for nothing else. Settings, besides those of data: pictures, epochs,
    rate, batch, weight, rounds, threshold, corruption, seed.
    """
    config = _settings(target, method, assignments)
    from models.adaptation.adapt import adapt as carry_over
    from models.experiments.run import open_run

    opened = open_run(run)
    beside = run if run.name not in ("", "..") else run.resolve()
    folder = output or beside.with_name(f"{opened.name}-{method}")
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(method, total=None)

        def told(what: str, step: int, of: int) -> None:
            progress.update(bar, description=what, completed=step, total=of)

        done = carry_over(opened, config, folder, lambda line: console.print(line, soft_wrap=True), told)
    _tell(done)


def _settings(target: str, method: str, assignments: tuple[str, ...]) -> AdaptConfig:
    document = with_overrides(Document("the defaults", {"method": method, "data": {"source": target}}), assignments)
    try:
        return AdaptConfig.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        told = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            told = f"there is no such setting; there are {', '.join(AdaptConfig.model_fields)}"
        raise ConfigError(f"{'.'.join(str(part) for part in first['loc'])}: {told}") from error


def _tell(done: "Adapted") -> None:
    console = open_console()
    for number, one in enumerate(done.rounds, 1):
        right = "" if one["right"] is None else f", {one['right']:.1%} of them right"
        console.print(f"round {number}: {one['guesses']} guesses{right}", highlight=False)
    if done.new is not None:
        table = Table(box=None)
        for title in ("accuracy on", "pictures", "before", "after", "verdict"):
            table.add_column(title, justify="left" if title in ("accuracy on", "verdict") else "right")
        _row(table, "new pictures", done.new)
        if done.old is not None:
            _row(table, "old pictures", done.old)
        console.print(table)
    else:
        console.print("the new pictures have no known classes: nothing says here whether it helped", highlight=False)
    console.print(f"{done.run.folder}  {done.seconds:.0f} s", highlight=False, soft_wrap=True)
    if done.new is not None and done.new.verdict != "better":
        console.print("It did not help here: keep the run that it came from, or try another method.")


def _row(table: Table, name: str, change: "Change") -> None:
    def shown(share: float, interval: tuple[float, float]) -> str:
        return f"{share:.1%} ({interval[0]:.1%} to {interval[1]:.1%})"

    before, after = shown(change.before, change.before_interval), shown(change.after, change.after_interval)
    table.add_row(name, str(change.pictures), before, after, change.verdict)
