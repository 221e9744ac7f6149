"""What areas and lines say of one frame: who is inside, who came and went, who crossed, how fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from pipeline.types import frozen_array

MoveKind = Literal["entered", "left", "crossed", "dwelt"]


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One thing that a track did with an area or a line on this frame; each is told once."""

    kind: MoveKind
    zone: str
    """Name of the area or line."""
    track_id: int
    class_name: str
    score: float
    xyxy: tuple[float, float, float, float]
    """Box of the object in pixels of the frame; the last one seen where the track is gone."""
    direction: str = ""
    """Of a crossing: the line's word for it."""
    seconds: float = 0.0
    """Inside, so far: for `left` and `dwelt`."""
    at_s: float = 0.0
    """Media time at which the way met the line or the area began to count; the frame it is told on may be later."""
    edge: bool = True
    """Over the edge of the area; False where the track began or ended inside."""
    speed_m_s: float | None = None
    tail: tuple[tuple[float, float, float], ...] = ()
    """Where the track was before, oldest first: media time in seconds, x and y in pixels of the frame."""
    frame: int = 0
    """It is told on."""


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Areas and lines, as they stand after this frame. Counts are of the whole run."""

    key: ClassVar[str] = "zones"

    areas: tuple[str, ...]
    polygons: tuple[np.ndarray, ...]
    """`(V, 2) float64` each, pixels of the frame."""
    count: np.ndarray
    """`(Z,) int64`, tracks that are inside now."""
    entered: np.ndarray
    """`(Z,) int64`; `count` is always `entered - left`."""
    left: np.ndarray
    """`(Z,) int64`."""
    loitering: np.ndarray
    """`(Z,) int64`, tracks that are inside for longer than the area's `dwell_s`."""
    classes: tuple[Mapping[str, int], ...]
    """For each area how many of each class are inside now."""
    lines: tuple[str, ...]
    ends: np.ndarray
    """`(L, 2, 2) float64`, pixels of the frame."""
    directions: tuple[tuple[str, str], ...]
    """For each line the words for crossing from its left to its right, and back."""
    crossed: np.ndarray
    """`(L, 2) int64`, in the order of `directions`."""
    crossed_classes: tuple[Mapping[str, tuple[int, int]], ...]
    """For each line how often each class crossed, in the order of `directions`."""
    track_id: np.ndarray
    """`(T,) int64`, the tracks of this frame."""
    dwell_s: np.ndarray
    """`(T, Z) float64`, seconds each is inside for; -1 where it is not."""
    speed_m_s: np.ndarray
    """`(T,) float64`; NaN where it is not known."""
    moves: tuple[Move, ...] = ()
    told: int = 0
    """How many moves the run has told up to and including this frame."""
    recent: tuple[Move, ...] = ()
    """The newest of them, oldest first: a live source drops packets, and the one with a move may be among them."""
    heat: np.ndarray | None = None
    """`(h, w) float32`, seconds that anchors stood in each cell of a grid over the picture; None where not wanted."""
    gates: tuple[str, ...] = ()
    """The areas that `active` looks at; empty: all."""

    def __post_init__(self) -> None:
        areas, lines, tracks = len(self.areas), len(self.lines), len(self.track_id)
        for name in ("count", "entered", "left", "loitering"):
            frozen_array(name, getattr(self, name), (areas,), np.int64)
        frozen_array("ends", self.ends, (lines, 2, 2), np.float64)
        frozen_array("crossed", self.crossed, (lines, 2), np.int64)
        frozen_array("track_id", self.track_id, (tracks,), np.int64)
        frozen_array("dwell_s", self.dwell_s, (tracks, areas), np.float64)
        frozen_array("speed_m_s", self.speed_m_s, (tracks,), np.float64)

    @property
    def active(self) -> bool:
        """Whether somebody is in one of the areas that gate: what `when:` asks."""
        if not self.gates:
            return bool(self.count.any())
        return any(count for name, count in zip(self.areas, self.count.tolist(), strict=True) if name in self.gates)

    def since(self, told: int) -> tuple[Move, ...]:
        """What a reader that has had the first `told` moves of the run has not had yet."""
        missing = min(self.told - told, len(self.recent))
        return self.recent[-missing:] if missing > 0 else ()

    def rows(self) -> list[dict[str, object]]:
        """A row for each area, then one for each line, then one for each speed that is known."""
        rows: list[dict[str, object]] = []
        columns = zip(
            self.areas,
            self.count.tolist(),
            self.entered.tolist(),
            self.left.tolist(),
            self.loitering.tolist(),
            self.classes,
            strict=True,
        )
        for place, (zone, count, entered, left, loitering, classes) in enumerate(columns):
            stays = self.dwell_s[:, place]
            tracks = [
                {"track_id": int(self.track_id[row]), "dwell_s": round(float(stays[row]), 3)}
                for row in np.flatnonzero(stays >= 0)
            ]
            rows.append(
                {
                    "zone": zone,
                    "kind": "area",
                    "count": count,
                    "entered": entered,
                    "left": left,
                    "loitering": loitering,
                    "classes": dict(classes),
                    "tracks": tracks,
                }
            )
        for zone, words, crossed, kinds in zip(
            self.lines, self.directions, self.crossed.tolist(), self.crossed_classes, strict=True
        ):
            each = {name: dict(zip(words, pair, strict=True)) for name, pair in kinds.items()}
            rows.append({"zone": zone, "kind": "line", **dict(zip(words, crossed, strict=True)), "classes": each})
        for row in np.flatnonzero(np.isfinite(self.speed_m_s)):
            speed = round(float(self.speed_m_s[row]), 3)
            rows.append({"zone": None, "kind": "speed", "track_id": int(self.track_id[row]), "speed_m_s": speed})
        return rows
