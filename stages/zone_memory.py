"""What is remembered of each track between frames: a row of a table, so that all tracks are judged at once."""

import numpy as np

TAIL = 16
"""Points that are kept of a track's way."""


class ZoneMemory:
    """Rows for tracks; a row is used again when its track has gone.

    Args:
        areas: how many.
        lines: how many.
        tail_every_s: media seconds between two points of a tail.
    """

    def __init__(self, areas: int, lines: int, tail_every_s: float) -> None:
        self._every_s = tail_every_s
        self._row_of: dict[int, int] = {}
        self._free: list[int] = []
        self.table = np.zeros(
            0,
            [
                ("used", np.bool_),
                ("id", np.int64),
                ("class_id", np.int64),
                ("score", np.float64),
                ("xyxy", np.float64, (4,)),
                ("first_s", np.float64),
                ("seen_s", np.float64),
                ("at", np.float64, (2,)),
                ("far", np.float64, (lines,)),  # from each line, when it was last seen
                ("side", np.int8, (lines,)),  # -1 left, 1 right: the side it counts as being on
                ("need", np.float64, (lines,)),  # how far over a line it has to be to count as across
                ("odd", np.bool_, (lines,)),  # through the line between its ends an odd number of times
                ("met_s", np.float64, (lines,)),
                ("inside", np.bool_, (areas,)),
                ("outside", np.bool_, (areas,)),  # it was there once
                ("since_s", np.float64, (areas,)),
                ("dwelt", np.bool_, (areas,)),
                ("tail", np.float64, (TAIL, 3)),
                ("tail_next", np.int64),  # points put into the tail so far
            ],
        )

    def rows(self, ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """The row of each track, made where it is new: `(T,) int64`, and `(T,) bool` which are new."""
        rows = np.array([self._row_of.get(number, -1) for number in ids], np.int64)
        new = rows < 0
        for place in np.flatnonzero(new).tolist():
            if not self._free:
                self._grow()
            row = self._row_of[ids[place]] = self._free.pop()
            self.table[row] = np.zeros(1, self.table.dtype)[0]
            self.table["used"][row], self.table["id"][row] = True, ids[place]
            rows[place] = row
        return rows, new

    def _grow(self) -> None:
        size, more = len(self.table), max(64, len(self.table))
        self.table = np.concatenate([self.table, np.zeros(more, self.table.dtype)])
        self._free += range(size + more - 1, size - 1, -1)

    def unseen(self, before_s: float) -> list[int]:
        """Rows of tracks that were last seen before then."""
        rows: list[int] = np.flatnonzero(self.table["used"] & (self.table["seen_s"] < before_s)).tolist()
        return rows

    def forget(self, row: int) -> None:
        """Give a row back."""
        del self._row_of[int(self.table["id"][row])]
        self.table["used"][row] = False
        self.table["inside"][row] = False
        self._free.append(row)

    def remember_way(self, rows: np.ndarray, now_s: float, at: np.ndarray) -> None:
        """Add where the tracks are, `(T, 2)`, to their tails, if the newest point is old enough."""
        count, tail = self.table["tail_next"], self.table["tail"]
        newest_s = tail[rows, (count[rows] - 1) % TAIL, 0]
        due = (count[rows] == 0) | (now_s - newest_s >= self._every_s - 1e-6)
        rows = rows[due]
        place = count[rows] % TAIL
        tail[rows, place, 0] = now_s
        tail[rows, place, 1:] = at[due]
        count[rows] += 1

    def way(self, row: int) -> tuple[tuple[float, float, float], ...]:
        """The tail of one track, oldest first: media time, x, y."""
        points = int(self.table["tail_next"][row])
        order = np.arange(max(0, points - TAIL), points) % TAIL
        return tuple((when, x, y) for when, x, y in self.table["tail"][row, order].tolist())

    def oldest(self, rows: np.ndarray) -> np.ndarray:
        """The oldest point of each tail: `(T, 3) float64`."""
        count = self.table["tail_next"][rows]
        points: np.ndarray = self.table["tail"][rows, np.where(count > TAIL, count % TAIL, 0)]
        return points
