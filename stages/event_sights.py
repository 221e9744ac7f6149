"""What the stages of a packet say that an event can be made of: what lasts, what happened, how many there are."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.results.classes import UNKNOWN, Classes
from pipeline.results.events import Kind
from pipeline.results.faces import Identities
from pipeline.results.motion import Motion
from pipeline.results.texts import Texts
from pipeline.results.zones import Move, Zones
from pipeline.types import Packet, Tracks

LASTING: tuple[Kind, ...] = ("appeared", "entered", "dwelt", "motion")
"""Kinds with a beginning and an end; the others happen."""
GONE_S = 1.0
"""Media time after which a track that is not seen has left the picture; a tracker keeps it for as long by default."""

WORDS: tuple[Kind, ...] = ("recognised", "read", "classified")
"""Kinds that are told once for as long as they are seen."""

Key = tuple[str, str | None, Hashable]
"""Stage, area or line, and the track or word: what is the same thing when it is seen again."""


@dataclass(slots=True)
class Sight:
    """Something that a stage saw. Not frozen, which would take three times as long to make; nobody changes one."""

    stage: str
    zone: str | None = None
    track_id: int | None = None
    class_name: str | None = None
    score: float | None = None
    xyxy: tuple[float, float, float, float] | None = None
    value: Mapping[str, object] = field(default_factory=dict)
    tail: tuple[tuple[float, float, float], ...] = ()
    label: str | None = None
    """A name, a text, a class: what it is, where that makes it another thing."""
    began_s: float | None = None
    """Media time since which it lasts, where the stage knows."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """How many of each class, for counts."""

    @property
    def key(self) -> Key:
        """What is the same thing when it is seen again."""
        return self.stage, self.zone, self.track_id if self.label is None else (self.track_id, self.label)


@dataclass
class Sights:
    """What one packet holds."""

    present: dict[Kind, dict[Key, Sight]] = field(default_factory=dict)
    happened: dict[Kind, list[Sight]] = field(default_factory=dict)
    counts: dict[Key, Sight] = field(default_factory=dict)

    def happens(self, kind: Kind, sight: Sight) -> None:
        """Add something that happened."""
        self.happened.setdefault(kind, []).append(sight)


def look_at_words(stage: str, result: object, sights: Sights) -> None:
    """Names, texts and classes, which are there for as long as they are said."""
    if isinstance(result, Identities):
        kind: Kind = "recognised"
        found = _names(stage, result)
    elif isinstance(result, Texts):
        kind, found = "read", _texts(stage, result)
    elif isinstance(result, Classes):
        kind, found = "classified", _classes(stage, result)
    else:
        return
    sights.present.setdefault(kind, {}).update({sight.key: sight for sight in found})


def _names(stage: str, result: Identities) -> Iterator[Sight]:
    faces = result.faces
    for row, name in enumerate(result.name):
        if name is not None:
            value = {"name": name, "distance": round(float(result.distance[row]), 3)}
            track, score = int(faces.track_id[row]) or None, float(faces.score[row])
            yield Sight(stage, None, track, None, score, _box(faces.xyxy[row]), value, label=name)


def _texts(stage: str, result: Texts) -> Iterator[Sight]:
    for row, text in enumerate(result.text):
        box = _box(np.concatenate([result.quad[row].min(0), result.quad[row].max(0)]))
        track, score = int(result.id[row]), float(result.score[row])
        yield Sight(stage, None, None if track < 0 else track, None, score, box, {"text": text}, label=text)


def _classes(stage: str, result: Classes) -> Iterator[Sight]:
    for row in range(len(result)):
        label = result.label(row)
        if label != UNKNOWN:
            track, score = int(result.track_id[row]), float(result.score[row, 0])
            box, value = _box(result.xyxy[row]), {"label": label}
            yield Sight(stage, None, None if track < 0 else track, label, score, box, value, label=label)


def _box(xyxy: np.ndarray) -> tuple[float, float, float, float]:
    left, top, right, bottom = xyxy.tolist()
    return left, top, right, bottom


class Watcher:
    """Turns results into sights. It compares states where it can, since a live source drops packets."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._tracks: dict[Key, tuple[Sight, float, float]] = {}
        """Of each track that is in the picture: how it was seen last, since when, and when last."""
        self._stays: dict[Kind, dict[Key, Sight]] = {"entered": {}, "dwelt": {}}
        self._had: dict[str, int] = {}
        """Moves of each stage that were seen."""

    def look(self, packet: Packet) -> Sights:
        """What is to be seen in the next packet."""
        sights = Sights()
        self._now_s = packet.frame.media_s
        for stage, result in packet.results.items():
            if isinstance(result, Tracks):
                self._look_at_tracks(stage, result, sights)
            elif isinstance(result, Zones):
                self._look_at_zones(stage, result, sights)
            elif isinstance(result, Motion) and result.moving:
                sight = Sight(stage, xyxy=_box(result.xyxy[0]), value={"share": round(result.share, 4)})
                sights.present.setdefault("motion", {})[sight.key] = sight
            else:
                look_at_words(stage, result, sights)
        for kind, stays in self._stays.items():
            sights.present[kind] = stays
        return sights

    def _look_at_tracks(self, stage: str, tracks: Tracks, sights: Sights) -> None:
        boxes, present = tracks.boxes, sights.present.setdefault("appeared", {})
        names, counts = boxes.names, dict.fromkeys(boxes.names, 0)
        columns = zip(
            tracks.id.tolist(), boxes.class_id.tolist(), boxes.score.tolist(), boxes.xyxy.tolist(), strict=True
        )
        for number, class_id, score, (left, top, right, bottom) in columns:
            name = names[class_id] if 0 <= class_id < len(names) else str(class_id)
            sight = Sight(stage, None, number, name, score, (left, top, right, bottom))
            key = (stage, None, number)
            known = self._tracks.get(key)
            self._tracks[key] = (sight, self._now_s if known is None else known[1], self._now_s)
            present[key] = sight
            counts[name] = counts.get(name, 0) + 1
        sights.counts[stage, None, None] = Sight(stage, classes=counts)
        if len(self._tracks) > len(present):
            self._look_for_leavers(stage, sights)

    def _look_for_leavers(self, stage: str, sights: Sights) -> None:
        over = self._now_s - GONE_S
        gone = [key for key, (_, _, last_s) in self._tracks.items() if key[0] == stage and last_s <= over]
        for key in gone:
            sight, since_s, last_s = self._tracks.pop(key)
            seconds = round(last_s - since_s, 3)
            left = Sight(stage, None, sight.track_id, sight.class_name, sight.score, sight.xyxy, {"seconds": seconds})
            sights.happens("left", left)

    def _look_at_zones(self, stage: str, zones: Zones, sights: Sights) -> None:
        for move in zones.since(self._had.get(stage, 0)):
            self._take(stage, move, sights)
        self._had[stage] = zones.told
        for name, classes in zip(zones.areas, zones.classes, strict=True):
            sights.counts[stage, name, None] = Sight(stage, name, classes=classes)

    def _take(self, stage: str, move: Move, sights: Sights) -> None:
        key: Key = (stage, move.zone, move.track_id)
        if move.kind == "entered":
            self._stays["entered"][key] = _of_move(stage, move, {"edge": move.edge}, move.at_s)
        elif move.kind == "dwelt":
            self._stays["dwelt"][key] = _of_move(stage, move, {}, move.at_s)
        elif move.kind == "left":
            for stays in self._stays.values():
                stays.pop(key, None)
            value: dict[str, object] = {"seconds": round(move.seconds, 3), "edge": move.edge}
            sights.happens("left", _of_move(stage, move, value))
        else:
            value = {"direction": move.direction, "at_s": round(move.at_s, 3)}
            if move.speed_m_s is not None:
                value["speed_m_s"] = round(move.speed_m_s, 3)
            sights.happens("crossed", _of_move(stage, move, value))


def _of_move(stage: str, move: Move, value: Mapping[str, object], began_s: float | None = None) -> Sight:
    return Sight(
        stage,
        move.zone,
        move.track_id,
        move.class_name,
        move.score,
        move.xyxy,
        value,
        move.tail,
        began_s=began_s,
    )
