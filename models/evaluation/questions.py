"""Pictures whose truth is known, in the classes of the model that is asked about them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from models.data.dataset import DataConfig
from models.data.gathered import TEST, VALIDATION
from models.data.load import decode, load
from models.evaluation.classifier import Classifier
from models.evaluation.matching import match
from models.experiments.run import Run
from pipeline.errors import ConfigError

SplitName = Literal["test", "validation"]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Questions:
    """Pictures and what they are."""

    images: np.ndarray
    """`(N, H, W, C) uint8`, RGB or grey, as they are before any step that the network was trained behind."""
    truth: np.ndarray
    """`(N,) int64`, positions in the model's labels."""
    names: tuple[str, ...]
    """Where each comes from; empty where they have no files."""
    data: str
    """Name of the set."""
    split: str
    """Which part of it: test, validation, or all."""
    own: bool
    """Whether it is the set that the network was trained on, split as it was then."""
    notes: tuple[str, ...] = ()
    """What a reader of the figures has to know."""

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, rows: np.ndarray) -> "Questions":
        """Those of `rows`, `(M,)` positions."""
        names = tuple(self.names[row] for row in rows) if self.names else ()
        return replace(self, images=np.asarray(self.images)[rows], truth=self.truth[rows], names=names)


def own_questions(run: Run, split: SplitName, classifier: Classifier, say: Say) -> Questions:
    """Of the set that a run was trained on, split as it was.

    Raises:
        ConfigError: the split is empty, or the model lacks a label.
        SourceError, ModelError: the data or the run cannot be read.
    """
    config, state = run.config().data, run.state()
    data = load(config.model_copy(update={"prepare": ()}), say)
    part = data.test if split == "test" else data.validation
    if not len(part):
        other = "validation" if split == "test" else "test"
        raise ConfigError(f"{data.name} has no {split} split; take --split {other}, or other pictures by --data")
    notes = []
    if split == "validation":
        notes.append("The network was chosen by these pictures: on others it is likely to do a little worse.")
    if not config.prepare and state.get("fingerprint") not in (None, data.fingerprint):
        notes.append("The data changed since the training: some of these pictures may have been trained on.")
    return Questions(
        part.images,
        match(data.labels, classifier.labels, classifier.named)[part.classes],
        part.names,
        data.name,
        split,
        True,
        tuple(notes),
    )


def other_questions(
    source: str, data_dir: Path | None, split: SplitName, classifier: Classifier, say: Say
) -> Questions:
    """Of another set: its own test or validation split; all of it where it is not split.

    Raises:
        ConfigError: it has no such split, or the model lacks a label.
        SourceError: it cannot be read.
    """
    found = decode(DataConfig(source=source, data_dir=data_dir, size=classifier.size), say)
    wanted = TEST if split == "test" else VALIDATION
    rows, part, notes = np.flatnonzero(found.parts == wanted), str(split), ["Not the set it was trained on."]
    if not len(rows):
        if split == "validation" or (found.parts == TEST).any():
            raise ConfigError(f"{found.name} has no {split} split; leave --split out")
        rows, part = np.arange(len(found.classes)), "all"
        notes = ["All pictures, as the set has no test split: only those that were not trained on tell something."]
    if found.skipped:
        notes.append(f"{len(found.skipped):,} files could not be read and are left out.")
    names = tuple(found.names[row] for row in rows) if found.names else ()
    truth = match(found.labels, classifier.labels, classifier.named)[found.classes[rows]]
    images = found.images if part == "all" else found.images[rows]
    return Questions(images, truth, names, found.name, part, False, tuple(notes))


def some(questions: Questions, limit: int | None, seed: int = 0) -> Questions:
    """So many of them, drawn by chance with a seed; all where there are no more."""
    if limit is None or len(questions) <= limit:
        return questions
    rows = np.sort(np.random.default_rng(seed).choice(len(questions), limit, replace=False))
    fewer = questions.take(rows)
    return replace(fewer, notes=(*fewer.notes, f"Drawn by chance from {len(questions):,} pictures."))
