"""`python -m models explain` and `activations`: why a network decides as it does, as pictures."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import ConfigError, SinkError
from pipeline.whole import write_whole

if TYPE_CHECKING:
    from models.evaluation.classifier import Classifier
    from models.explain.answers import Answer
    from models.explain.maps import Method
    from models.explain.network import Network

INTERRUPTED = 130
SHEET, FIGURES = "explain.png", "explain.json"
MOST_ROWS = 40
"""Of a sheet."""


@click.command()
@click.argument("model", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("images", metavar="[IMAGE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--method", multiple=True, help="cam, grad-cam, grad-cam++, occlusion, integrated-gradients, or all.")
@click.option("--layer", help="For the Grad-CAMs; by default the last with a map. `activations` shows them.")
@click.option("--class", "asked", metavar="NAME", help="What is asked for; by default what the network says.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder, or with --video the file.")
@click.option("--video", metavar="CLIP", help="A recording, written anew with the map over it.")
@click.option("--limit", type=click.IntRange(min=1), help="With --video: so many frames.")
def explain(
    model: Path,
    images: tuple[Path, ...],
    method: tuple[str, ...],
    layer: str | None,
    asked: str | None,
    out: Path | None,
    video: str | None,
    limit: int | None,
) -> None:
    """Show where in a picture the evidence for a class lies.

    \b
    First steps:
      python -m models explain runs/NAME                 # some right and the worst wrong ones of its validation split
      python -m models explain runs/NAME cat.jpg         # a picture of yours, by every method
      python -m models explain runs/NAME cat.jpg --class dog --method grad-cam
      python -m models explain runs/NAME --video walk.mp4

    RUN is the folder of a training, a .keras file, or for occlusion any file that `classify` runs.
    """
    from models.explain.maps import open_to_explain
    from models.training.quiet import quiet

    wanted = _methods(method)
    if video is not None and (images or len(wanted) > 1 or "all" in method):
        raise ConfigError("--video shows one clip by one method: leave out the pictures, and name one --method")
    if video is None and limit is not None:
        raise ConfigError("--limit counts frames of a clip: give --video, or leave it out")
    quiet()
    looked_at = open_to_explain(model, _most_demanding(wanted))
    if video is not None:
        from commands.explain_video import explain_video
        from models.explain.answers import usable

        chosen = wanted[0] if wanted else "grad-cam" if "grad-cam" in usable(looked_at) else "occlusion"
        sys.exit(explain_video(model, looked_at, video, out, chosen, layer, asked, limit))
    try:
        folder = _folder(out or _beside(model))
        _explain_pictures(model, looked_at, images, wanted, layer, asked, folder)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@click.command()
@click.argument("model", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("image", type=click.Path(path_type=Path), required=False)
@click.option("--layer", help="All channels of this one, in place of the strongest of each.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder.")
def activations(model: Path, image: Path | None, layer: str | None, out: Path | None) -> None:
    """Show what each layer of a network sees in a picture; by default in one of the run's validation split."""
    from models.explain.activations import draw_channels, draw_layers
    from models.explain.maps import open_to_explain
    from models.explain.network import Network
    from models.explain.questions import of_files, of_validation, steps_of
    from models.training.quiet import quiet

    quiet()
    network = open_to_explain(model, "grad-cam")
    assert isinstance(network, Network)
    if image is None:
        question = of_validation(_run_of(model), network, each=1, say=_say)[0]
    elif image.is_dir():
        raise ConfigError(f"{image} is a folder; name one picture")
    else:
        question = of_files([image], network, None, steps_of(model))[0]
    folder = _folder(out or _beside(model))
    title = f"{model.resolve().name}, {question.name}, says {network.labels[question.said]}"
    path = folder / ("activations.png" if layer is None else f"activations-{layer.replace('/', '-')}.png")
    with _written(path):
        if layer is None:
            draw_layers(network, question.fed, title, path)
        else:
            draw_channels(network, question.fed, network.layer(layer), title, path)
    click.echo(path)


def _explain_pictures(
    model: Path,
    looked_at: "Network | Classifier",
    images: Sequence[Path],
    wanted: "tuple[Method, ...]",
    layer: str | None,
    asked: str | None,
    folder: Path,
) -> None:
    from models.explain.answers import answer, usable
    from models.explain.questions import of_files, of_validation, steps_of
    from models.explain.sheet import draw_sheet

    if images:
        questions = of_files(images, looked_at, asked, steps_of(model))
    else:
        questions = of_validation(_run_of(model), looked_at, asked, say=_say)
    if len(questions) > MOST_ROWS:
        _say(f"{len(questions)} pictures: the first {MOST_ROWS} are shown; name fewer to choose")
        questions = questions[:MOST_ROWS]
    methods = wanted or usable(looked_at)
    with _progress(len(questions) * len(methods)) as told:
        answers = answer(looked_at, questions, methods, layer, told)
    sheet, figures = folder / SHEET, folder / FIGURES
    with _written(folder):
        draw_sheet(answers, looked_at.labels, f"{model.resolve().name}: where the evidence for a class lies", sheet)
        write_whole(figures, json.dumps(_figures(answers, looked_at.labels), indent=2) + "\n")
    for line in _told(answers):
        click.echo(line)
    click.echo(f"{sheet}\n{figures}")


def _figures(answers: "Sequence[Answer]", labels: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "picture": one.question.name,
            "asked": labels[one.question.asked],
            "probability": round(one.question.probability, 6),
            "said": labels[one.question.said],
            **({} if one.question.truth is None else {"truth": labels[one.question.truth]}),
            "methods": {method: one.figures.get(method, {}) for method in one.maps},
        }
        for one in answers
    ]


def _told(answers: "Sequence[Answer]") -> Iterator[str]:
    """How far integrated gradients can be trusted."""
    found = [one.figures["integrated-gradients"] for one in answers if "integrated-gradients" in one.figures]
    if found:
        missed, steps = max(one["share_missed"] for one in found), max(one["steps"] for one in found)
        yield f"integrated gradients: complete but for {missed:.1%} of the score at most, in up to {steps} steps"


def _methods(names: Sequence[str]) -> "tuple[Method, ...]":
    """Those named, each once; none where all are meant.

    Raises:
        ConfigError: there is no such method.
    """
    from models.explain.maps import METHODS

    for name in names:
        if name not in (*METHODS, "all"):
            raise ConfigError(f"--method: there is no '{name}'; there are {', '.join(METHODS)} and all")
    return () if "all" in names else tuple(method for method in METHODS if method in names)


def _most_demanding(methods: "tuple[Method, ...]") -> "Method | None":
    """Of several methods one that needs to look into the network; None where no method was named."""
    return next((method for method in methods if method != "occlusion"), methods[0] if methods else None)


def _run_of(model: Path) -> Any:
    """The run whose validation split is meant.

    Raises:
        ConfigError: a file was named, which has none.
    """
    from models.experiments.run import CONFIG, Run

    run = Run(model if model.is_dir() else model.parent)
    if not run.path(CONFIG).is_file():
        raise ConfigError(f"{model} is in no run, so it has no pictures of its own: name some behind it")
    return run


def _beside(model: Path) -> Path:
    return (model if model.is_dir() else model.parent) / "explain"


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder}: {error.strerror}; name another with -o") from error
    return folder


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SinkError(
            f"cannot write {path}: {error.strerror}; free the disk, or name another place with -o"
        ) from error


@contextmanager
def _progress(total: int) -> "Iterator[Any]":
    """A bar on a terminal; nothing anywhere else. Yields a function that takes the number of maps done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("looking for evidence"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.update(task, completed=done)


def _say(line: str) -> None:
    click.echo(line, err=True)
