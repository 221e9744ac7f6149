"""Makes faces unrecognisable in the picture itself: what comes after it, sinks and page, never has a clear one."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pipeline.changes import Changeable
from pipeline.results.faces import Faces, Identities
from pipeline.stage import Reads, StageConfig
from pipeline.types import Frame, Packet, Tracks
from stages.face_follow import heads
from vision.boxes import iou
from vision.cover import CELLS, colours_of, cover

SAME = 0.2
"""Overlap from which a face without a track is the one that was held there."""
GREY = np.full((CELLS, CELLS, 3), 110, np.uint8)
"""Colours over a head whose face was not found."""
BLANK = 90
"""Grey level of a picture of which nobody says where faces are: that stage was switched off, or is late."""
ROUNDING_S = 1e-6
MOST_GROWN = 1.6
"""How much larger than when it was last seen a held box may get."""
MOST_WENT = 0.6
"""How far, in sides of it, a face that is lost is thought to go on: found boxes tremble, and a speed made of that."""
SMOOTH = 0.25
"""Weight of the newest step in the speed."""


class RedactConfig(StageConfig):
    """Whose faces are covered, and for how long after they were last seen."""

    on: Annotated[str, Reads(Identities, Faces), Field(description="stage whose faces are covered")] = "auto"
    blur: Annotated[
        Literal["all", "unknown", "none"],
        Field(description="all; those without a name (also not yet); or none"),
    ] = "all"
    people: Annotated[
        str,
        Reads(Tracks, optional=True),
        Field(description="stage that follows people: their heads are covered too, found or not. Empty: faces alone"),
    ] = ""
    margin: Annotated[
        float, Changeable(), Field(ge=0, le=2, description="how much larger than the face the cover is, share of it")
    ] = 0.15
    hold_s: Annotated[
        float,
        Changeable(),
        Field(ge=0, le=30, description="seconds of the recording for which a face that is lost stays covered"),
    ] = 1.0
    grow: Annotated[
        float, Changeable(), Field(ge=0, le=10, description="how fast that cover grows, share of the face a second")
    ] = 0.8

    @model_validator(mode="after")
    def _sees_every_frame(self) -> "RedactConfig":
        if self.every != 1 or self.when or self.aside:
            raise ValueError(
                "redact has to see every frame, or clear faces pass by it: leave out every, when and aside"
                " (the stage that finds faces may have them)"
            )
        return self


@dataclass
class Held:
    """A face that is covered."""

    xyxy: np.ndarray
    """`(4,) float32` where it was last seen, pixels."""
    colours: np.ndarray
    seen_s: float
    speed: np.ndarray
    """`(2,) float32` pixels a second."""
    clear: bool = False
    """It may be seen: its person is known."""

    def box(self, now_s: float, margin: float, grow: float) -> np.ndarray:
        """What has to be covered: the face, where it may have gone since, and room about it."""
        lost_s = max(0.0, now_s - self.seen_s)
        side = float(max(self.xyxy[2] - self.xyxy[0], self.xyxy[3] - self.xyxy[1]))
        went = np.clip(self.speed * lost_s, -MOST_WENT * side, MOST_WENT * side)
        box = np.concatenate([self.xyxy[:2] + np.minimum(went, 0), self.xyxy[2:] + np.maximum(went, 0)])
        room = side / 2 * (margin + min(grow * lost_s, MOST_GROWN - 1))
        return np.asarray(box + np.array([-room, -room, room, room], np.float32), np.float32)


class Redactor:
    """Covers faces, and where they were a moment ago."""

    Config: ClassVar[type[StageConfig]] = RedactConfig
    gives: ClassVar[type] = Frame
    in_order: ClassVar[bool] = True

    def __init__(self, config: RedactConfig) -> None:
        self.config = config
        self._held: dict[int, Held] = {}
        self._nameless = -1
        self._told_s: float | None = None
        """When it was last said which faces there are; None: not yet."""

    def process(self, packet: Packet) -> Frame | None:
        """The frame with faces covered; None, for nothing to change, where none is in it.

        Where it was not said for longer than `hold_s` which faces there are, all of the picture is covered.
        """
        config, frame = self.config, packet.frame
        if config.blur == "none":
            return None
        now_s = frame.media_s
        self._look(packet, now_s)
        if self._told_s is None or abs(now_s - self._told_s) > config.hold_s + ROUNDING_S:
            return replace(frame, image=np.full_like(frame.image, BLANK))
        boxes = [
            (held.box(now_s, config.margin, config.grow), held.colours)
            for held in self._held.values()
            if not held.clear
        ]
        boxes += self._heads(packet)
        if not boxes:
            return None
        image = frame.image.copy()
        for box, colours in boxes:
            cover(image, box, colours)
        return replace(frame, image=image)

    def _look(self, packet: Packet, now_s: float) -> None:
        """Take in the faces of the frame, and let go of those lost for long."""
        found = packet.find(self.config.on, object)
        seen_s = packet.moment(self.config.on).media_s
        if isinstance(found, Identities):
            faces, names = found.faces, found.name
        elif isinstance(found, Faces):
            faces, names = found, (None,) * len(found)
        else:
            faces, names = Faces.none(), ()
        if found is not None:
            self._told_s = seen_s
        for row, number in enumerate(faces.track_id.tolist()):
            box = faces.xyxy[row]
            key = number or self._nameless_key(box)
            self._see(key, box, packet.frame.image, min(seen_s, now_s))
            self._held[key].clear = self.config.blur == "unknown" and names[row] is not None
        for key, held in list(self._held.items()):
            # A clock that went back: what was held is of another time.
            if not -1.0 <= now_s - held.seen_s <= self.config.hold_s:
                del self._held[key]

    def _see(self, key: int, box: np.ndarray, image: np.ndarray, seen_s: float) -> None:
        held = self._held.get(key)
        if held is None:
            self._held[key] = Held(box, colours_of(image, box), seen_s, np.zeros(2, np.float32))
            return
        since = seen_s - held.seen_s
        if since > 0:
            moved = (box[:2] + box[2:] - held.xyxy[:2] - held.xyxy[2:]) / 2 / since
            held.speed = np.asarray((1 - SMOOTH) * held.speed + SMOOTH * moved, np.float32)
            held.seen_s = seen_s
        held.xyxy = box

    def _nameless_key(self, box: np.ndarray) -> int:
        """The key of a face that is not followed: of the one held there, or a new one below 0."""
        there = [key for key in self._held if key < 0]
        if there:
            overlap = iou(box[None], np.stack([self._held[key].xyxy for key in there]))[0]
            if overlap.max() > SAME:
                return there[int(overlap.argmax())]
        self._nameless -= 1
        return self._nameless

    def _heads(self, packet: Packet) -> list[tuple[np.ndarray, np.ndarray]]:
        """Where heads of people are who are followed, whether their faces were found or not."""
        people = packet.find(self.config.people, Tracks) if self.config.people else None
        if people is None:
            return []
        clear = {key for key, held in self._held.items() if held.clear}
        rows = []
        for number, (left, top, side) in zip(people.id.tolist(), heads(people), strict=True):
            if number not in clear:
                inner = side * 0.15  # the square that faces are looked for in has room about the head
                box = np.array([left + inner, top + inner / 2, left + side - inner, top + side - inner], np.float32)
                rows.append((box, GREY))
        return rows
