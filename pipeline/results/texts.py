"""Lines of text in a frame: where each is, what it says, how sure that is, and since when it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.types import Index, frozen_array


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Lines of text, a row each."""

    key: ClassVar[str] = "texts"

    quad: np.ndarray
    """`(N, 4, 2) float32`: corners in pixels of the frame, clockwise from the first letter's upper left as it is read:
    text that stands on its head begins at the lower right."""
    text: tuple[str, ...]
    """One line each, without line breaks."""
    score: np.ndarray
    """`(N,) float32` in [0, 1]: how sure the reading is."""
    id: np.ndarray
    """`(N,) int64`: the same for the same text over time; -1 where nobody followed it."""
    since_s: np.ndarray
    """`(N,) float64`: media time at which the text was first seen, seconds."""

    def __post_init__(self) -> None:
        rows = len(self.text)
        frozen_array("quad", self.quad, (rows, 4, 2), np.float32)
        frozen_array("score", self.score, (rows,), np.float32)
        frozen_array("id", self.id, (rows,), np.int64)
        frozen_array("since_s", self.since_s, (rows,), np.float64)

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, rows: Index) -> Texts:
        """The rows that a mask, an index array or a slice selects, in every column."""
        kept = np.arange(len(self))[rows]
        text = tuple(self.text[row] for row in kept.tolist())
        return Texts(self.quad[kept], text, self.score[kept], self.id[kept], self.since_s[kept])

    @classmethod
    def none(cls) -> Texts:
        """No rows: there is nothing to read, which is an answer and not an error."""
        empty = np.zeros(0, np.float32)
        return cls(np.zeros((0, 4, 2), np.float32), (), empty, np.zeros(0, np.int64), np.zeros(0, np.float64))

    def rows(self) -> list[dict[str, object]]:
        """A row for each text, `track` only where it is followed."""
        told: list[dict[str, object]] = []
        for row, text in enumerate(self.text):
            one: dict[str, object] = {
                "text": text,
                "score": round(float(self.score[row]), 3),
                "quad": [[round(value, 1) + 0.0 for value in point] for point in self.quad[row].tolist()],
                "since_s": round(float(self.since_s[row]), 3),
            }
            told.append(one if self.id[row] < 0 else {**one, "track": int(self.id[row])})
        return told
