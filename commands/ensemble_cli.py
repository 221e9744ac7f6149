"""`python -m models ensemble`: several networks as one, from runs or trained anew."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.ensemble_table import show_judgement
from commands.train_settings import train_settings
from commands.trainings import trainings

if TYPE_CHECKING:
    from models.ensembles.save import Made

_RUNS = click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
_INTO = click.option(
    "-o", "--out", "into", type=click.Path(path_type=Path), required=True, help="Folder to make, such as runs/NAME."
)
_CONFIG = click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="Settings of each member, YAML; the defaults without one."
)
_SET = click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting: epochs=10")


def _trains(command: Callable[..., Any]) -> Callable[..., Any]:
    return _CONFIG(_SET(_INTO(command)))


@click.group()
def ensemble() -> None:
    """Several networks that answer as one: a folder that evaluate, predict and export take like a run's.

    \b
    Of runs:          average, soup, stacking
    Of one run:       mirror
    Trained anew:     bagging, boosting, snapshot
    First steps:
      python -m models ensemble average runs/one runs/two runs/three -o runs/all
      python -m models ensemble bagging --members 5 -o runs/bag
      python -m models ensemble show runs/bag
      python -m models ensemble export runs/bag

    What is chosen, weights, members of a soup, the penalty of a stack, is chosen on the validation split alone.
    """


@ensemble.command()
@_RUNS
@_INTO
@click.option(
    "--weights",
    type=click.Choice(["uniform", "validation"]),
    default="uniform",
    show_default=True,
    help="validation: those that make the log-loss on the validation split smallest.",
)
def average(runs: tuple[Path, ...], into: Path, weights: Any) -> None:
    """The mean of what several runs say."""
    _quiet()
    from models.ensembles.average import average as run_average

    _tell(run_average(runs, into, weights))


@ensemble.command()
@click.argument("run", type=click.Path(path_type=Path))
@_INTO
def mirror(run: Path, into: Path) -> None:
    """One run, asked about each picture and its mirror image: often half a point better, for twice the work.

    For pictures that may be mirrored: not for letters and digits.
    """
    _quiet()
    from models.ensembles.average import mirror as run_mirror

    _tell(run_mirror(run, into))


@ensemble.command()
@_RUNS
@_INTO
@click.option(
    "--greedy/--uniform",
    default=True,
    show_default=True,
    help="greedy: only those that make it no worse on the validation split.",
)
def soup(runs: tuple[Path, ...], into: Path, greedy: bool) -> None:
    """One network with the mean of the weights of several runs, as quick as one of them.

    It works for runs that began from the same weights: of one backbone, or fine-tuned from one run.
    """
    _quiet()
    from models.ensembles.average import soup as run_soup

    _tell(run_soup(runs, into, greedy))


@ensemble.command()
@_trains
@click.option("--members", type=int, default=5, show_default=True)
def bagging(config: Path | None, assignments: tuple[str, ...], into: Path, members: int) -> None:
    """Train members on bootstrap samples, and take the mean of what they say."""
    from models.ensembles.bagging import bagging as run_bagging

    _train(run_bagging, config, assignments, into, members)


@ensemble.command()
@_trains
@click.option("--rounds", type=int, default=5, show_default=True, help="Most members.")
def boosting(config: Path | None, assignments: tuple[str, ...], into: Path, rounds: int) -> None:
    """Train each member on what those before it got wrong, and let them vote (SAMME). For small networks."""
    from models.ensembles.boosting import boosting as run_boosting

    _train(run_boosting, config, assignments, into, rounds)


@ensemble.command()
@_trains
@click.option("--cycles", type=int, default=5, show_default=True, help="And members; epochs are shared out to them.")
def snapshot(config: Path | None, assignments: tuple[str, ...], into: Path, cycles: int) -> None:
    """Train once with a rate that begins anew, and keep the network at the end of each cycle."""
    from models.ensembles.snapshot import snapshot as run_snapshot

    _train(run_snapshot, config, assignments, into, cycles)


@ensemble.command()
@_RUNS
@_INTO
@click.option("--folds", type=int, default=5, show_default=True, help="So many trainings for each run.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the folds.")
def stacking(runs: tuple[Path, ...], into: Path, folds: int, seed: int) -> None:
    """Put a logistic regression on top of several runs, learned on folds that none of its networks had seen."""
    _quiet()
    from models.ensembles.stacking import stacking as run_stacking

    with trainings() as (train, begun):
        _tell(run_stacking(runs, into, folds, train, seed, begun=begun))


@ensemble.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["test", "validation"]), default="test", show_default=True)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw it too: .png, .svg or .pdf.")
def show(folder: Path, split: str, picture: Path | None) -> None:
    """Hold an ensemble against its members on pictures that nothing was learned from."""
    _quiet()
    from models.ensembles.again import judge_again

    judgement, spec = judge_again(folder, split)
    show_judgement(folder.name, judgement, spec)
    if picture is not None:
        from models.ensembles.picture import draw

        draw(judgement, picture, folder.resolve().name)
        click.echo(f"drawn: {picture}")


@ensemble.command()
@click.argument("folder", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Write an ensemble as one ONNX file, held against its members one by one; a pipeline runs it by its folder."""
    _quiet()
    from models.data.load import load
    from models.ensembles.proof import export_ensemble
    from models.experiments.run import open_run

    data = load(open_run(folder).config().data)
    found = export_ensemble(folder, data, lambda line: click.echo(line, err=True))
    others = f", but for {found.other} where a member's vote is a tie" if found.other else ""
    click.echo(
        f"{folder / 'model.onnx'}: as the members say one by one, within {found.difference:.1g} on"
        f" {found.pictures:,} pictures{others}"
        f"\n  python run.py annotate CLIP -c configs/classify.yaml --set stages.classify.model={folder}"
    )


def _train(
    method: "Callable[..., Made]", config: Path | None, assignments: Sequence[str], into: Path, count: int
) -> None:
    settings = train_settings(config, tuple(assignments))
    _quiet()
    from models.data.load import load

    with trainings() as (train, begun):
        data = load(settings.data, begun)
        _tell(method(settings, into, count, data, train, begun))


def _tell(made: "Made") -> None:
    show_judgement(made.folder.name, made.judgement, made.spec)
    click.echo(f"chosen: {made.spec.chosen}")
    click.echo(
        f"{made.folder}\n  python -m models ensemble show {made.folder}\n  python -m models evaluate {made.folder}"
        f"\n  python -m models ensemble export {made.folder}"
    )


def _quiet() -> None:
    from models.training.quiet import quiet

    quiet()
