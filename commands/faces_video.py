"""The best views of the one person of a recording."""

from pathlib import Path

import numpy as np

from commands.faces_look import Looker, picture_of
from gallery.store import FacePicture
from pipeline.errors import SourceError
from pipeline.sources import open_source

EVERY_S = 0.4
"""Frames nearer than this to each other show nearly the same."""
LOOKED_AT, KEPT = 60, 8
"""Frames of a recording that are looked at, at most, and views that are kept."""


def best_of_recording(looker: Looker, path: Path, min_quality: float, thumbnails: bool) -> list[FacePicture]:
    """A few good views of a recording's person, unlike each other.

    Frames in which nobody, or more than one person, is seen are passed over.

    Raises:
        SourceError: it cannot be read, nobody is seen well enough in it, or two people are, one after another.
    """
    source = open_source(path)
    views: list[FacePicture] = []
    next_s, looked = 0.0, 0
    try:
        for frame in source:
            if frame.media_s < next_s:
                continue
            next_s, looked = frame.media_s + EVERY_S, looked + 1
            seen = looker.look(frame.image)
            if len(seen) == 1 and seen.quality[0] >= max(min_quality, 0.4):
                views.append(picture_of(frame.image, seen, 0, path, thumbnail=thumbnails))
            if looked == LOOKED_AT:
                break
    finally:
        source.close()
    if not views:
        raise SourceError(f"{path}: no frame of {looked} shows one face well; give a recording of one person, near")
    vectors = np.stack([view.vector for view in views])
    far = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)  # (N, N)
    middle = int(np.median(far, axis=1).argmin())
    if (far[middle] > looker.same_below).mean() > 0.2:
        raise SourceError(f"{path}: more than one person is seen in it; give a recording of one, or pictures")
    same = np.flatnonzero(far[middle] <= looker.same_below)
    chosen = [max(same.tolist(), key=lambda row: views[row].quality)]
    while len(chosen) < min(KEPT, len(same)):  # the one that is least like those chosen
        chosen.append(max(same.tolist(), key=lambda row: float(far[row, chosen].min())))
    return [views[row] for row in sorted(set(chosen))]
