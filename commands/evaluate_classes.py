"""`python -m models evaluate RUN|FILE`: how right a classifier is, as a table and as a page in its folder."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from commands.console import open_console
from commands.evaluate import Asked
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from models.evaluation.classifier import Classifier
    from models.evaluation.judge import Evaluation
    from models.evaluation.questions import Questions
    from models.evaluation.speed import Speed


def evaluate(asked: Asked) -> None:
    """Ask about every picture of the split, write the report, and print the figures.

    Raises:
        ConfigError: no model was named, or the data and the model do not fit.
        ModelError, SourceError, SinkError: one cannot be read, or the report not be written.
    """
    if asked.model is None:
        raise ConfigError("--task classification needs a run or a model file: python -m models evaluate runs/NAME")
    if asked.plot is not None or asked.pairs is not None or asked.config is not None or asked.assignments:
        raise ConfigError("--plot, --pairs, --config and --set are not for classification; its figures go into --out")
    from models.evaluation.classifier import open_classifier
    from models.evaluation.judge import as_json, judge
    from models.evaluation.written import write_evaluation
    from models.experiments.card import write_card
    from models.experiments.run import STATE, Run
    from models.training.quiet import quiet

    if _needs_keras(asked):
        quiet()
    with open_classifier(asked.model, asked.form) as classifier:
        questions = _questions(asked, classifier)
        speeds = _speeds(asked, classifier, questions)
        temperature = _temperature(Path(asked.model))
        with _progress() as told:
            found = judge(_name(asked.model), classifier, questions, asked.corruptions, speeds, temperature, told)
    folder = asked.out or _folder(Path(asked.model), found, found.scores.pictures == asked.limit)
    report = write_evaluation(found, folder)
    if (folder / STATE).is_file():
        write_card(Run(folder))
    if asked.json_file is not None:
        from models.evaluation.theme import write

        write(asked.json_file, (json.dumps(as_json(found), indent=1) + "\n").encode())
    _print(found)
    click.echo(f"report: {report}")


def _needs_keras(asked: Asked) -> bool:
    path = Path(asked.model or "")
    return asked.form == "keras" or path.suffix == ".keras" or (asked.form == "auto" and path.is_dir())


def _questions(asked: Asked, classifier: "Classifier") -> "Questions":
    from models.evaluation.questions import other_questions, own_questions, some
    from models.experiments.run import STATE, Run

    path = Path(asked.model or "")
    run = Run(path if path.is_dir() else path.parent)
    trained_here = run.path(STATE).is_file()
    same = trained_here and asked.source == run.config().data.source

    def say(line: str) -> None:
        click.echo(line, err=True)

    if asked.source is None or same:
        if not trained_here:
            raise ConfigError(f"{path} lies in no run: name its pictures by --data, a folder or a set such as mnist")
        found = own_questions(run, asked.split, classifier, say)
    else:
        found = other_questions(asked.source, asked.data_dir, asked.split, classifier, say)
    return some(found, asked.limit)


def _speeds(asked: Asked, classifier: "Classifier", questions: "Questions") -> "tuple[Speed, ...]":
    """Of the form that is judged, and of the run's others where the run as a whole was named."""
    from models.evaluation.classifier import forms_of, open_classifier
    from models.evaluation.speed import measure

    path = Path(asked.model or "")
    speeds = [measure(classifier, questions.images)]
    if path.is_dir() and asked.form == "auto":
        for form in forms_of(path):
            if form != classifier.form:
                with open_classifier(path, form) as other:
                    speeds.append(measure(other, questions.images))
    return tuple(speeds)


def _temperature(path: Path) -> float | None:
    from models.experiments.run import STATE, Run

    run = Run(path if path.is_dir() else path.parent)
    return run.state().get("temperature") if run.path(STATE).is_file() else None


def _name(model: str) -> str:
    path = Path(model)
    return path.resolve().name if path.is_dir() else path.name


def _folder(path: Path, found: "Evaluation", limited: bool) -> Path:
    """The run's folder for its Keras model on its own test split, whole; else one in it, or beside a file."""
    asked = found.questions
    if path.is_dir() and (found.form, asked.split, asked.own, limited) == ("keras", "test", True, False):
        return path
    about = [found.form, asked.split] if asked.own else [found.form, _plain(asked.data), asked.split]
    if path.is_dir():
        return path / "-".join(("evaluation", *about))
    return path.with_name("-".join((path.name, "evaluation", *about[1:])))


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in Path(name).name)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Pictures asked about and time left, on a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TextColumn("pictures"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("asking")
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print(found: "Evaluation") -> None:
    scores, asked = found.scores, found.questions
    console = open_console(100)
    where = "all pictures" if asked.split == "all" else f"{asked.split} split"
    click.echo(f"{found.model} ({found.form}) on {asked.data}, {where}, {scores.pictures:,} pictures")
    for note in asked.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"accuracy {scores.accuracy:.2%}, 95 % confident of {scores.low:.2%} to {scores.high:.2%}")
    auc = "-" if scores.auc is None else f"{scores.auc:.4f}"
    click.echo(f"top-5 {scores.top5:.2%}   F1 {scores.macro.f1:.4f} (macro)   AUC {auc}")
    click.echo(
        f"log-loss {scores.log_loss:.4f}   Brier {scores.brier:.4f}   calibration error {scores.reliability.error:.2%}"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in ("class", "precision", "recall", "F1", "pictures"):
        table.add_column(head, justify="left" if head == "class" else "right")
    for one in sorted(scores.classes, key=lambda one: one.f1)[:20]:
        table.add_row(one.label, f"{one.precision:.4f}", f"{one.recall:.4f}", f"{one.f1:.4f}", f"{one.pictures:,}")
    console.print(table)
    if len(scores.classes) > 20:
        click.echo(f"and {len(scores.classes) - 20} more that are told apart better; see the report")
    if found.robustness is not None:
        robust = found.robustness
        click.echo(f"corrupted {robust.mean:.2%} on average, {robust.clean:.2%} as they are")
