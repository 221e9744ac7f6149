"""`python -m models evaluate`: how right a network, or a path of several, is on pictures whose truth is known."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click

from pipeline.errors import ConfigError

CLASSIFICATION = "classification"
TASKS: dict[str, str] = {
    "face-verification": "commands.evaluate_faces:evaluate",
    "face-detection": "commands.evaluate_detection:evaluate",
    "ocr": "commands.evaluate_text:evaluate",
    CLASSIFICATION: "commands.evaluate_classes:evaluate",
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
    source: str | None = None
    """What `data` is, as it was typed: a set has a name and no folder."""
    data_dir: Path | None = None
    form: str = "auto"
    split: Literal["test", "validation"] = "test"
    corruptions: bool = False
    out: Path | None = None


@click.command()
@click.argument("what", required=False, metavar="[RUN|FILE]")
@click.option("--task", type=click.Choice(list(TASKS)), help="What is evaluated; of a run or a file: classification.")
@click.option(
    "--pairs", type=click.Path(path_type=Path), help="File that lists pairs of pictures and whether they match."
)
@click.option("--data", metavar="SOURCE", help="Folder of pictures with their truth; classification: a set's name too.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="classification: where a named set's files lie.")
@click.option("--model", help="Network in place of the task's default: a name of the shelf, or a file.")
@click.option("--form", default="auto", help="classification: onnx, tflite, onnx-int8 ...; by default keras.")
@click.option(
    "--split",
    type=click.Choice(["test", "validation"]),
    default="test",
    show_default=True,
    help="classification: which part of the set.",
)
@click.option("--corruptions", is_flag=True, help="classification: also how it bears noise, blur, weather, JPEG ...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="classification: folder of the report.")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Config whose stages are evaluated.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting of the config.")
@click.option("--limit", type=click.IntRange(min=1), help="So many pictures or pairs only.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures as JSON.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw them (.png, .svg).")
def evaluate(
    what: str | None,
    task: str | None,
    pairs: Path | None,
    data: str | None,
    data_dir: Path | None,
    model: str | None,
    form: str,
    split: Literal["test", "validation"],
    corruptions: bool,
    out: Path | None,
    config: Path | None,
    assignments: tuple[str, ...],
    limit: int | None,
    json_file: Path | None,
    plot: Path | None,
) -> None:
    """Measure how right answers are where the truth is known.

    \b
    A classifier, with a report to read in its run's folder:
      python -m models evaluate runs/first
      python -m models evaluate runs/first --form tflite-int8 --corruptions
      python -m models evaluate model.onnx --data FOLDER

    The other tasks measure faces and text; docs/evaluate.md, docs/gallery.md and docs/text.md tell more.
    """
    if what is None and task is None:
        raise ConfigError("nothing to evaluate: name a run or a model file, or a --task")
    if what is not None and (task not in (None, CLASSIFICATION) or model is not None):
        raise ConfigError(f"'{what}' is a run or a classifier's file; other networks are named by --model")
    task = task or CLASSIFICATION
    if task != CLASSIFICATION and (form != "auto" or split != "test" or corruptions or out or data_dir):
        raise ConfigError("--form, --split, --corruptions, --data-dir and --out are for --task classification")
    module, _, function = TASKS[task].partition(":")
    run: Callable[[Asked], None] = getattr(importlib.import_module(module), function)
    folder = None if data is None else Path(data)
    asked = Asked(pairs, folder, what or model, config, assignments, limit, json_file, plot)
    run(replace(asked, source=data, data_dir=data_dir, form=form, split=split, corruptions=corruptions, out=out))
