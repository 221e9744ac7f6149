"""Areas and lines: who is inside and for how long, who came and went, who crossed which way, how fast.

A track is one point of its box. It crosses a line when it has come from one side of it to the other, farther than the
hysteresis, and its way went through the line between the line's ends; so a point that trembles on the line counts not
at all, one that jumps over it between two frames counts once, and one that walks around its end does not count. It is
inside an area when it is farther than the hysteresis behind the edge, and outside when it is as far before it.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from pipeline.errors import ConfigError
from pipeline.results.zones import Move, MoveKind, Zones
from pipeline.stage import StageConfig
from pipeline.types import Frame, Packet, Tracks
from stages.heat_picture import write_heat
from stages.zone_memory import TAIL, ZoneMemory
from stages.zone_settings import ZonesConfig, in_pixels
from vision.zones import (
    anchors,
    edge_distance,
    edges_of,
    ground_map,
    inside,
    on_ground,
    passes,
    polygon_area,
    rays,
    side_distance,
)

SPEED_OVER_S = 1.0
"""Media time that a speed is measured over, once a track is as old."""
SPEED_FROM_S = 0.4
"""Younger tracks have no speed yet."""
HEAT_COLUMNS = 96
"""Cells of the heat map across the picture."""
LONGEST_STEP_S = 1.0
"""Longest time between two frames that the heat map counts: more is a gap, not a stay."""
RECENT = 100
"""Moves that are given again with later frames."""
ROUNDING_S = 1e-6


class ZoneCounter:
    """Judges every track of a frame against every area and line at once."""

    Config: ClassVar[type[StageConfig]] = ZonesConfig
    gives: ClassVar[type] = Zones
    in_order: ClassVar[bool] = True

    @staticmethod
    def sees(config: ZonesConfig) -> bool:
        """Whether it looks at the picture: a heat map is drawn on the first one."""
        return config.heat

    def __init__(self, config: ZonesConfig) -> None:
        self.config = config
        areas, lines = len(config.areas), len(config.lines)
        self._names = (*config.areas, *config.lines)
        self._dwell_s = np.array([area.dwell_s for area in config.areas.values()])  # (Z,)
        self._words = tuple(line.directions for line in config.lines.values())
        self._memory = ZoneMemory(areas, lines, SPEED_OVER_S / (TAIL - 1))
        self._now_s = 0.0
        self._size = (0, 0)
        self._labels: tuple[str, ...] = ()
        self._allowed = np.zeros((0, areas + lines), np.bool_)
        self._entered, self._left = np.zeros(areas, np.int64), np.zeros(areas, np.int64)
        self._crossed = np.zeros((lines, 2), np.int64)
        self._classes: tuple[Mapping[str, int], ...] = ({},) * areas
        self._crossed_classes: tuple[Mapping[str, tuple[int, int]], ...] = ({},) * lines
        self._heat: np.ndarray | None = None
        self._first: Frame | None = None
        self._frame = self._told = 0
        self._recent: tuple[Move, ...] = ()

    def process(self, packet: Packet) -> Zones:
        """How areas and lines stand after this frame.

        Raises:
            ConfigError: an area or line in pixels is outside the picture.
        """
        frame, config = packet.frame, self.config
        tracks = packet.find(config.on, Tracks) or Tracks.none(self._labels)
        if frame.size != self._size:
            self._fit(frame.size)
        if tracks.boxes.names != self._labels or len(self._allowed) == 0:
            self._allow(tracks.boxes.names)
        step_s, self._now_s, self._frame = frame.media_s - self._now_s, frame.media_s, frame.index

        rows, new = self._memory.rows(tracks.id.tolist())
        table = self._memory.table
        at = anchors(tracks.boxes.xyxy, config.anchor).clip(0, self._most)  # (T, 2)
        if new.any():
            self._begin(rows[new], tracks.boxes.class_id[new], at[new])
        class_id = table["class_id"][rows]
        wanted = self._allowed[np.where(class_id < len(self._labels), class_id, len(self._labels))]  # (T, Z + L)
        old = self._now_s - table["first_s"][rows] >= config.min_age_s - ROUNDING_S  # (T,)
        table["score"][rows], table["xyxy"][rows] = tracks.boxes.score, tracks.boxes.xyxy
        self._memory.remember_way(rows, self._now_s, at)

        areas = len(config.areas)
        moves = self._cross(rows, at, old, wanted[:, areas:]) if config.lines else []
        table["at"][rows], table["seen_s"][rows] = at, self._now_s
        if config.areas:
            moves += self._stay(rows, at, old, wanted[:, :areas])
        moves += self._forget()
        if self._first is None and config.heat_folder is not None:
            self._first = frame
        if self._heat is not None and 0 < step_s <= LONGEST_STEP_S:
            self._warm(at, step_s)
        if moves:
            self._told += len(moves)
            self._recent = (*self._recent, *moves)[-RECENT:]
        return self._given(tracks.id, rows, moves)

    def close(self) -> None:
        """Write the heat map, where one is wanted and there is something on it."""
        first, self._first = self._first, None
        if first is not None and self.config.heat_folder is not None and self._heat is not None and self._heat.any():
            write_heat(self.config.heat_folder, first, self._heat)

    # --- lines --------------------------------------------------------------------------------------------------------

    def _cross(self, rows: np.ndarray, at: np.ndarray, old: np.ndarray, wanted: np.ndarray) -> list[Move]:
        """Follow every way across every line, and tell those that have come to the other side."""
        table = self._memory.table
        before, far_before = table["at"][rows], table["far"][rows]
        far = side_distance(at, self._ends)  # (T, L)
        through, share = passes(before, at, self._ends, far_before, far)
        table["far"][rows] = far
        odd, side, need = table["odd"][rows] ^ through, table["side"][rows], table["need"][rows]
        if through.any():
            seen_s = table["seen_s"][rows, None]
            table["met_s"][rows] = np.where(through, seen_s + share * (self._now_s - seen_s), table["met_s"][rows])
        now = np.where(far < 0, -1, 1)
        across = (now != side) & (np.abs(far) > need) & old[:, None]
        back = (now == side) & (np.abs(far) > self._margin)  # it never got across: what it did on the line is over
        told = np.argwhere(across & odd & wanted)
        table["side"][rows] = np.where(across, now, side)
        table["need"][rows] = np.where(across | back, self._margin, need)
        table["odd"][rows] = odd & ~across & ~back
        return [self._crossing(int(rows[row]), int(line), int(now[row, line] < 0)) for row, line in told]

    def _crossing(self, row: int, line: int, direction: int) -> Move:
        self._crossed[line, direction] += 1
        name = self._class_name(row)
        counts = [*self._crossed_classes[line].get(name, (0, 0))]
        counts[direction] += 1
        changed = {**self._crossed_classes[line], name: (counts[0], counts[1])}
        self._crossed_classes = (*self._crossed_classes[:line], changed, *self._crossed_classes[line + 1 :])
        at_s = float(self._memory.table["met_s"][row, line])
        return self._move("crossed", row, len(self.config.areas) + line, self._words[line][direction], at_s=at_s)

    # --- areas --------------------------------------------------------------------------------------------------------

    def _stay(self, rows: np.ndarray, at: np.ndarray, old: np.ndarray, wanted: np.ndarray) -> list[Move]:
        """Tell who came into an area, who left it, and who is in it for long."""
        table, moves = self._memory.table, []
        was = table["inside"][rows]  # (T, Z)
        within = inside(at, self._rays)  # (T, Z)
        table["outside"][rows] |= ~within
        differs = (within != was) & old[:, None] & wanted
        if differs.any():
            track, area = np.nonzero(differs)
            far = edge_distance(at[track], self._edges[area], self._inner[area])
            for row, place in zip(rows[track[far > self._depth[area]]], area[far > self._depth[area]], strict=True):
                moves.append(self._turn(int(row), int(place)))
        stay_s = self._now_s - table["since_s"][rows]
        dwells = table["inside"][rows] & ~table["dwelt"][rows] & (stay_s >= self._dwell_s - ROUNDING_S)
        for track, area in np.argwhere(dwells):
            row = int(rows[track])
            table["dwelt"][row, area] = True
            since_s = float(table["since_s"][row, area])
            moves.append(self._move("dwelt", row, int(area), seconds=self._now_s - since_s, at_s=since_s))
        return moves

    def _turn(self, row: int, area: int, *, edge: bool = True) -> Move:
        """A track comes into an area, or leaves it."""
        table = self._memory.table
        comes = not table["inside"][row, area]
        table["inside"][row, area] = comes
        self._recount(area)
        if comes:
            self._entered[area] += 1
            over_edge = bool(table["outside"][row, area])
            table["since_s"][row, area] = self._now_s if over_edge else table["first_s"][row]
            table["dwelt"][row, area] = False
            return self._move("entered", row, area, at_s=float(table["since_s"][row, area]), edge=over_edge)
        self._left[area] += 1
        table["dwelt"][row, area] = False
        since_s = float(table["since_s"][row, area])
        until_s = float(table["seen_s"][row])
        return self._move("left", row, area, seconds=until_s - since_s, at_s=until_s, edge=edge)

    def _recount(self, area: int) -> None:
        """Count the classes in one area again."""
        table = self._memory.table
        rows = np.flatnonzero(table["inside"][:, area])
        counts: dict[str, int] = {}
        for row in rows.tolist():
            name = self._class_name(row)
            counts[name] = counts.get(name, 0) + 1
        self._classes = (*self._classes[:area], counts, *self._classes[area + 1 :])

    def _forget(self) -> list[Move]:
        """Let go of tracks that were not seen for long; those inside an area leave it."""
        moves: list[Move] = []
        for row in self._memory.unseen(self._now_s - self.config.keep_s - ROUNDING_S):
            areas = np.flatnonzero(self._memory.table["inside"][row]).tolist()
            moves += [self._turn(row, area, edge=False) for area in areas]
            self._memory.forget(row)
        return moves

    # --- the rest -----------------------------------------------------------------------------------------------------

    def _begin(self, rows: np.ndarray, class_id: np.ndarray, at: np.ndarray) -> None:
        """Fill the rows of tracks that are seen for the first time.

        One that begins within the hysteresis of a line has to go as far as one that comes through all of it.
        """
        table = self._memory.table
        table["class_id"][rows], table["at"][rows] = class_id, at
        table["first_s"][rows] = table["seen_s"][rows] = self._now_s
        far = side_distance(at, self._ends)
        table["far"][rows], table["side"][rows] = far, np.where(far < 0, -1, 1)
        table["need"][rows] = np.maximum(self._margin, 2 * self._margin - np.abs(far))

    def _move(
        self,
        kind: MoveKind,
        row: int,
        place: int,
        direction: str = "",
        *,
        seconds: float = 0.0,
        at_s: float = 0.0,
        edge: bool = True,
    ) -> Move:
        table = self._memory.table
        speed = float(self._speeds(np.array([row]))[0]) if self._ground is not None else float("nan")
        left, top, right, bottom = table["xyxy"][row].tolist()
        return Move(
            kind,
            self._names[place],
            int(table["id"][row]),
            self._class_name(row),
            float(table["score"][row]),
            (left, top, right, bottom),
            direction,
            seconds,
            at_s,
            edge,
            speed if np.isfinite(speed) else None,
            self._memory.way(row),
            self._frame,
        )

    def _class_name(self, row: int) -> str:
        class_id = int(self._memory.table["class_id"][row])
        return self._labels[class_id] if 0 <= class_id < len(self._labels) else str(class_id)

    def _speeds(self, rows: np.ndarray) -> np.ndarray:
        """Metres a second of each track, NaN where it is too young: `(T,) float64`."""
        if self._ground is None or not len(rows):
            return np.full(len(rows), np.nan)
        oldest, table = self._memory.oldest(rows), self._memory.table
        seconds = table["seen_s"][rows] - oldest[:, 0]
        way = on_ground(table["at"][rows], self._ground) - on_ground(oldest[:, 1:], self._ground)
        speeds: np.ndarray = np.hypot(way[:, 0], way[:, 1]) / np.maximum(seconds, SPEED_FROM_S)
        speeds[(seconds < SPEED_FROM_S) | ~np.isfinite(speeds)] = np.nan
        return speeds

    def _warm(self, at: np.ndarray, step_s: float) -> None:
        assert self._heat is not None
        height, width = self._heat.shape
        cells = (at / self._most * (width, height)).astype(np.int64).clip(0, (width - 1, height - 1))  # (T, 2)
        self._heat = self._heat.copy()  # the one before is in earlier packets
        np.add.at(self._heat, (cells[:, 1], cells[:, 0]), step_s)

    def _given(self, ids: np.ndarray, rows: np.ndarray, moves: list[Move]) -> Zones:
        table = self._memory.table
        now = table["inside"][rows]  # (T, Z)
        return Zones(
            areas=tuple(self.config.areas),
            polygons=self._corners,
            count=self._entered - self._left,
            entered=self._entered.copy(),
            left=self._left.copy(),
            loitering=(table["inside"] & table["dwelt"]).sum(0),
            classes=self._classes,
            lines=tuple(self.config.lines),
            ends=self._ends,
            directions=self._words,
            crossed=self._crossed.copy(),
            crossed_classes=self._crossed_classes,
            track_id=ids,
            dwell_s=np.where(now, self._now_s - table["since_s"][rows], -1.0),
            speed_m_s=self._speeds(rows),
            moves=tuple(moves),
            told=self._told,
            recent=self._recent,
            heat=self._heat,
            gates=self.config.gates,
        )

    def _fit(self, size: tuple[int, int]) -> None:
        """Take everything to pixels of a picture of `(width, height)`."""
        config, units = self.config, self.config.units
        self._size = size
        self._most = np.array(size, np.float64) - 0.01  # a box that ends at the picture's edge is still in it
        self._corners = tuple(in_pixels(area.polygon, units, size) for area in config.areas.values())
        ends = [in_pixels(line.points, units, size) for line in config.lines.values()]
        for name, points in zip(self._names, (*self._corners, *ends), strict=True):
            if (points > size).any():
                raise ConfigError(
                    f"'{name}' reaches outside the picture, which has {size[0]} x {size[1]} pixels;"
                    " mend its points, or set units: fraction"
                )
        self._ends = np.array(ends, np.float64).reshape(-1, 2, 2)
        self._ends.setflags(write=False)
        self._edges = edges_of(list(self._corners))  # (Z, V, 2, 2)
        self._rays = rays(self._edges)
        begin, end = self._edges[:, :, 0], self._edges[:, :, 1]  # (Z, V, 2)
        on_frame = (begin == end) & ((begin == 0) | (begin == size))
        self._inner = ~on_frame.any(2)  # (Z, V): nobody can be seen beyond an edge along the picture's own
        self._margin = config.hysteresis * float(np.hypot(*size))
        around = np.hypot(*np.moveaxis(end - begin, 2, 0)).sum(1)  # (Z,)
        thick = np.array([polygon_area(corners) for corners in self._corners]) / np.maximum(around, 1e-9)
        self._depth = np.minimum(self._margin, thick / 2)  # a narrow area can be entered, too
        if config.heat:
            self._heat = np.zeros((max(1, round(HEAT_COLUMNS * size[1] / size[0])), HEAT_COLUMNS), np.float32)
        self._ground: np.ndarray | None = None
        if config.ground is not None:
            self._ground = ground_map(
                in_pixels(config.ground.picture, units, size), np.array(config.ground.metres, np.float64)
            )

    def _allow(self, labels: tuple[str, ...]) -> None:
        """Which class counts where: `(classes and one for those without a name, Z + L) bool`."""
        self._labels = labels
        wanted = [area.classes for area in self.config.areas.values()]
        wanted += [line.classes for line in self.config.lines.values()]
        allowed = [[not classes or label in classes for classes in wanted] for label in (*labels, "")]
        self._allowed = np.array(allowed, np.bool_).reshape(len(labels) + 1, len(wanted))
