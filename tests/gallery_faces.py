"""Faces to put into a gallery, and what is told apart in them."""

from collections.abc import Callable

import numpy as np

from gallery.store import FacePicture, Thumbnail

Face = Callable[..., FacePicture]


def make_face(*numbers: float, source: str = "photo.jpg", thumbnail: bytes | None = None) -> FacePicture:
    """A picture whose vector is the numbers."""
    kept = None if thumbnail is None else Thumbnail(thumbnail, np.zeros((6, 2), np.float32))
    return FacePicture(source, f"{source}:{numbers}", 0.9, np.array(numbers, np.float32), kept)
