"""Whose face it is: looked at when it is worth a look, decided over a track, and kept."""

import logging
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from gallery.known import Known, stamp_of
from models.backend import Device, Runtime
from models.face_embedder import FACE_SHARE, FaceEmbedder
from models.face_finder import FaceFinder
from models.resolve import NamesModel
from pipeline.changes import Changeable
from pipeline.errors import ConfigError
from pipeline.results.faces import Faces, Identities
from pipeline.stage import Reads, StageConfig
from pipeline.types import Packet
from stages.face_memory import FaceMemory, Rules
from vision.align import fit
from vision.face_quality import Views, yaw_and_pitch

logger = logging.getLogger(__name__)

CAUTION = 0.9
"""The limit is this part of what a model's makers say, unless told otherwise: on the development photographs dlib's 0.6
lets 3 in 100 pairs of strangers through, 0.54 none of 2,000."""
GALLERY_AGAIN_S = 1.0
"""Media time between two looks at whether the gallery changed."""


class IdentifyConfig(StageConfig):
    """Who is known, and when a face gets a name."""

    on: Annotated[str, Reads(Faces), Field(description="stage whose faces are recognised")] = "auto"
    gallery: Annotated[
        Path | None, Field(description="file made by `python run.py faces enrol`; none: everybody is unknown")
    ] = None
    passphrase_file: Annotated[
        Path | None, Field(description="file with the passphrase of a sealed gallery in its first line")
    ] = None
    model: Annotated[
        str, NamesModel(), Field(description="embedder: face-dlib-resnet, face-sface, or the path of a spec")
    ] = "face-dlib-resnet"
    points_model: Annotated[
        str, NamesModel(), Field(description="looks at a face again, close up, for better points")
    ] = "face-blazeface-short"
    runtime: Annotated[Runtime, Field(description="what runs them; auto: the first that is installed")] = "auto"
    device: Annotated[Device, Field(description="where they run; auto: a GPU where there is one for it")] = "auto"
    threads: Annotated[int, Field(ge=1, le=64, description="threads of one inference")] = 1
    max_distance: Annotated[
        float | None,
        Field(gt=0, le=2, description="largest distance of a named face; none: 0.9 of what the model's makers say"),
    ] = None
    min_quality: Annotated[
        float, Field(ge=0, le=1, description="quality below which a face is not looked at, 0 to 1")
    ] = 0.15
    agree: Annotated[int, Field(ge=1, le=20, description="views that have to say a name before it is given")] = 2
    again_s: Annotated[
        float,
        Field(
            gt=0,
            le=3600,
            description="seconds of the recording until a known face is looked at again; thrice that later on",
        ),
    ] = 5.0
    most: Annotated[int, Changeable(), Field(ge=1, le=64, description="most faces looked at on one frame")] = 4


class Identifier:
    """Names faces."""

    Config: ClassVar[type[StageConfig]] = IdentifyConfig
    gives: ClassVar[type] = Identities
    in_order: ClassVar[bool] = True

    def __init__(self, config: IdentifyConfig) -> None:
        """Open networks and gallery.

        Raises:
            ModelError: a network is missing, damaged, or for something else.
            ConfigError: the gallery cannot be opened, or was made with another network.
        """
        self.config = config
        self._passphrase = _passphrase(config.passphrase_file)
        self._embedder = FaceEmbedder(config.model, None, config.runtime, config.threads, config.device)
        try:
            known = self._open_gallery()
            self._finder = FaceFinder(config.points_model, None, config.runtime, config.threads, config.device)
        except BaseException:
            self._embedder.close()
            raise
        limit = config.max_distance or self._embedder.same_below * CAUTION
        rules = Rules(limit, agree=config.agree, again_s=config.again_s, min_quality=config.min_quality)
        self._memory = FaceMemory(known, rules)
        self._gallery_at_s = 0.0
        self.looks = 0
        """Faces embedded so far."""

    def process(self, packet: Packet) -> Identities | None:
        """Whose the faces of this frame are; None where the faces were not looked for."""
        faces, now_s = packet.find(self.config.on, Faces), packet.frame.media_s
        if faces is None:
            return None
        self._look_at_gallery(now_s)
        memory, ids = self._memory, faces.track_id.tolist()
        rows = memory.wanted(ids, self._promise(faces), now_s, self.config.most)
        if rows:
            vectors, quality = self._looked(packet.frame.image, faces, rows)
            memory.learn([ids[row] for row in rows], vectors, quality, now_s)
        memory.settle(ids)
        memory.forget(now_s)
        memory.named.clear()
        return self._told(faces, ids)

    def close(self) -> None:
        """Let go of the networks."""
        self._embedder.close()
        self._finder.close()

    def _promise(self, faces: Faces) -> np.ndarray:
        """The quality of each face as far as box and points tell, without looking: `(N,) float32`."""
        template = self._embedder.template
        found = fit(faces.points, template)
        scale = np.hypot(found.matrix[:, 0, 0], found.matrix[:, 1, 0])  # (N,)
        size_px = np.nan_to_num(FACE_SHARE * template.side / np.maximum(scale, 1e-6)).astype(np.float32)
        yaw, pitch = yaw_and_pitch(faces.points)
        sharp = np.full(len(faces), 1e3, np.float32)
        return Views(size_px, sharp, yaw, pitch, found.error, faces.score).quality

    def _looked(self, image: np.ndarray, faces: Faces, rows: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and qualities of some faces: points found close up, one batch for all."""
        points = np.stack([self._finder.refined(image, faces.xyxy[row], faces.points[row]) for row in rows])
        chips = self._embedder.chips(image, points, faces.score[rows])
        self.looks += len(rows)
        return self._embedder.embed(chips.image), chips.views.quality

    def _told(self, faces: Faces, ids: list[int]) -> Identities:
        people = [self._memory.people.get(number) if number > 0 else None for number in ids]
        return Identities(
            faces,
            tuple(person.name if person else None for person in people),
            np.array([person.unknown if person and not person.name else 0 for person in people], np.int32),
            np.array([person.distance if person and person.name else np.nan for person in people], np.float32),
            np.array([person.views.best if person and person.looks else np.nan for person in people], np.float32),
            self.config.on,
        )

    def _open_gallery(self) -> Known:
        config, fingerprint = self.config, self._embedder.fingerprint
        if config.gallery is None:
            return Known.none(fingerprint, self._embedder.length)
        if not config.gallery.exists():
            logger.warning(
                "identify: there is no gallery %s yet, so everybody is unknown; make it:"
                " python run.py faces enrol NAME IMAGE --gallery %s",
                *(config.gallery, config.gallery),
            )
            return Known.none(fingerprint, self._embedder.length)
        return Known.open(config.gallery, fingerprint, self._passphrase)

    def _look_at_gallery(self, now_s: float) -> None:
        """Open the gallery again where it changed: somebody was given a name while this runs."""
        if self.config.gallery is None or 0 <= now_s - self._gallery_at_s < GALLERY_AGAIN_S:
            return
        self._gallery_at_s = now_s
        if stamp_of(self.config.gallery) == self._memory.known.stamp:
            return
        try:
            known = self._open_gallery()
        except ConfigError as error:  # just now being written, or gone: who was known stays known
            logger.warning("identify: %s; goes on with the %d people it knew", error, len(self._memory.known.names))
            return
        self._memory.renew(known, now_s)


def _passphrase(path: Path | None) -> str | None:
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
