"""`evaluate --task face-detection`: how many faces are found, and how much that is found is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import click
import numpy as np

from commands.evaluate import Asked
from commands.evaluate_faces import write_json
from commands.face_boxes import TrueBoxes, read_boxes
from commands.faces_look import find_faces
from commands.faces_pictures import read_scaled
from commands.figure import new_figure, save
from models.face_finder import FaceFinder
from pipeline.errors import ConfigError
from vision.blazeface import FoundFaces
from vision.detection_score import Matched, match_boxes

MIN_IOU = 0.5
SCORES = (0.5, 0.7, 0.9)
"""Of the detector, at which recall and precision are told."""
LEAST = 0.3


@dataclass(frozen=True)
class Found:
    """How one way of looking does at one score."""

    look: str
    min_score: float
    recall: float
    precision: float
    average_precision: float
    """Over all scores from 0.3."""


def evaluate(asked: Asked) -> None:
    """Measure and print; see `python -m models evaluate --help`.

    Raises:
        ConfigError: there are no boxes, or a file of them has a mistake.
        SourceError: a picture cannot be read.
    """
    if asked.data is None:
        raise ConfigError("face-detection needs --data FOLDER: pictures and their boxes (.xml, .json or .csv)")
    truth = read_boxes(asked.data)[: asked.limit]
    model = asked.model or "face-blazeface-short"
    finder = FaceFinder(model)
    try:
        looks: dict[str, Callable[[np.ndarray], FoundFaces]] = {
            "the whole picture": lambda image: finder(image, LEAST),
            "as faces does": lambda image: find_faces(finder, image),
        }
        curves = {name: _matched(truth, look) for name, look in looks.items()}
    finally:
        finder.close()
    told = [at(name, curve, score) for name, curve in curves.items() for score in SCORES]
    click.echo(f"{model}: {len(truth)} pictures, {sum(len(one.xyxy) for one in truth)} faces, overlap {MIN_IOU:g}")
    for row in told:
        click.echo(
            f"{row.look:18} score {row.min_score:4g}: recall {row.recall:.3f}, precision {row.precision:.3f}"
            f"  (average precision {row.average_precision:.3f})"
        )
    if asked.json_file is not None:
        write_json({"model": model, "pictures": len(truth), "rows": [asdict(row) for row in told]}, asked.json_file)
    if asked.plot is not None:
        figure = new_figure(6, 4.5)
        axes = figure.add_subplot()
        for name, curve in curves.items():
            hits = np.cumsum(curve.right)
            axes.step(hits / max(curve.wanted, 1), hits / np.arange(1, len(hits) + 1), where="post", label=name)
        axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02))
        axes.legend(frameon=False, loc="lower left")
        save(figure, asked.plot)


def at(look: str, curve: Matched, score: float) -> Found:
    """Recall and precision of what scores at least so much."""
    keep = curve.score >= score
    part = Matched(curve.score[keep], curve.right[keep], curve.wanted)
    return Found(look, score, part.recall, part.precision, curve.average_precision)


def _matched(truth: list[TrueBoxes], look: Callable[[np.ndarray], FoundFaces]) -> Matched:
    found = []
    for one in truth:
        image, scale = read_scaled(one.picture)
        faces = look(image)
        found.append((faces.xyxy * np.float32(scale), faces.score))
    return match_boxes(found, [one.xyxy for one in truth], [one.ignored for one in truth], MIN_IOU)
