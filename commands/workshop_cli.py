"""`python -m models workshop`: the whole way once, from pictures to a network that runs in a pipeline on a clip."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.console import Console

from models.workshop import require
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from commands.workshop_clip import Crossing

CONFIG = Path(__file__).parents[1] / "configs" / "classify-moving.yaml"
TRAINING = ("batch=32", "tensorboard=false")
ON_CLIP = ("stages.classify.min_side_px=110",)
SHOWN = 10
"""Pictures in the clip."""


@dataclass(frozen=True)
class Step:
    """One thing that is done."""

    title: str
    command: str
    """What to type to do it alone."""
    do: Callable[[], None]
    files: tuple[Path, ...]
    """What it leaves."""


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder to make.  [default: runs/first]")
@click.option("--epochs", type=click.IntRange(1), default=15, show_default=True, help="Of the training.")
@click.pass_context
def workshop(context: click.Context, out: Path | None, epochs: int) -> None:
    """Go the whole way once: train a small network, evaluate, explain and export it, and run it on a clip.

    It learns handwritten digits, which come with scikit-learn: nothing is downloaded. Each step shows the command that
    does it alone, and where its files are.
    """
    require(("tensorflow", "keras", "tf2onnx", "sklearn", "matplotlib"), "the workshop")
    run = _free(Path("runs/first")) if out is None else out
    if run.exists():
        raise ConfigError(f"{run} is there already; name another folder with -o")
    console, began = Console(stderr=True), time.monotonic()
    steps = _steps(context, run, epochs)
    for number, step in enumerate(steps, 1):
        console.rule(f"[bold]{number} of {len(steps)}: {step.title}", align="left")
        console.print(f"  {step.command}\n", style="cyan", highlight=False, soft_wrap=True)
        at = time.monotonic()
        step.do()
        missing = [path for path in step.files if not path.is_file()]
        assert not missing, f"{step.command} left no {missing[0]}"
        console.print(f"  {time.monotonic() - at:.0f} s; look at:", highlight=False)
        for path in step.files:
            console.print(f"    {path}", highlight=False, soft_wrap=True)
    console.rule(align="left")
    click.echo(f"done in {time.monotonic() - began:.0f} s; next: your own pictures, in a folder for each class")
    click.echo("  python -m models train --set data.source=FOLDER")


def _steps(context: click.Context, run: Path, epochs: int) -> Sequence[Step]:
    """What is done, in order; each calls what its command calls."""
    sheet, clip, result = run.parent / "digits.png", run / "clip.mp4", run / "clip.annotated.mp4"
    settings = (f"out={run.parent}", f"epochs={epochs}", *TRAINING)
    setting = f"stages.classify.model={run}"
    pipeline = f"python run.py annotate {clip} -c configs/{CONFIG.name} --set {setting} --set {ON_CLIP[0]} -o {result}"

    def call(name: str, /, **given: object) -> Callable[[], None]:
        return lambda: context.invoke(_command(context, name), **given)

    def look() -> None:
        _make(run.parent)
        context.invoke(_command(context, "data", "show"), source="digits", output=sheet)

    return (
        Step("look at the data", f"python -m models data show digits -o {sheet}", look, (sheet,)),
        Step(
            "learn",
            f"python -m models train --name {run.name} {' '.join(f'--set {one}' for one in settings)}",
            call("train", name=run.name, assignments=settings),
            (run / "curves.png", run / "model.keras"),
        ),
        Step("judge", f"python -m models evaluate {run}", call("evaluate", what=str(run)), (run / "report.html",)),
        Step(
            "see why",
            f"python -m models explain {run} --method grad-cam --method occlusion",
            call("explain", model=run, method=("grad-cam", "occlusion")),
            (run / "explain" / "explain.png",),
        ),
        Step(
            "make files that run anywhere",
            f"python -m models export {run}",
            call("export", run=run),
            (run / "model.onnx", run / "model.tflite", run / "model.int8.tflite", run / "export.json"),
        ),
        Step(
            "run it in a pipeline, on digits that it has not seen",
            pipeline,
            lambda: _on_clip(run, clip, result),
            (clip, result, result.with_suffix(".jsonl")),
        ),
    )


def _command(context: click.Context, *names: str) -> click.Command:
    """One of the commands beside this one, or within one of them."""
    command = context.parent.command if context.parent is not None else None
    for name in names:
        assert isinstance(command, click.Group), "workshop is one of the commands of python -m models"
        command = command.get_command(context, name)
    assert command is not None, f"there is no command {' '.join(names)}"
    return command


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder}: {error.strerror}; name another with -o") from error


def _on_clip(run: Path, clip: Path, result: Path) -> None:
    """Make a clip of held-back pictures, annotate it, and say what the network said of each."""
    from commands.annotate import annotate
    from commands.settings import load_settings
    from commands.targets import Wanted
    from commands.workshop_clip import make_clip
    from models.data.load import load
    from models.experiments.run import Run
    from models.export.pictures import spread

    data = load(Run(run).config().data)
    rows = np.random.default_rng(0).permutation(spread(data.test.classes, SHOWN))
    names = [data.labels[number] for number in data.test.classes[rows]]
    ways = make_clip(data.test.images[rows], names, clip)
    settings = load_settings(CONFIG, (f"stages.classify.model={run}", *ON_CLIP))
    annotate([str(clip)], settings, Wanted(str(result)))
    right, lines = told(result.with_suffix(".jsonl"), ways)
    click.echo("\n".join(lines))
    click.echo(f"right on {right} of {len(ways)}")


def told(data: Path, ways: "Sequence[Crossing]") -> tuple[int, list[str]]:
    """How many pictures of a clip were called by their name in most of their frames, and a line for each.

    Args:
        data: JSON Lines of the clip.
        ways: Of its pictures.
    """
    said: defaultdict[int, Counter[str]] = defaultdict(Counter)
    with data.open(encoding="utf-8") as records:
        for record in map(json.loads, records):
            for found in record.get("classes", ()):
                for number, way in enumerate(ways):
                    said[number][found["class_name"]] += way.covers(record["frame"], found["xyxy"])
    right, lines = 0, []
    for number, way in enumerate(ways):
        name, frames = said[number].most_common(1)[0] if said[number].total() else ("nothing", 0)
        right += name == way.label
        lines.append(f"  a {way.label}: called {name} in {frames} frames")
    return right, lines


def _free(folder: Path) -> Path:
    """The folder itself, or the first of `folder-2`, `folder-3` ... that is not there yet."""
    number, found = 1, folder
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found
