"""Whose face it is: looked at when it is worth a look, decided over a track, and kept."""

from pathlib import Path
from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from gallery.audit import Naming
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
from stages.gallery_link import GalleryLink, picture_of, read_passphrase
from vision.align import fit
from vision.face_quality import Views, yaw_and_pitch

CAUTION = 0.9
"""The limit is this part of what a model's makers say, unless told otherwise: on the development photographs dlib's 0.6
lets 3 in 100 pairs of strangers through, 0.54 none of 2,000."""
TAUGHT = 4
"""Views of a face that are remembered when it is named on the page, the best."""
CROP_PX = 160
"""Longer side of a crop in the log at most."""


class IdentifyConfig(StageConfig):
    """Who is known, and when a face gets a name."""

    on: Annotated[str, Reads(Faces), Field(description="stage whose faces are recognised")] = "auto"
    gallery: Annotated[
        Path | None, Field(description="file made by `python run.py faces enrol`; none: everybody is unknown")
    ] = None
    passphrase_file: Annotated[
        Path | None, Field(description="file with the passphrase of a sealed gallery in its first line")
    ] = None
    strangers: Annotated[
        bool,
        Field(description="remember unknown people in the gallery, by what was seen of them: numbers last over runs"),
    ] = False
    log: Annotated[bool, Field(description="write into the gallery's log who was named when, and why")] = True
    log_crops: Annotated[bool, Field(description="with a picture of the face each")] = False
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
        passphrase = read_passphrase(config.passphrase_file)
        self._embedder = FaceEmbedder(config.model, None, config.runtime, config.threads, config.device)
        try:
            self._gallery = GalleryLink(config.gallery, passphrase, self._embedder.fingerprint, self._embedder.length)
            known = self._gallery.open()
            strangers = self._gallery.strangers() if config.strangers else []
            self._finder = FaceFinder(config.points_model, None, config.runtime, config.threads, config.device)
        except BaseException:
            self._embedder.close()
            raise
        limit = config.max_distance or self._embedder.same_below * CAUTION
        rules = Rules(limit, agree=config.agree, again_s=config.again_s, min_quality=config.min_quality)
        self._memory = FaceMemory(known, rules, strangers)
        self._now_s = 0.0
        self._looked_at = -1
        self.looks = 0
        """Faces embedded so far."""

    def process(self, packet: Packet) -> Identities | None:
        """Whose the faces of this frame are; None where the faces were not looked for."""
        faces, now_s = packet.find(self.config.on, Faces), packet.frame.media_s
        if faces is None:
            return None
        self._now_s = now_s
        known = self._gallery.changed(now_s)
        if known is not None:
            self._memory.renew(known, now_s)
        memory, ids = self._memory, faces.track_id.tolist()
        found_at = packet.moment(self.config.on).index
        # What was found on an earlier frame, as its stage stands aside, is looked at once: on the frame nearest to it.
        fresh, self._looked_at = found_at > self._looked_at, found_at
        rows = memory.wanted(ids, self._promise(faces), now_s, self.config.most) if fresh else []
        if rows:
            vectors, quality = self._looked(packet.frame.image, faces, rows)
            memory.learn([ids[row] for row in rows], vectors, quality, now_s)
        memory.settle(ids)
        memory.forget(now_s)
        self._note(packet, faces, ids)
        self._gallery.write(now_s, memory.strangers if self.config.strangers else ())
        return self._told(faces, ids)

    def teach(self, track: int, name: str) -> None:
        """Remember the face of a track as a person's, by the best views that were seen of it; from any thread.

        Where the track has another name, the views are also remembered as not that person's.

        Raises:
            ConfigError: nobody looked at the face well enough, there is no gallery, or the name cannot be one.
        """
        person = self._memory.people.get(track)
        vectors, qualities = (list(person.views.vectors), list(person.views.qualities)) if person else ([], [])
        views = list(zip(vectors, qualities, strict=False))[:TAUGHT]
        if person is None or not views:
            raise ConfigError("identify: this face was not seen well enough yet; wait until it is nearer or turns here")
        self._gallery.teach(name, [picture_of(vector, good) for vector, good in views], person.name)

    def close(self) -> None:
        """Write what is left, and let go of the networks."""
        self._gallery.write(self._now_s, self._memory.strangers if self.config.strangers else (), now=True)
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

    def _note(self, packet: Packet, faces: Faces, ids: list[int]) -> None:
        """Tell the gallery's log who was given a name on this frame."""
        named, self._memory.named = self._memory.named, []
        if not self.config.log:
            return
        for number, person in named:
            crop = None
            if self.config.log_crops and number in ids:
                crop = _crop(packet.frame.image, faces.xyxy[ids.index(number)])
            naming = Naming(
                person.name, packet.frame.source, number, round(packet.frame.media_s, 3), person.candidates, crop
            )
            self._gallery.note(naming)


def _crop(image: np.ndarray, xyxy: np.ndarray) -> bytes | None:
    """A face as JPEG; None where it lies outside."""
    height, width = image.shape[:2]
    left, top, right, bottom = np.clip(xyxy, 0, [width, height, width, height]).astype(int).tolist()
    if right <= left or bottom <= top:
        return None
    part, longer = image[top:bottom, left:right], max(right - left, bottom - top)
    if longer > CROP_PX:
        size = max(1, (right - left) * CROP_PX // longer), max(1, (bottom - top) * CROP_PX // longer)
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
