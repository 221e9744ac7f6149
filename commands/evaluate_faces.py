"""`evaluate --task face-verification`: whether distances tell one person from two, on pairs whose truth is known."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from commands.evaluate import Asked
from commands.face_pairs import Pairs, read_pairs
from commands.faces_look import Looker, SeenFaces
from commands.faces_pictures import read_picture
from commands.figure import new_figure, save
from pipeline.errors import ConfigError
from vision.verification import Accuracy, Roc, accuracy, best_threshold, folds_of, roc

LAST_SCORE = 0.3
"""Where no face is found in a picture that has one, what looks most like one is taken."""


@dataclass(frozen=True)
class Verification:
    """How well pairs are told apart."""

    model: str
    pairs: int
    same: int
    pictures: int
    without_face: int
    """Pictures in which no face was found; their pairs are said to be of two people."""
    auc: float
    eer: float
    eer_threshold: float
    accuracy: float | None
    """By folds; None where there are too few pairs for two."""
    accuracy_low: float | None
    """Lower end of its 95 % confidence interval."""
    accuracy_high: float | None
    folds: int
    fold_threshold: float | None
    best_threshold: float
    best_accuracy: float
    """By the best threshold of all pairs: a little too good."""
    makers_threshold: float
    makers_accuracy: float
    tar_at_1e3: float | None
    """True pairs accepted where one false pair in 1,000 is; None below 1,000 false pairs."""
    tar_at_1e2: float | None
    """The same at one in 100; None below 100."""
    picture_ms: float
    """To find and embed the faces of one picture."""


def evaluate(asked: Asked) -> None:
    """Measure and print; see `python -m models evaluate --help`.

    Raises:
        ConfigError: there are no pairs, or the list has a mistake.
        SourceError: a picture cannot be read.
    """
    if asked.pairs is None:
        raise ConfigError("face-verification needs --pairs FILE: a line for each pair, a.jpg,b.jpg,1")
    pairs = read_pairs(asked.pairs, asked.data)
    if asked.limit is not None:
        pairs = pairs.some(asked.limit)
    with Looker(asked.model or "face-dlib-resnet") as looker:
        distance, without, ms = distances_of(pairs, looker)
        told, curve = judge(pairs, distance, without, ms, asked.model or "face-dlib-resnet", looker.same_below)
    for line in lines_of(told):
        click.echo(line)
    if asked.json_file is not None:
        write_json(asdict(told), asked.json_file)
    if asked.plot is not None:
        draw(told, curve, distance, pairs.same, asked.plot)


def distances_of(pairs: Pairs, looker: Looker) -> tuple[np.ndarray, int, float]:
    """Distance of each pair, infinite where a picture has no face; pictures without one; ms a picture.

    Each picture is looked at once, however many pairs it is in.
    """
    began_s = time.perf_counter()
    pictures = list(dict.fromkeys((*pairs.a, *pairs.b)))
    vectors = {path: vector_of(looker, path) for path in pictures}
    ms = 1000 * (time.perf_counter() - began_s) / len(pictures)
    far = np.full(len(pairs), np.inf)
    for row, (first, second) in enumerate(zip(pairs.a, pairs.b, strict=True)):
        a, b = vectors[first], vectors[second]
        if a is not None and b is not None:
            far[row] = np.linalg.norm(a - b)
    return far, sum(vector is None for vector in vectors.values()), ms


def vector_of(looker: Looker, path: Path) -> np.ndarray | None:
    """The numbers of the face that a picture is about: large and near its middle; None where none is found."""
    image = read_picture(path)
    seen = looker.look(image)
    if not len(seen):
        seen = looker.look(image, LAST_SCORE)
    return seen.vector[main_face(seen, image.shape[1], image.shape[0])] if len(seen) else None


def main_face(seen: SeenFaces, width: int, height: int) -> int:
    """The row of the face that a picture is about."""
    sides = seen.xyxy[:, 2:] - seen.xyxy[:, :2]
    away = ((seen.xyxy[:, :2] + seen.xyxy[:, 2:]) / 2 - (width / 2, height / 2)) / max(width, height)
    return int((np.prod(sides, axis=1) / (0.05 + (away**2).sum(axis=1))).argmax())


def judge(
    pairs: Pairs, distance: np.ndarray, without: int, ms: float, model: str, makers: float
) -> tuple[Verification, Roc]:
    """The measures of so many distances, and the curve."""
    same = pairs.same
    curve = roc(distance, same)
    fewest = int(min(same.sum(), (~same).sum()))
    fold = pairs.fold if pairs.fold is not None else folds_of(same, min(10, fewest))
    by_folds: Accuracy | None = accuracy(distance, same, fold) if fewest >= 2 else None
    threshold, best = best_threshold(distance, same)
    different = int((~same).sum())
    told = Verification(
        model=model,
        pairs=len(pairs),
        same=int(same.sum()),
        pictures=len({*pairs.a, *pairs.b}),
        without_face=without,
        auc=curve.auc,
        eer=curve.eer[0],
        eer_threshold=curve.eer[1],
        accuracy=by_folds.mean if by_folds else None,
        accuracy_low=by_folds.low if by_folds else None,
        accuracy_high=by_folds.high if by_folds else None,
        folds=by_folds.folds if by_folds else 0,
        fold_threshold=by_folds.threshold if by_folds else None,
        best_threshold=threshold,
        best_accuracy=best,
        makers_threshold=makers,
        makers_accuracy=float(((distance <= makers) == same).mean()),
        tar_at_1e3=curve.tar_at(1e-3)[0] if different >= 1000 else None,
        tar_at_1e2=curve.tar_at(1e-2)[0] if different >= 100 else None,
        picture_ms=ms,
    )
    return told, curve


def lines_of(told: Verification) -> list[str]:
    """For a person."""
    kinds = f"{told.pairs} pairs ({told.same} of one person), {told.pictures} pictures"
    lost = f", {told.without_face} without a face" if told.without_face else ""
    lines = [f"{told.model}: {kinds}{lost}; {told.picture_ms:.0f} ms a picture", f"AUC {told.auc:.4f}"]
    if told.accuracy is not None and told.accuracy_low is not None and told.accuracy_high is not None:
        lines.append(
            f"accuracy {told.accuracy:.2%}, 95 % confident of {told.accuracy_low:.2%} to {told.accuracy_high:.2%}"
            f" ({told.folds} folds, threshold {told.fold_threshold:.3f})"
        )
    lines += [
        f"best threshold {told.best_threshold:.3f}: accuracy {told.best_accuracy:.2%}",
        f"the model's makers' threshold {told.makers_threshold:.3f}: accuracy {told.makers_accuracy:.2%}",
        f"equal error rate {told.eer:.2%} at {told.eer_threshold:.3f}",
    ]
    rates: Sequence[tuple[str, float | None, int]] = (("1e-3", told.tar_at_1e3, 1000), ("1e-2", told.tar_at_1e2, 100))
    for far, rate, need in rates:
        said = f"{rate:.2%}" if rate is not None else f"needs {need} pairs of two people"
        lines.append(f"true accept rate at {far} false accepts: {said}")
    return lines


def write_json(told: object, path: Path) -> None:
    """Figures as JSON.

    Raises:
        ConfigError: they cannot be written there.
    """
    try:
        path.write_text(json.dumps(told, indent=1) + "\n")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}; choose another place") from error


def draw(told: Verification, curve: Roc, distance: np.ndarray, same: np.ndarray, path: Path) -> None:
    """The curve and both histograms.

    Raises:
        ConfigError: it cannot be written, or matplotlib is not installed.
    """
    figure = new_figure(10, 4.5)
    left, right = figure.subplots(1, 2)
    left.step(curve.far, curve.tar, where="post", color="#0072B2")
    left.plot([0, 1], [1, 0], color="#bbbbbb", linestyle=":", linewidth=1)
    left.set(xlabel="two people taken for one", ylabel="one person recognised", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    left.set_title(f"AUC {told.auc:.4f}, equal error rate {told.eer:.2%}")
    finite = np.isfinite(distance)
    edges = np.linspace(0, float(distance[finite].max(initial=1.0)) * 1.02, 45).tolist()
    kinds: Sequence[tuple[str, np.ndarray, str]] = (
        ("one person", distance[finite & same], "#0072B2"),
        ("two people", distance[finite & ~same], "#D55E00"),
    )
    for label, values, colour in kinds:
        weights = np.full(len(values), 100 / max(len(values), 1))
        right.hist(values, edges, weights=weights, color=colour, alpha=0.6, label=f"{label} ({len(values)} pairs)")
    right.axvline(told.best_threshold, color="#222222", label=f"best threshold {told.best_threshold:.3f}")
    right.set(xlabel="distance", ylabel="share of the pairs, %")
    right.set_title("" if told.accuracy is None else f"accuracy {told.accuracy:.2%} by {told.folds} folds")
    figure.legend(frameon=False, fontsize=9, ncols=3, loc="outside lower center")
    save(figure, path)
