"""`python -m models cross-validate`: how good settings are, and which are best, by what folds held out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from commands.console import open_console
from commands.train_settings import train_settings
from commands.trainings import trainings

if TYPE_CHECKING:
    from models.ensembles.cross_validation import CrossValidation


@click.command("cross-validate")
@click.option(
    "-c",
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Settings, YAML; several are compared on the same folds. The defaults without one.",
)
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting, in all of them.")
@click.option("--folds", type=int, default=5, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the folds.")
@click.option("-o", "--out", "into", type=click.Path(path_type=Path), help="Folder to make: runs/cross-validation.")
def cross_validate(
    configs: tuple[Path, ...], assignments: tuple[str, ...], folds: int, seed: int, into: Path | None
) -> None:
    """Train settings once for each fold, judge each by what it held out, and choose the best.

    \b
      python -m models cross-validate -c small.yaml -c large.yaml --folds 5 -o runs/cv
      python -m models train -c runs/cv/chosen.yaml

    The test split is not looked at. After an interrupt, the same command goes on with the folds that are done.
    """
    from models.ensembles.cross_validation import CHOSEN, Candidate
    from models.ensembles.cross_validation import cross_validate as run_cross_validation
    from models.training.quiet import quiet

    candidates = [Candidate(path.stem, train_settings(path, assignments)) for path in configs]
    candidates = candidates or [Candidate("defaults", train_settings(None, assignments))]
    folder = into or candidates[0].config.out / "cross-validation"
    quiet()
    from models.data.load import load

    with trainings() as (train, begun):
        found = run_cross_validation(candidates, folder, folds, train, lambda config: load(config, begun), seed, begun)
    _show(found)
    click.echo(f"{folder}\n  python -m models train -c {folder / CHOSEN}")


def _show(found: "CrossValidation") -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in ("settings", "mean", "deviation", "lowest", "highest", "less than the chosen, in points"):
        table.add_column(head, justify="left" if head == "settings" else "right")
    for row, (one, behind) in enumerate(zip(found.results, found.behind, strict=True)):
        told = "chosen" if behind is None else str(behind)
        table.add_row(
            one.name,
            f"{one.mean:.2%}",
            f"{100 * one.deviation:.2f}",
            f"{min(one.accuracies):.2%}",
            f"{max(one.accuracies):.2%}",
            told,
            style="bold" if row == found.chosen else "",
        )
    open_console(100).print(table)
    if len(found.results) > 1:
        click.echo("the chosen one's mean is a little too good: it is the best of several; the test split tells")
