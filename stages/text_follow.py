"""Follows lines of text over time: which line is which, which of them have to be read now, and what is told of them.

A line is the same while it stands where it should be by now, and reads nearly the same. Where another text is read at
its place, it is a line seen before that says so, or a new one. Time is the recording's own, so the same frames give
the same texts on any machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.results.texts import Texts
from readers.reader import Line
from stages.text_line import ROUNDING_S, FollowConfig, FollowedLine
from vision.boxes import iou
from vision.matching import assign
from vision.text_looks import look
from vision.text_votes import ALIKE, Reading, similarity

OVERLAP = 0.25
"""Least overlap of a line that was found with where one should be. Lines of a page overlap less."""
SLOW_S = 10.0
"""Looks may be so far apart on a slow machine: what the last one saw is remembered until the next."""
LOST = 0.8
"""What the overlap of a line counts that was not in the frame before: where two could stand, it is the other."""


@dataclass(frozen=True)
class Plan:
    """What is to be done on one frame. Goes back to `told` with what was read."""

    quads: np.ndarray
    """`(N, 4, 2) float32`, the lines that were found."""
    id: np.ndarray
    """`(N,) int64`, which line each is; may turn out to be another once it is read."""
    read: np.ndarray
    """`(M,) int64`, rows to be read now, ascending."""
    changed: np.ndarray
    """`(N,) bool`: looks different from when it was read, or was never read."""
    sharpness: np.ndarray
    """`(N,) float32`."""
    looks: tuple[np.ndarray, ...]
    """What each of `read` looks like, M of them."""
    media_s: float


class TextFollower:
    """Remembers the lines of earlier frames. Two calls a frame: `due`, then `told` with what was read."""

    def __init__(self, config: FollowConfig) -> None:
        self.config = config
        self._lines: dict[int, FollowedLine] = {}
        self._next_id = 1
        self._now_s = self._last_s = -np.inf

    def due(self, quads: np.ndarray, sharpness: np.ndarray, media_s: float, image: np.ndarray) -> Plan:
        """Which line each quad is, and which have to be read now.

        Args:
            quads: `(N, 4, 2) float32`, lines of text in pixels, clockwise from where each begins.
            sharpness: `(N,) float32`, any measure that grows with it; compared with the same line's earlier ones alone.
            media_s: when the frame was; a clock that goes back forgets everything.
            image: `(H, W, 3) uint8` BGR, the frame.
        """
        self._advance(media_s)
        lines = self._matched(quads, media_s)
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if len(quads) else np.zeros((1, 1), np.uint8)
        changed = [line.is_changed(quad, grey) for line, quad in zip(lines, quads, strict=True)]
        for line, is_changed in zip(lines, changed, strict=True):
            line.doubts = line.doubts if is_changed else 0
        read = [
            row
            for row, line in enumerate(lines)
            if line.is_due(quads[row], float(sharpness[row]), changed[row], media_s, self.config)
        ]
        return Plan(
            quads=quads,
            id=np.array([line.id for line in lines], np.int64),
            read=np.array(read, np.int64),
            changed=np.array(changed, np.bool_),
            sharpness=sharpness,
            looks=tuple(look(grey, quads[row]) for row in read),
            media_s=media_s,
        )

    def told(self, plan: Plan, lines: Sequence[Line]) -> Texts:
        """Take in what was read, and say what is known now.

        Args:
            plan: from `due`, of the same frame.
            lines: what each of `plan.read` says, in that order; a reader that gave up says nothing.

        Returns:
            The texts of this frame that are settled and sure enough, in the order of their ids.
        """
        ids = plan.id.tolist()
        read = plan.read.tolist()
        readings = [Reading(line.text, line.char_scores) for line in lines]
        self._reassign(ids, plan, readings)
        for row, reading, seen in zip(read, readings, plan.looks, strict=True):
            sharpness, changed = float(plan.sharpness[row]), bool(plan.changed[row])
            line = self._lines[ids[row]]
            line.learn(reading, plan.quads[row], seen, sharpness, changed, plan.media_s, self.config)
        rows = sorted((number, row) for row, number in enumerate(ids) if self._is_told(self._lines[number]))
        told = [self._lines[number] for number, _ in rows]
        return Texts(
            plan.quads[[row for _, row in rows]].reshape(-1, 4, 2),
            tuple(line.told.text for line in told),
            np.array([line.told.score for line in told], np.float32),
            np.array([line.id for line in told], np.int64),
            np.array([line.told_since_s for line in told], np.float64),
        )

    def _is_told(self, line: FollowedLine) -> bool:
        return bool(line.told.text) and line.told.score >= self.config.min_score

    def _advance(self, media_s: float) -> None:
        """Forget the lines not seen for long; a clock that goes back starts anew."""
        if media_s < self._now_s:
            self._lines.clear()
        self._last_s, self._now_s = self._now_s, media_s
        oldest = media_s - self.config.gone_s - ROUNDING_S
        if media_s - self._last_s <= SLOW_S:
            oldest = min(oldest, self._last_s)
        self._lines = {number: line for number, line in self._lines.items() if line.seen_s >= oldest}

    def _matched(self, quads: np.ndarray, media_s: float) -> list[FollowedLine]:
        """The line that each quad is, by place, moved there; a new one where none should be."""
        known = list(self._lines.values())
        drift = np.median([line.velocity for line in known], axis=0) if known else np.zeros(2)
        expected = np.array([line.expected(media_s) for line in known], np.float32).reshape(-1, 4, 2)
        overlap = iou(_boxes(quads), _boxes(expected))
        overlap *= np.array([1.0 if line.seen_s >= self._last_s else LOST for line in known], np.float32)
        rows, columns = assign(overlap, np.ones(len(quads), np.bool_), np.ones(len(known), np.bool_), OVERLAP)
        owner = {row: known[column] for row, column in zip(rows.tolist(), columns.tolist(), strict=True)}
        lines = [owner.get(row) or self._begun(quad, media_s, drift) for row, quad in enumerate(quads)]
        for line, quad in zip(lines, quads, strict=True):
            line.move(quad, media_s)
        return lines

    def _begun(self, quad: np.ndarray, media_s: float, velocity: np.ndarray) -> FollowedLine:
        """A new line, which moves as the others do: mostly it is the camera that moves."""
        line = FollowedLine(self._next_id, quad, media_s, velocity.astype(np.float32))
        self._lines[line.id] = line
        self._next_id += 1
        return line

    def _reassign(self, ids: list[int], plan: Plan, readings: Sequence[Reading]) -> None:
        """Where what is read is not what stood there, find the line that says so; changes `ids`."""
        strangers = []
        for row, reading in zip(plan.read.tolist(), readings, strict=True):
            line = self._lines[ids[row]]
            if reading.text and (line.look is None or (plan.changed[row] and not line.is_akin(reading))):
                strangers.append((row, reading.text))
        rows = {row for row, _ in strangers}
        taken = {number for row, number in enumerate(ids) if row not in rows}
        for row, text in strangers:
            here, quad = self._lines[ids[row]], plan.quads[row]
            known = self._lookalike(text, quad, taken)
            if here.look is None and known is None:
                continue  # it is new, as was thought
            line = known or self._begun(quad, plan.media_s, here.velocity)
            if here.look is None:
                del self._lines[here.id]
            elif here.id not in taken:
                here.back()
            line.quad, line.seen_s = quad, plan.media_s
            ids[row] = line.id
            taken.add(line.id)

    def _lookalike(self, read: str, quad: np.ndarray, taken: set[int]) -> FollowedLine | None:
        """The nearest line that said nearly the same and is nowhere else in this frame."""
        same = [
            line
            for line in self._lines.values()
            if line.id not in taken and line.voted.text and similarity(line.voted.text, read) >= ALIKE
        ]
        return min(same, key=lambda line: float(np.abs(line.quad - quad).mean()), default=None)


def _boxes(quads: np.ndarray) -> np.ndarray:
    """`(N, 4) float32` xyxy around `(N, 4, 2)` corners."""
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1).astype(np.float32)
