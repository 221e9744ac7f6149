"""Looking after a gallery: how far apart people are, pictures by another network, thumbnails in files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import cv2
import numpy as np

from commands.faces_calibrate import Calibration
from commands.faces_look import Looker
from gallery.distances import NearPair, distances, near_pairs
from gallery.store import Gallery, StoredPicture
from pipeline.errors import ConfigError

DUPLICATE_BELOW = 0.5
"""Median distance of two people's pictures below which they are likely one person, for the default network."""
NEAR = 0.65
"""People who come this near are worth a look."""


@dataclass(frozen=True)
class Stats:
    """A gallery in figures, by the network that most of its embeddings are of."""

    people: int
    pictures: int
    networks: list[str]
    genuine_median: float | None
    """Distance of two pictures of one person."""
    impostor_median: float | None
    """Of two people."""
    impostor_least: float | None
    single: list[str]
    """People with one picture only."""
    near: list[NearPair]
    """Who comes near whom, the nearest first."""
    duplicates: list[tuple[str, str]]
    """Who may be enrolled under two names."""


def stats(gallery: Gallery) -> Stats:
    """The figures of a gallery."""
    people, prints = gallery.people(), gallery.fingerprints()
    found = distances(gallery.rows(prints[0]) if prints else [])
    genuine, impostor = found.genuine, found.impostor
    near = near_pairs(found, NEAR)
    return Stats(
        people=len(people),
        pictures=sum(person.pictures for person in people),
        networks=prints,
        genuine_median=round(float(np.median(genuine)), 4) if len(genuine) else None,
        impostor_median=round(float(np.median(impostor)), 4) if len(impostor) else None,
        impostor_least=round(float(impostor.min()), 4) if len(impostor) else None,
        single=[person.name for person in people if person.pictures == 1],
        near=near[:20],
        duplicates=[(pair.a, pair.b) for pair in near if pair.middle < DUPLICATE_BELOW],
    )


def tell_stats(told: Stats, *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        click.echo(json.dumps(asdict(told), ensure_ascii=False))
        return
    click.echo(f"{told.people} people, {told.pictures} pictures; networks: {' '.join(told.networks) or 'none'}")
    if told.genuine_median is not None:
        click.echo(f"two pictures of one person: {told.genuine_median:.3f} apart in the middle")
    if told.impostor_median is not None:
        click.echo(f"of two people: {told.impostor_median:.3f} in the middle, {told.impostor_least:.3f} the nearest")
    for pair in told.near:
        click.echo(f"near: {pair.a} and {pair.b}, {pair.nearest:.3f} the nearest, {pair.middle:.3f} in the middle")
    for a, b in told.duplicates:
        click.echo(f"one person under two names? {a} and {b}; if so: faces merge")
    if told.single:
        click.echo(f"one picture only: {', '.join(told.single[:20])}; a few more make recognition surer")


def tell_calibration(told: Calibration, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(told.rows(), ensure_ascii=False))
        return
    click.echo(
        f"{told.people} people, {told.pictures} pictures: {told.genuine} pairs of one person, {told.impostor} of two"
    )
    for threshold, rate, accepted, whose in (
        (told.threshold, f"at most {told.far:.2%}", told.accepted, f"for {told.far:g}"),
        (told.makers_threshold, f"{told.makers_far:.2%}", told.makers_accepted, "the model's makers'"),
    ):
        line = f"takes {rate} of two people for one, knows {accepted:.2%} of one person's pairs"
        click.echo(f"threshold {threshold:.3f} ({whose}): {line}")
    click.echo(f"equal error rate {told.eer:.2%}")
    if told.impostor * told.far < 1:
        click.echo(f"{told.impostor} pairs are few for {told.far:g}: the threshold lies below the nearest two people")
    for pair in told.confusable[:20]:
        click.echo(
            f"confusable: {pair.a} and {pair.b}, {pair.nearest:.3f} the nearest, {pair.middle:.3f} in the middle"
        )
    for photo in told.bad[:20]:
        other = f", {photo.other_name} is {photo.other:.3f} away" if photo.other_name else ""
        click.echo(f"look at {photo.source} of {photo.name}: its next picture is {photo.own:.3f} away{other}")


def rows_of(gallery: Gallery, fingerprint: str) -> list[tuple[str, str, np.ndarray]]:
    """Every embedding by one network.

    Raises:
        ConfigError: all are by another.
    """
    rows = gallery.rows(fingerprint)
    if not rows and gallery.fingerprints():
        raise ConfigError(
            f"gallery {gallery.file.path} was enrolled with another network; enrol again, or say: faces reembed"
        )
    return rows


def reembed(looker: Looker, gallery: Gallery, *, drop_others: bool) -> tuple[int, list[str]]:
    """Ask a network about every picture that it was not asked about yet.

    Returns:
        How many could be, and a name for each person of whom a picture has no thumbnail.
    """
    vectors: dict[int, np.ndarray] = {}
    left: dict[str, None] = {}
    for name, picture in gallery.without(looker.fingerprint):
        kept = picture.thumbnail
        image = None if kept is None else cv2.imdecode(np.frombuffer(kept.jpeg, np.uint8), cv2.IMREAD_COLOR)
        if kept is None or image is None:
            left[name] = None
            continue
        vectors[picture.id] = looker.embed(np.asarray(image), kept.keypoints)
    if vectors:
        gallery.add_vectors(vectors, looker.fingerprint)
    if drop_others and not left:
        for fingerprint in gallery.fingerprints():
            if fingerprint != looker.fingerprint:
                gallery.forget_network(fingerprint)
    return len(vectors), list(left)


def write_thumbnails(pictures: Sequence[StoredPicture], folder: Path) -> None:
    """The thumbnails of a person as JPEG files, by their numbers.

    Raises:
        ConfigError: they cannot be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            if picture.thumbnail is not None:
                (folder / f"{picture.id}.jpg").write_bytes(picture.thumbnail.jpeg)
    except OSError as error:
        raise ConfigError(f"cannot write thumbnails to {folder}: {error.strerror}; name another folder") from error
