"""Bringing people into a gallery: from pictures, folders and recordings, refusing what would spoil it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from commands.faces_look import Looker, picture_of
from commands.faces_opening import Opening
from commands.faces_pictures import pictures_in, read_picture, spread
from commands.faces_video import best_of_recording
from gallery.known import Known
from gallery.names import checked_name
from gallery.store import FacePicture, Gallery
from pipeline.errors import ConfigError, PipelineError, SourceError
from pipeline.sources.images import is_image

MIN_QUALITY = 0.2
"""Below it a view says little about whose face it is."""


@dataclass(frozen=True)
class Rules:
    """What a picture has to be like."""

    largest: bool = False
    """Take the largest face where there are several."""
    min_quality: float = MIN_QUALITY
    thumbnails: bool = False
    """Keep a small picture of each face."""
    is_not: bool = False
    """The faces look like the person and are somebody else's."""


@dataclass
class Enrolled:
    """What became of the pictures of one person."""

    name: str
    pictures: list[FacePicture] = field(default_factory=list)
    new: int = 0
    refused: list[str] = field(default_factory=list)
    """A line for each picture that was not taken."""
    named_refused: bool = False
    """One of them was named itself, and did not come from a folder."""
    remarks: list[str] = field(default_factory=list)
    """What somebody should look at."""


def enrol(
    looker: Looker, opening: Opening, name: str, targets: Sequence[Path], rules: Rules, *, seal: bool
) -> Enrolled:
    """Remember the faces of one person; the gallery is made where it is not there, and only if there is one to keep.

    Raises:
        ConfigError: the name cannot be one, not one picture could be taken, or the gallery cannot be written.
        SourceError: there is nothing at one of the paths.
    """
    name = checked_name(name)
    if opening.path.exists():
        opening.open(write=False).file.close()  # what is wrong with it is told before the work
    done = gather(looker, name, list(spread(targets)), rules)
    if not done.pictures:
        raise ConfigError(_nothing(done))
    passphrase = opening.passphrase(seal=seal)
    with Gallery.open(opening.path, passphrase, create=not rules.is_not) as gallery:
        if not rules.is_not:
            done.remarks += looks_like_others(gallery, looker, done)
        done.new = gallery.enrol(name, done.pictures, looker.fingerprint, is_not=rules.is_not)
    return done


def import_folder(
    looker: Looker, opening: Opening, folder: Path, rules: Rules, *, seal: bool
) -> tuple[list[Enrolled], list[str]]:
    """Remember everybody of a folder that has a folder for each person.

    Returns:
        What became of each person, and the lines about people of whom nothing could be taken.

    Raises:
        ConfigError: there is no such folder, it has none in it, nothing could be taken, or the gallery cannot be
            written.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; give one that has a folder of pictures for each person")
    people = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not people:
        raise SourceError(f"{folder} has no folders in it; give one that has a folder of pictures for each person")
    if opening.path.exists():
        opening.open(write=False).file.close()
    all_done: list[Enrolled] = []
    refused: list[str] = []
    for entry in people:
        try:
            name = checked_name(entry.name)
            files = pictures_in(entry, below=False)
            done = gather(looker, name, [(file, False) for file in files], rules)
            if not done.pictures:
                raise ConfigError(_nothing(done) if files else f"no pictures in {entry}")
        except PipelineError as error:
            refused.append(str(error))
            continue
        all_done.append(done)
    if not all_done:
        raise ConfigError(f"nobody in {folder} could be taken: {refused[0]}")
    passphrase = opening.passphrase(seal=seal)
    with Gallery.open(opening.path, passphrase, create=True) as gallery:
        for done in all_done:
            done.remarks += looks_like_others(gallery, looker, done)
            done.new = gallery.enrol(done.name, done.pictures, looker.fingerprint, why="imported")
    return all_done, refused


def gather(looker: Looker, name: str, files: Sequence[tuple[Path, bool]], rules: Rules) -> Enrolled:
    """The faces of one person in pictures and recordings; what cannot be taken is told in `refused`."""
    done = Enrolled(name)
    for path, named in files:
        try:
            if is_image(path):
                done.pictures.append(face_of(looker, path, rules))
            else:
                done.pictures += best_of_recording(looker, path, rules.min_quality, rules.thumbnails)
        except PipelineError as error:
            done.refused.append(str(error))
            done.named_refused |= named
    if not rules.is_not:
        done.remarks += _odd_ones(done.pictures, looker.same_below)
    return done


def face_of(looker: Looker, path: Path, rules: Rules) -> FacePicture:
    """The one face of a picture.

    Raises:
        SourceError: it cannot be read, or has no face, several, or one that is too poor; the line says which.
    """
    image = read_picture(path)
    seen = looker.look(image)
    if not len(seen):
        raise SourceError(f"{path}: no face found; give a picture with the face from the front, 40 px wide or more")
    if len(seen) > 1 and not rules.largest:
        raise SourceError(f"{path}: {len(seen)} faces; cut the picture to one, or take the largest with --largest")
    if seen.quality[0] < rules.min_quality:
        raise SourceError(
            f"{path}: the face is too poor ({seen.flaw[0]}, quality {seen.quality[0]:.2f} of {rules.min_quality:.2f});"
            " give a better picture, or lower --min-quality"
        )
    return picture_of(image, seen, 0, path, thumbnail=rules.thumbnails)


def looks_like_others(gallery: Gallery, looker: Looker, done: Enrolled) -> list[str]:
    """A line where new pictures are nearer to somebody else than two pictures of one person should be."""
    known = Known.of_rows(gallery.rows(looker.fingerprint), looker.fingerprint)
    match = known.match(np.stack([picture.vector for picture in done.pictures]))
    lines = []
    for picture, who, far in zip(done.pictures, match.person, match.distance, strict=True):
        near = known.names[who] if who >= 0 else done.name
        if near.casefold() != done.name.casefold() and far < looker.same_below * 0.85:
            lines.append(f"{picture.source} looks like {near} (distance {far:.2f}): is it {done.name}?")
    return lines


def _odd_ones(pictures: Sequence[FacePicture], same_below: float) -> list[str]:
    """A line for each picture that is like no other of the same person."""
    if len(pictures) < 3:
        return []
    vectors = np.stack([picture.vector for picture in pictures])
    far = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)  # (N, N)
    np.fill_diagonal(far, np.inf)
    nearest = far.min(axis=1)
    return [
        f"{picture.source} is like no other of these pictures (distance {away:.2f}): is it the same person?"
        for picture, away in zip(pictures, nearest, strict=True)
        if away > same_below
    ]


def _nothing(done: Enrolled) -> str:
    more = len(done.refused) - 1
    return f"{done.refused[0]}{f' (and {more} more that could not be taken)' if more else ''}"
