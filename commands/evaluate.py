"""`python -m models evaluate`: how right a network, or a path of several, is on pictures whose truth is known."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

TASKS: dict[str, str] = {
    "face-verification": "commands.evaluate_faces:evaluate",
    "face-detection": "commands.evaluate_detection:evaluate",
    "ocr": "commands.evaluate_text:evaluate",
}
"""`module:function` of each task, a function from `Asked` to nothing; imported when it is asked for."""


@dataclass(frozen=True)
class Asked:
    """What the command line said; a task takes what it needs, and says in one line what it lacks."""

    pairs: Path | None
    data: Path | None
    model: str | None
    config: Path | None
    assignments: tuple[str, ...]
    limit: int | None
    json_file: Path | None
    plot: Path | None


@click.command()
@click.option("--task", required=True, type=click.Choice(list(TASKS)), help="What is evaluated.")
@click.option(
    "--pairs", type=click.Path(path_type=Path), help="File that lists pairs of pictures and whether they match."
)
@click.option("--data", type=click.Path(path_type=Path), help="Folder of pictures with their truth.")
@click.option("--model", help="Network in place of the task's default: a name of the shelf, or a file.")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Config whose stages are evaluated.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting of the config.")
@click.option("--limit", type=click.IntRange(min=1), help="So many pictures or pairs only.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures as JSON.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw them (.png, .svg).")
def evaluate(
    task: str,
    pairs: Path | None,
    data: Path | None,
    model: str | None,
    config: Path | None,
    assignments: tuple[str, ...],
    limit: int | None,
    json_file: Path | None,
    plot: Path | None,
) -> None:
    """Measure how right answers are where the truth is known."""
    module, _, function = TASKS[task].partition(":")
    run: Callable[[Asked], None] = getattr(importlib.import_module(module), function)
    run(Asked(pairs, data, model, config, assignments, limit, json_file, plot))
