"""The gallery while a run goes on: who is in it, whether that changed, and what is written back."""

import hashlib
import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from gallery.audit import Naming, write_namings
from gallery.known import Known, Stamp, stamp_of
from gallery.store import FacePicture, Gallery
from pipeline.errors import ConfigError
from stages.face_memory import Stranger

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""Media time between two looks at whether the gallery changed."""
WRITE_S = 20.0
"""Media time between two writes: a sealed gallery is written as a whole."""
MOST_WAITING = 200
"""Lines for the log that wait to be written, at most; the oldest go."""
UNNAMED = re.compile(r"unknown (\d+)")
"""What strangers are called in a gallery."""


class GalleryLink:
    """One gallery file, or none. A file that is not there yet is told once, and read as soon as it is."""

    def __init__(self, path: Path | None, passphrase: str | None, fingerprint: str, length: int) -> None:
        self._path, self._passphrase = path, passphrase
        self._fingerprint, self._length = fingerprint, length
        self._stamp: Stamp = ()
        self._looked_s = self._wrote_s = 0.0
        self._waiting: list[Naming] = []
        self._warned = False

    def open(self) -> Known:
        """Who is known now.

        Raises:
            ConfigError: the gallery cannot be opened, or was made with another network.
        """
        nobody = Known.none(self._fingerprint, self._length)
        if self._path is None:
            return nobody
        if not self._path.exists():
            logger.warning(
                "identify: there is no gallery %s yet, so everybody is unknown; make it:"
                " python run.py faces enrol NAME IMAGE --gallery %s",
                *(self._path, self._path),
            )
            return nobody
        self._stamp = stamp_of(self._path)
        return Known.open(self._path, self._fingerprint, self._passphrase)

    def changed(self, now_s: float) -> Known | None:
        """Who is known now, where the gallery changed since; None where it did not. Looks once a second."""
        if self._path is None or 0 <= now_s - self._looked_s < LOOK_S:
            return None
        self._looked_s = now_s
        if stamp_of(self._path) == self._stamp:
            return None
        try:
            return self.open()
        except ConfigError as error:  # being written just now, or gone bad: who was known stays known
            self._warn(error)
            return None

    def teach(self, name: str, pictures: Sequence[FacePicture], instead_of: str | None) -> None:
        """Remember pictures as a person's, and as not those of whom they were taken for; from any thread.

        Raises:
            ConfigError: there is no gallery, the name cannot be one, or the file cannot be written.
        """
        if self._path is None:
            raise ConfigError("identify: no gallery is set, so nobody can be remembered; set stages.identify.gallery")
        with Gallery.open(self._path, self._passphrase, create=True) as gallery:
            gallery.enrol(name, pictures, self._fingerprint, why="named on the page")
            if instead_of is not None and instead_of.casefold() != name.casefold():
                gallery.enrol(instead_of, pictures, self._fingerprint, is_not=True)

    def note(self, naming: Naming) -> None:
        """A line for the log, written with the next."""
        if self._path is not None:
            self._waiting.append(naming)
            del self._waiting[:-MOST_WAITING]

    def write(self, now_s: float, strangers: Iterable[Stranger] = (), *, now: bool = False) -> None:
        """Write what waits, and unknown people who are to be remembered, if it is time or `now`."""
        if self._path is None or not (now or abs(now_s - self._wrote_s) >= WRITE_S):
            return
        self._wrote_s = now_s
        fresh = [one for one in strangers if not one.kept]
        if not (fresh or (self._waiting and self._path.exists())):
            return
        unseen = stamp_of(self._path) != self._stamp
        try:
            if fresh:
                with Gallery.open(self._path, self._passphrase, create=True) as gallery:
                    for one in fresh:
                        gallery.enrol(
                            f"unknown {one.number}",
                            [picture_of(one.vector, one.quality)],
                            self._fingerprint,
                            stranger=True,
                            why="seen",
                        )
                        one.kept = True
            write_namings(self._path, self._waiting, self._passphrase)
            self._waiting.clear()
        except ConfigError as error:
            self._warn(error)
        if not unseen:
            self._stamp = stamp_of(self._path)  # it was this that changed it

    def strangers(self) -> list[Stranger]:
        """The unknown people of earlier runs."""
        if self._path is None or not self._path.exists():
            return []
        with Gallery.open(self._path, self._passphrase, write=False) as gallery:
            unnamed = {person.name for person in gallery.people() if person.stranger}
        known = Known.open(self._path, self._fingerprint, self._passphrase, strangers=True)
        found = []
        for place, name in enumerate(known.names):
            number = UNNAMED.fullmatch(name)
            if name in unnamed and number:
                vector = known.vectors[known.person == place].mean(axis=0)
                found.append(Stranger(int(number[1]), np.asarray(vector, np.float32), 0.0, kept=True))
        return found

    def _warn(self, error: ConfigError) -> None:
        if not self._warned:
            logger.warning("identify: %s; goes on with the people it knew", error)
        self._warned = True


def picture_of(vector: np.ndarray, quality: float) -> FacePicture:
    """What a run saw of a face, as a gallery keeps it: `(D,) float32`, without a picture."""
    print_of = hashlib.sha256(vector.tobytes()).hexdigest()
    return FacePicture("seen in a run", print_of, quality, vector.astype(np.float32, copy=True))


def read_passphrase(path: Path | None) -> str | None:
    """The first line of a file.

    Raises:
        ConfigError: it cannot be read.
    """
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"passphrase_file: cannot read {path}: {error}; name a text file") from error
