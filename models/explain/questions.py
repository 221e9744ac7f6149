"""What is asked of a network: of which picture, and for which class the evidence is looked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.data.load import load
from models.data.pictures import fitted, is_picture, read_picture
from models.data.prepare import parse
from models.evaluation.classifier import Classifier
from models.experiments.run import CONFIG, Run
from models.explain.network import Network
from pipeline.errors import ConfigError, SourceError

EACH = 3
"""Right pictures and wrong ones that are shown where none are named."""


@dataclass(frozen=True, slots=True)
class Question:
    """A picture, and the class that is asked for."""

    image: np.ndarray
    """`(H, W, C) uint8`, RGB or grey, as a person sees it."""
    fed: np.ndarray
    """`(h, w, c) uint8`, as the network takes it."""
    name: str
    """Where it comes from."""
    said: int
    """What the network says that it is."""
    asked: int
    """The class whose evidence is looked for."""
    probability: float
    """Of the class that is asked for."""
    truth: int | None = None
    """What it is, where that is known."""


def of_files(
    paths: Sequence[Path], looked_at: Network | Classifier, asked: str | None, steps: Sequence[str] = ()
) -> list[Question]:
    """Questions about pictures in files, or in folders of files.

    Args:
        paths: Of files and folders.
        looked_at: The model.
        asked: The class; None is what the model says of each.
        steps: OpenCV steps that the model was trained behind.

    Raises:
        ConfigError: the model has no such class.
        SourceError: a file is absent, no picture or damaged, or a folder has none.
    """
    number = None if asked is None else class_number(looked_at.labels, asked)
    questions = []
    for path in [file for path_or_folder in paths for file in _files(path_or_folder)]:
        image = read_picture(path)
        fed = fitted(image, looked_at.size, looked_at.channels, parse(steps))
        questions.append(_asked(looked_at(fed[None])[0], image, fed, path.name, number))
    return questions


def of_validation(
    run: Run,
    looked_at: Network | Classifier,
    asked: str | None = None,
    each: int = EACH,
    say: Callable[[str], None] = lambda _: None,
) -> list[Question]:
    """Some pictures of a run's validation split: right ones, and those it is wrong about and surest of.

    A wrong one is asked about twice: for what the network says, and for what it is.

    Args:
        run: With its settings.
        looked_at: Its model.
        asked: The class; None is what the model says of each.
        each: How many of both kinds at most.
        say: Told what takes long.

    Raises:
        ConfigError: the model has no such class.
        ModelError: the run has no settings.
        SourceError: its data cannot be read any more.
    """
    number = None if asked is None else class_number(looked_at.labels, asked)
    split = load(run.config().data, say).validation
    found = np.concatenate([looked_at(np.asarray(split.images[row : row + 128])) for row in range(0, len(split), 128)])
    said, sure = found.argmax(1), found.max(1)
    right = np.flatnonzero(said == split.classes)
    wrong = np.flatnonzero(said != split.classes)
    # Right ones of as many classes as there are rows for, each the one nearest to the middle of the run's certainty.
    first = [right[split.classes[right] == number] for number in np.unique(split.classes[right])]
    chosen = np.unique(np.linspace(0, len(first) - 1, min(each, len(first))).round().astype(int))
    rows = [first[at][np.argsort(sure[first[at]], kind="stable")[len(first[at]) // 2]] for at in chosen]
    questions = []
    for row in (*rows, *wrong[np.argsort(-sure[wrong], kind="stable")][:each]):
        image, truth = np.asarray(split.images[row]), int(split.classes[row])
        name = split.names[row] if split.names else f"validation {row}"
        question = replace(_asked(found[row], image, image, name, number), truth=truth)
        questions.append(question)
        if number is None and question.said != truth:
            questions.append(replace(question, asked=truth, probability=float(found[row, truth])))
    return questions


def class_number(labels: Sequence[str], name: str) -> int:
    """Position of a class by its name, or by its number where no class is called so.

    Raises:
        ConfigError: there is none.

    >>> class_number(("cat", "dog"), "dog"), class_number(("cat", "dog"), "0")
    (1, 0)
    """
    if name in labels:
        return list(labels).index(name)
    if name.isdecimal() and int(name) < len(labels):
        return int(name)
    shown = ", ".join(labels[:20]) + (" ..." if len(labels) > 20 else "")
    raise ConfigError(f"--class: the model has no class '{name}'; it has {shown}")


def steps_of(path: Path) -> tuple[str, ...]:
    """OpenCV steps that the model in a run folder, or the file in it, was trained behind."""
    run = Run(path if path.is_dir() else path.parent)
    return run.config().data.prepare if run.path(CONFIG).is_file() else ()


def _asked(row: np.ndarray, image: np.ndarray, fed: np.ndarray, name: str, number: int | None) -> Question:
    said = int(row.argmax())
    asked = said if number is None else number
    return Question(image, fed, name, said, asked, float(row[asked]))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if is_picture(file.name))
    if not files:
        raise SourceError(f"{path} has no picture in it; name pictures, or a folder that has some")
    return files
