"""`python -m models train`: from settings to a run folder, with progress that says how long it still takes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commands.train_settings import describe_settings, train_settings
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from models.training.config import TrainConfig
    from models.training.loop import Step
    from models.training.train import Epoch

INTERRUPTED = 130


@click.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Settings, YAML; the defaults without one.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting: net.name=resnet9")
@click.option("--name", help="Of the run; by default net and data, counted up.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="RUN", help="Go on with a run that was ended.")
@click.option("--settings", is_flag=True, help="List all settings with their defaults, and end.")
def train(
    config: Path | None, assignments: tuple[str, ...], name: str | None, resume: Path | None, settings: bool
) -> None:
    """Train a network to tell classes of pictures apart.

    \b
    First steps:
      python -m models train                                   # simple-cnn on digits, a minute
      python -m models train --set data.source=FOLDER          # a folder with a folder for each class
      python -m models train -c configs/train/cifar10.yaml     # 92 % on CIFAR-10 in an hour
      python -m models train --resume runs/NAME                # after Ctrl-C, or a power cut

    What it leaves is in runs/NAME: settings, curves, the best weights (model.keras), and what it takes to go on.
    Then: python -m models evaluate runs/NAME, python -m models export runs/NAME.
    """
    if settings:
        describe_settings()
        return
    if resume is not None and (config or assignments or name):
        raise ConfigError("--resume takes its settings from the run: leave out --config, --set and --name")
    from models.experiments.card import write_card
    from models.experiments.run import open_run
    from models.training.train import train as run_training

    asked = open_run(resume).config() if resume is not None else train_settings(config, assignments)
    folder = resume if resume is not None else _folder(asked, name)
    console = Console(stderr=True)
    console.print(
        f"training {asked.net.name} on {asked.data.source}, {asked.epochs} epochs, into {folder}", soft_wrap=True
    )
    try:
        with _shown(console, asked.epochs) as (stepped, told):
            run = run_training(
                asked, folder, told, stepped, resume=resume is not None, say=lambda line: console.print(line)
            )
    except KeyboardInterrupt:
        if folder.exists():
            console.print(f"ended; go on with: python -m models train --resume {folder}")
        sys.exit(INTERRUPTED)
    write_card(run)
    best = run.state()["best"]
    click.echo(
        f"{folder}: best validation accuracy {best['val_accuracy']:.2%} in epoch {best['epoch']}"
        f"\n  python -m models evaluate {folder}\n  python -m models export {folder}"
    )


def _folder(config: "TrainConfig", name: str | None) -> Path:
    if name is not None:
        if Path(name).name != name or name in ("", ".", ".."):
            raise ConfigError(f"--name {name}: a name without slashes is expected; runs lie in {config.out}")
        return config.out / name
    stem = f"{config.net.name}-{Path(config.data.source).stem or 'pictures'}"
    number = 1
    while (config.out / (stem if number == 1 else f"{stem}-{number}")).exists():
        number += 1
    return config.out / (stem if number == 1 else f"{stem}-{number}")


@contextmanager
def _shown(console: Console, epochs: int) -> "Iterator[tuple[Callable[[Step], None], Callable[[Epoch], bool | None]]]":
    """A bar for the epoch, one for the whole, and a line for each epoch that is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        whole = progress.add_task("all epochs", total=None, told="")
        inner = progress.add_task("epoch", total=None, told="")
        done = [0]

        def stepped(step: "Step") -> None:
            at = done[0] * step.of + step.done
            progress.update(whole, completed=at, total=epochs * step.of)
            told = f"loss {step.loss:.3f}  accuracy {step.accuracy:.1%}"
            progress.update(inner, description=f"epoch {done[0] + 1}", completed=step.done, total=step.of, told=told)

        def told(epoch: "Epoch") -> bool | None:
            done[0] = epoch.epoch
            star = " *" if epoch.best else ""
            console.print(
                f"epoch {epoch.epoch:3}/{epoch.epochs}  loss {epoch.loss:.4f}  accuracy {epoch.accuracy:6.2%}"
                f"  validation {epoch.val_loss:.4f} {epoch.val_accuracy:6.2%}{star}"
                f"  {epoch.images_per_s:,.0f} images/s  {epoch.seconds:.1f} s",
                highlight=False,
                soft_wrap=True,
            )
            return None

        yield stepped, told
