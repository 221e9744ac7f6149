"""`python -m models tune`: find the settings that a network learns best with."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from rich.console import Console

from commands.tune_table import Shown
from models.tuning.samplers import Pruner, Sampler, size
from models.tuning.space import Space, read_space
from pipeline.config_file import Document, read_document, with_overrides
from pipeline.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from models.tuning.outcome import Row

TRIALS = 20
INTERRUPTED = 130


@click.command()
@click.argument("space_file", metavar="SPACE.yaml", type=click.Path(path_type=Path))
@click.option("--study", "name", help="Name of the search; by default the file's.")
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    help=f"In all, counted on from before. [default: {TRIALS}, or all of a grid]",
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Seconds until it ends.")
@click.option("--sampler", type=click.Choice(get_args(Sampler)), default="tpe", show_default=True)
@click.option(
    "--pruner",
    type=click.Choice(get_args(Pruner)),
    default="median",
    show_default=True,
    help="Which trials end early: below the median, not among the best third, none.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting that stays: epochs=5")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder. [default: runs/NAME.search]")
def tune(
    space_file: Path,
    name: str | None,
    trials: int | None,
    timeout: float | None,
    sampler: Sampler,
    pruner: Pruner,
    jobs: int,
    assignments: tuple[str, ...],
    output: Path | None,
) -> None:
    """Search the settings of a training: which rate, which width, how much augmentation.

    \b
    SPACE.yaml says what stays and what is tried, any setting of `train --settings`:
      base: {data: {source: digits}, epochs: 5}
      space:
        optimiser.rate: {log: [1e-4, 1e-1]}
        net.options.width: {choice: [16, 32]}
        batch: {int: [32, 128, 32]}
        loss.smoothing: {float: [0, 0.2]}

    Trials are judged by their validation accuracy; the test pictures are never looked at. The same command goes on with
    a search that was ended, and several of them share one. Then: python -m models train -c runs/NAME.search/best.yaml
    """
    name = name or space_file.stem
    if output is None and (Path(name).name != name or name in ("", ".", "..")):
        raise ConfigError(f"--study {name}: a name without slashes is expected; name a folder with -o")
    space = load_space(space_file, assignments)
    if sampler == "grid":
        trials = min(trials or size(space), size(space))
    folder = output or space.config({}).out / f"{name}.search"
    until = None if timeout is None else time.monotonic() + timeout
    _run(folder, space, trials or TRIALS, sampler, pruner, jobs, until)


def load_space(path: Path, assignments: tuple[str, ...]) -> Space:
    """The search space in a file, with what is set over its base.

    Raises:
        ConfigError: a mistake in it; the message has the file and the line.
    """
    document = read_document(path)
    base = document.data.get("base")
    if isinstance(base, str):
        kept = read_document(path.parent / base)
    elif base is None or isinstance(base, dict):
        lines = {keys[1:]: line for keys, line in document.lines.items() if keys[:1] == ("base",)}
        kept = Document(path.name, base or {}, lines)
    else:
        raise ConfigError(f"{document.place(('base',))}: base: settings or the name of a file with them are expected")
    try:
        return read_space(document.data, with_overrides(kept, assignments).data)
    except ConfigError as error:
        told = str(error).partition(": ")[0]
        part, _, rest = told.partition(".")
        keys = (told,) if told in document.data else (part, rest) if part == "space" else (part, *rest.split("."))
        place = document.place(keys) if not (part == "base" and isinstance(base, str)) else kept.name
        raise ConfigError(f"{place}: {error}") from error


def _run(
    folder: Path, space: Space, trials: int, sampler: Sampler, pruner: Pruner, jobs: int, until: float | None
) -> None:
    from models.tuning.outcome import read_rows
    from models.tuning.search import Plan, keep, search
    from models.tuning.study import open_study
    from models.tuning.training import Training
    from models.tuning.worker import search_together

    console = Console(stderr=True)
    plan = Plan(trials, sampler, pruner, until)
    with open_study(folder, space) as study:
        before = read_rows(study, space)
        over = f", going on after {len(before)}" if before else ""
        console.print(f"searching {', '.join(space.ranges)} in {trials} trials{over}, into {folder}", highlight=False)
        try:
            with Shown(console, trials, space) as shown, ExitStack() as last:

                def told() -> None:
                    shown.update(read_rows(study, space))

                last.callback(told)
                last.callback(keep, study, folder, space)
                told()
                if jobs == 1:
                    search(study, folder, space, plan, Training(), told)
                else:
                    search_together(folder, plan, jobs, told)
        except KeyboardInterrupt:
            console.print("ended; the same command goes on with it")
            sys.exit(INTERRUPTED)
        except OSError as error:
            raise ModelError(f"cannot write to {folder}: {error.strerror}; free the disk or mend its rights") from error
        rows = read_rows(study, space)
        _draw(study, folder, space, rows)
    _tell(folder, rows, trials)


def _draw(study: Any, folder: Path, space: Space, rows: "list[Row]") -> None:
    from models.tuning.pictures import IMPORTANCE, SLICES, draw_importance, draw_slices, importances

    draw_importance(rows, importances(study, folder), folder / IMPORTANCE)
    draw_slices(rows, space, folder / SLICES)


def _tell(folder: Path, rows: "list[Row]", trials: int) -> None:
    """What was found, and what to do with it."""
    from models.tuning.outcome import best_of
    from models.tuning.study import BEST

    ended = sum(row.state in ("done", "pruned", "failed") for row in rows)
    first = next(iter(best_of(rows)), None)
    if first is None:
        click.echo(f"{folder}: {ended} of {trials} trials ended, none with a result; the same command goes on with it")
        return
    click.echo(f"trial {first.number} of {ended} is best: validation accuracy {first.value:.2%}")
    for path, value in first.chosen.items():
        click.echo(f"  {path}: {value:.4g}" if isinstance(value, float) else f"  {path}: {value}")
    if ended < trials:
        click.echo(f"{ended} of {trials} trials ended; the same command goes on with the others")
    click.echo(
        f"{folder}: best.yaml, trials.csv, importance.png, slices.png\n  python -m models train -c {folder / BEST}"
    )
