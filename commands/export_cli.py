"""`python -m models export`: a run's network as files for the pipeline, with proof of each."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from commands.console import open_console
from models.export.forms import FORMS, ExportForm


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--form",
    "forms",
    type=click.Choice([*FORMS, "all"]),
    multiple=True,
    default=("all",),
    show_default=True,
    help="What to make; may be given several times. The float32 form of its runtime is made with it.",
)
@click.option(
    "--calibration",
    type=click.IntRange(8, 100_000),
    default=200,
    show_default=True,
    help="Training pictures that eight bits are fitted to.",
)
@click.option(
    "--most", type=click.IntRange(1), default=10_000, show_default=True, help="Pictures of each split that judge."
)
@click.option(
    "--float-first",
    type=click.IntRange(0, 1000),
    help="onnx-int8: convolutions that stay in float.  [default: as few as lose little enough]",
)
@click.option("--data", metavar="SOURCE", help="Where its pictures are now, if not where they were in the training.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the files of a named set are now.")
def export(
    run: Path,
    forms: tuple[str, ...],
    calibration: int,
    most: int,
    float_first: int | None,
    data: str | None,
    data_dir: Path | None,
) -> None:
    """Make ONNX and TFLite files of a trained network, and prove what each is worth.

    RUN is the folder of a training or of an ensemble. The files, model.yaml and export.json are put into it; then a
    pipeline runs it by that folder:

    \b
      python -m models export runs/first
      python run.py annotate clip.mp4 -c configs/classify.yaml --set stages.classify.model=runs/first
      ... --set stages.classify.precision=int8
    """
    from models.data.load import load
    from models.experiments.run import open_run
    from models.export.export import ExportOptions, export_run

    opened = open_run(run)
    moved = {"source": data, "data_dir": data_dir}
    config = opened.config().data.model_copy(update={name: it for name, it in moved.items() if it is not None})
    console = Console(stderr=True)
    with console.status(f"exporting {run}") as status:

        def say(line: str) -> None:
            status.update(f"{run.name}: {line}")
            if not console.is_terminal:
                console.print(f"{run.name}: {line}", highlight=False, soft_wrap=True)

        wanted: tuple[ExportForm, ...] = FORMS if "all" in forms else tuple(f for f in FORMS if f in forms)
        options = ExportOptions(calibration, most, float_first)
        report = export_run(opened, load(config, say), wanted, options, say)
    show_report(report)
    for line in report["warnings"]:
        click.echo(f"warning: {line}", err=True)
    click.echo(f"fastest here: {report['fastest']}; all of it: {opened.path('export.json')}")
    click.echo(f"python run.py annotate CLIP -c configs/classify.yaml --set stages.classify.model={run}")


def show_report(report: dict[str, Any]) -> None:
    """A row for each form: size, time, and how it does beside the Keras model."""
    splits = list(report["keras"])
    table = Table("form", box=None, pad_edge=False)
    for title in ("MB", "ms", "differs by", *(title for name in splits for title in (name, "lost"))):
        table.add_column(title, justify="right")
    accuracies = [text for name in splits for text in (f"{report['keras'][name]['accuracy']:.2%}", "")]
    table.add_row("keras", f"{report['model']['bytes'] / 1e6:.2f}", "", "", *accuracies)
    for form, row in report["forms"].items():
        told = [text for name in splits for text in (f"{row[name]['accuracy']:.2%}", f"{row[name]['lost_points']:.2f}")]
        differs = max((row[name]["difference"] for name in splits), default=float("nan"))
        table.add_row(form, f"{row['bytes'] / 1e6:.2f}", f"{row['ms']:.2f}", f"{differs:.1g}", *told)
    open_console().print(table, highlight=False)
