"""Faces, each with six points, followed from frame to frame."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from models.backend import Device, Runtime
from models.face_finder import FaceFinder, Square, tiles
from models.resolve import NamesModel
from pipeline.changes import Changeable
from pipeline.results.faces import Faces
from pipeline.stage import Reads, StageConfig
from pipeline.types import Packet, Tracks
from stages.face_follow import FaceFollower, heads, owners

FAINT = 0.7
"""A face that is followed is kept down to this part of `min_score`: a head that turns away fades, and comes back."""


class FacesConfig(StageConfig):
    """Which network, where it looks, and what counts."""

    model: Annotated[
        str,
        NamesModel(),
        Field(description="name on the shelf: face-blazeface-full, -short (nearer, quicker), face-yunet; or a spec"),
    ] = "face-blazeface-full"
    runtime: Annotated[Runtime, Field(description="what runs it; auto: the first that is installed")] = "auto"
    device: Annotated[Device, Field(description="where it runs; auto: a GPU where there is one for it")] = "auto"
    threads: Annotated[int, Field(ge=1, le=64, description="threads of one inference")] = 1
    min_score: Annotated[
        float, Changeable(), Field(gt=0, lt=1, description="score that a new face needs, above 0 to below 1")
    ] = 0.5
    max_iou: Annotated[
        float, Changeable(), Field(ge=0, le=1, description="overlap from which two finds are one face, 0 to 1")
    ] = 0.3
    inside: Annotated[
        str,
        Reads(Tracks, optional=True),
        Field(
            description="name of an earlier stage that follows people: faces are looked for at their heads alone, so"
            " small ones are found, and have the people's ids. Empty: in the whole picture"
        ),
    ] = ""
    tiles: Annotated[
        int,
        Field(
            ge=0,
            le=8,
            description="squares along the longer side that are looked at as well as the whole, for faces in the"
            " distance; each costs what the whole does. 0: none",
        ),
    ] = 0
    min_size_px: Annotated[float, Changeable(), Field(ge=0, description="side below which a face does not count")] = 0.0
    max_faces: Annotated[int, Changeable(), Field(ge=1, le=400, description="most faces of a frame, the best")] = 50
    lost_s: Annotated[
        float, Field(gt=0, le=60, description="seconds of the recording for which a face not seen keeps its id")
    ] = 1.5


class FaceStage:
    """Finds and follows faces."""

    Config: ClassVar[type[StageConfig]] = FacesConfig
    gives: ClassVar[type] = Faces
    in_order: ClassVar[bool] = True

    def __init__(self, config: FacesConfig) -> None:
        """Raises ModelError where the network is missing, damaged, or finds no faces."""
        self.config = config
        self._finder = FaceFinder(config.model, None, config.runtime, config.threads, config.device)
        self._follow = FaceFollower(config.min_score, config.min_score * FAINT, config.lost_s)

    def process(self, packet: Packet) -> Faces:
        """The faces of the frame, best first; none is an answer too."""
        config, frame = self.config, packet.frame
        people = packet.find(config.inside, Tracks) if config.inside else None
        squares: list[Square] = tiles(frame.size, config.tiles)
        if people is not None:
            squares += heads(people)
        whole = not config.inside
        found = self._finder(frame.image, config.min_score * FAINT, config.max_iou, squares, whole)
        sides = (found.xyxy[:, 2:] - found.xyxy[:, :2]).max(axis=1, initial=0)  # (N,)
        found = found.rows((sides > 0) & (sides >= config.min_size_px))
        ids = owners(found.xyxy, people) if people is not None else self._follow(packet, found)
        # A faint one counts where it is somebody's whom the tracker knows.
        keep = np.flatnonzero((found.score >= config.min_score) | ((ids > 0) & (people is None)))[: config.max_faces]
        found = found.rows(keep)
        return Faces(found.xyxy, found.score, found.points, ids[keep])

    def close(self) -> None:
        """Let go of the network."""
        self._finder.close()
