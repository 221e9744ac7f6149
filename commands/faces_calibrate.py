"""What a user's own gallery says of thresholds: genuine and impostor distances, a threshold, and what to look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from commands.figure import new_figure, save
from gallery.distances import BadPhoto, Distances, NearPair, bad_photos, near_pairs, threshold_for
from pipeline.errors import ConfigError
from vision.verification import roc


@dataclass(frozen=True)
class Calibration:
    """The figures, and what to do about them."""

    people: int
    pictures: int
    genuine: int
    """Pairs of pictures of one person."""
    impostor: int
    """Pairs of two people."""
    far: float
    """Share of the impostor pairs that the threshold takes for one person, at most."""
    threshold: float
    accepted: float
    """Share of the genuine pairs that it accepts."""
    makers_threshold: float
    makers_far: float
    makers_accepted: float
    eer: float
    confusable: list[NearPair]
    """People of whom some pictures are nearer than the threshold."""
    bad: list[BadPhoto]

    def rows(self) -> dict[str, object]:
        """As plain values."""
        return {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in {
                **asdict(self),
                "bad": [
                    {**asdict(photo), "other": _finite(photo.other), "own": _finite(photo.own)} for photo in self.bad
                ],
            }.items()
        }


def calibrate(found: Distances, far: float, makers_threshold: float) -> Calibration:
    """The threshold for a false-accept rate, from the gallery's own pictures.

    Raises:
        ConfigError: there are too few pictures to say anything.
    """
    genuine, impostor = found.genuine, found.impostor
    if not len(genuine) or not len(impostor):
        raise ConfigError(
            f"{len(set(found.names))} people with {len(found.names)} pictures say nothing of distances; enrol at least"
            " two people, and two pictures of one of them"
        )
    threshold = threshold_for(impostor, far)
    curve = roc(np.concatenate([genuine, impostor]), np.arange(len(genuine) + len(impostor)) < len(genuine))
    return Calibration(
        people=len(set(found.names)),
        pictures=len(found.names),
        genuine=len(genuine),
        impostor=len(impostor),
        far=far,
        threshold=threshold,
        accepted=float((genuine <= threshold).mean()),
        makers_threshold=makers_threshold,
        makers_far=float((impostor <= makers_threshold).mean()),
        makers_accepted=float((genuine <= makers_threshold).mean()),
        eer=curve.eer[0],
        confusable=near_pairs(found, max(threshold, makers_threshold)),
        bad=bad_photos(found, makers_threshold),
    )


def draw(told: Calibration, found: Distances, path: Path) -> None:
    """Both histograms and the thresholds, into a picture.

    Raises:
        ConfigError: it cannot be written, or matplotlib is not installed.
    """
    figure = new_figure(8, 4.5)
    axes = figure.add_subplot()
    top = max(float(found.genuine.max()), float(found.impostor.max()))
    edges = np.linspace(0, top * 1.02, 50).tolist()
    pairs = (("two pictures of one person", found.genuine, "#0072B2"), ("of two people", found.impostor, "#D55E00"))
    for label, values, colour in pairs:
        weights = np.full(len(values), 100 / len(values))
        axes.hist(values, edges, weights=weights, color=colour, alpha=0.6, label=f"{label} ({len(values)} pairs)")
    mark = f"{told.threshold:.3f}: at most {told.far:.2%} of two people taken for one"
    axes.axvline(told.threshold, color="#222222", label=mark)
    axes.axvline(
        told.makers_threshold,
        color="#888888",
        linestyle="--",
        label=f"{told.makers_threshold:.3f}: the model's makers'",
    )
    axes.set_xlabel("distance of two pictures")
    axes.set_ylabel("share of the pairs, %")
    axes.set_title(f"{told.people} people, {told.pictures} pictures")
    figure.legend(frameon=False, fontsize=9, ncols=2, loc="outside lower center")
    save(figure, path)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
