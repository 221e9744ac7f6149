"""Who is on still pictures, by a gallery."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commands.faces_look import Looker
from commands.faces_pictures import read_scaled
from gallery.known import NOBODY, Known


@dataclass(frozen=True)
class MatchedFace:
    """One face of a picture and who it is."""

    xyxy: tuple[float, float, float, float]
    """Pixels of the file's picture, turned as its EXIF says."""
    name: str | None
    """None: somebody who is not known."""
    nearest: str | None
    """Who comes nearest, near enough or not; None where nobody is enrolled."""
    distance: float | None
    """To that person's nearest picture."""
    second: float | None
    """To the nearest picture of anybody else."""
    score: float
    quality: float

    def row(self) -> dict[str, object]:
        """As plain values."""
        return {
            "name": self.name,
            "distance": self.distance,
            "xyxy": list(self.xyxy),
            "nearest": self.nearest,
            "second": self.second,
            "score": self.score,
            "quality": self.quality,
        }


def match_picture(looker: Looker, known: Known, path: Path, max_distance: float) -> list[MatchedFace]:
    """The faces of one picture, from left to right.

    Args:
        looker: finds and embeds.
        known: who can be recognised.
        path: the picture.
        max_distance: from which on somebody is a stranger.

    Raises:
        SourceError: it cannot be read.
    """
    image, scale = read_scaled(path)
    seen = looker.look(image)
    match = known.match(seen.vector)
    faces = []
    for row in np.argsort(seen.xyxy[:, 0], kind="stable"):
        who, far, next_far = int(match.person[row]), float(match.distance[row]), float(match.second[row])
        nearest = None if who == NOBODY else known.names[who]
        left, top, right, bottom = (round(float(edge) * scale, 1) for edge in seen.xyxy[row])
        faces.append(
            MatchedFace(
                (left, top, right, bottom),
                nearest if far <= max_distance else None,
                nearest,
                round(far, 4) if np.isfinite(far) else None,
                round(next_far, 4) if np.isfinite(next_far) else None,
                round(float(seen.score[row]), 3),
                round(float(seen.quality[row]), 3),
            )
        )
    return faces
