"""One line of text that is followed: when it has to be read, what it says by vote, and when that is told.

It is read when it is new, until readings agree and are sure; then again only when it looks different, has come closer,
or can be seen better than when it was read badly. What was read without a change between is voted on, letter by letter.
It is told once enough readings agree. A line that counts, as clocks do, never stands still that long: it is told as it
is read, at the pace asked for.
"""

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.stage import StageConfig
from vision.text_looks import difference, look
from vision.text_votes import ALIKE, Reading, Voted, similarity, vote

CHANGED = 0.3
"""`vision.text_looks.difference` from which a line looks different."""
CLOSER = 1.25
"""Growth in height from which a line is read again."""
SHARPER = 1.5
"""Gain in sharpness from which a line that was read badly is read again."""
BLURRED = 0.4
"""Part of its best sharpness below which a line is not read: it was read better before."""
OTHER = 0.5
"""Similarity below which what is read at a place is another text, not the same one changed."""
LESS_SURE = 0.8
"""Part of what a text scores below which a reading that says something else is a bad one before it is a new text."""
MOST_DOUBTS = 2
"""Such readings in a row; the next is believed."""
MOST_KEPT = 7
"""Readings that are voted on; above that the least sure one goes."""
MOST_DOUBLINGS = 4
"""Each reading that brings nothing new doubles the wait for the next, so many times."""
COUNTS = 3
"""Values in a row that differ in digits alone, from which a line counts."""
COUNTS_WITHIN_S = 10.0
"""Media time in which they have to come: what changes less often is stable between."""
RESIZED = 0.2
"""Change of height or width from which a line is taken for closer or farther, not for found less exactly."""
TREMBLE_PX = 4.0
"""How far found corners may move while the line stands still."""
ROUNDING_S = 1e-6
"""Two time stamps that should be a wait apart may differ from it by this."""
NOT_READ = Voted("", 0.0, 0)

Score = Annotated[float, Field(ge=0, le=1)]


class FollowConfig(StageConfig):
    """How often lines are read, and when one is told."""

    settle: Annotated[
        int,
        Changeable(),
        Field(ge=1, le=20, description="readings that have to agree before a text is told; 1: at once"),
    ] = 2
    sure: Annotated[
        Score, Changeable(), Field(description="score from which a text that does not change is not read again, 0..1")
    ] = 0.85
    min_score: Annotated[Score, Changeable(), Field(description="score below which a text is not told, 0..1")] = 0.5
    most_readings: Annotated[
        int,
        Changeable(),
        Field(ge=1, le=100, description="readings after which a text that stays unsure is left as it is"),
    ] = 6
    again_s: Annotated[
        float,
        Changeable(),
        Field(ge=0, le=60, description="seconds between readings of a text that is unsure or looks different"),
    ] = 0.2
    pace_s: Annotated[
        float,
        Changeable(),
        Field(ge=0, le=3600, description="seconds between readings of a text that counts, as a clock; 0: each change"),
    ] = 1.0
    gone_s: Annotated[
        float,
        Changeable(),
        Field(gt=0, le=3600, description="seconds of the recording that a text not seen is remembered for"),
    ] = 1.0


@dataclass
class FollowedLine:
    """What is remembered of one line. All times are media time."""

    id: int
    quad: np.ndarray
    """Where it was last seen, `(4, 2) float32`."""
    seen_s: float
    velocity: np.ndarray
    """Pixels a second, `(2,) float32`."""
    was: tuple[np.ndarray, float] | None = None
    """`quad` and `seen_s` before the last move."""
    look: np.ndarray | None = None
    """When it was last read; None: never."""
    look_quad: np.ndarray = field(default_factory=lambda: np.zeros((4, 2), np.float32))
    """Where that look was taken."""
    readings: list[Reading] = field(default_factory=list)
    """Of what it says now."""
    since_s: float = 0.0
    """When what it says now was first seen."""
    voted: Voted = NOT_READ
    """What those readings agree on."""
    told: Voted = NOT_READ
    """What is given to others: as voted, or what it said before until the new is settled."""
    told_since_s: float = 0.0
    tries: int = 0
    """Readings of what it says now, those without a result among them."""
    idle: int = 0
    """Readings in a row that brought nothing new."""
    read_s: float = -np.inf
    height: float = 0.0
    """The largest that it was read at, pixels."""
    sharpness: float = 0.0
    """The best that it was read with."""
    doubts: int = 0
    """Readings in a row that said something else and were too unsure to be believed."""
    values: list[tuple[str, float]] = field(default_factory=list)
    """What it said, and when, as long as only digits changed."""

    def move(self, quad: np.ndarray, media_s: float) -> None:
        """Put it where it was seen, and learn how fast it goes."""
        dt_s = media_s - self.seen_s
        if dt_s > 0:
            went = (quad - self.quad).mean(axis=0) / np.float32(dt_s)
            self.velocity = (0.5 * self.velocity + 0.5 * went).astype(np.float32)
        self.was = self.quad, self.seen_s
        self.quad, self.seen_s = quad, media_s

    def back(self) -> None:
        """Undo `move`: another line stands there."""
        assert self.was is not None, "it was never moved"
        self.quad, self.seen_s = self.was

    def expected(self, media_s: float) -> np.ndarray:
        """Where it should be by now, `(4, 2) float32`."""
        there: np.ndarray = self.quad + self.velocity * np.float32(media_s - self.seen_s)
        return there

    def counts(self, media_s: float) -> bool:
        """Whether it goes on changing in its digits, as a clock does."""
        last = self.values[-COUNTS:]
        distinct = len({text for text, _ in last}) == COUNTS
        return distinct and media_s - last[0][1] <= COUNTS_WITHIN_S + ROUNDING_S

    def is_changed(self, quad: np.ndarray, grey: np.ndarray) -> bool:
        """Whether it looks different from when it was read.

        Corners that are found tremble, so the look is taken where it was taken then, and as far beside as the line has
        moved; only a line that changed its size is looked at by its own corners.
        """
        if self.look is None:
            return True
        before = self.look_quad
        grown = height_px(quad) / max(height_px(before), 1.0), width_px(quad) / max(width_px(before), 1.0)
        if max(abs(ratio - 1) for ratio in grown) > RESIZED:
            return difference(self.look, look(grey, quad)) > CHANGED
        moved = before + (quad - before).mean(axis=0)
        places = (moved,) if np.abs(moved - before).max() > TREMBLE_PX else (before, moved)
        return min(difference(self.look, look(grey, place)) for place in places) > CHANGED

    def is_due(self, quad: np.ndarray, sharpness: float, changed: bool, media_s: float, config: FollowConfig) -> bool:
        """Whether it has to be read on this frame."""
        if self.look is None:
            return True
        waited_s = media_s - self.read_s + ROUNDING_S
        if self.counts(media_s):
            return changed and waited_s >= config.pace_s
        if waited_s < config.again_s * 2 ** min(self.idle, MOST_DOUBLINGS):
            return False
        if changed or height_px(quad) >= CLOSER * self.height:
            return True
        if self.told == self.voted and self.voted.score >= config.sure:
            return False
        if sharpness < BLURRED * self.sharpness:
            return False
        return self.tries < config.most_readings or sharpness >= SHARPER * self.sharpness

    def is_akin(self, reading: Reading) -> bool:
        """Whether what is read here now may be this line, changed: a clock, a text being completed, one misread."""
        before, read = self.voted.text, reading.text
        if not before or not read or differ_in_digits(before, read) or similarity(before, read) >= OTHER:
            return True
        return self._is_doubtful(reading)

    def _is_doubtful(self, reading: Reading) -> bool:
        """Whether a reading is so much less sure than what is known that it has to be read more often first."""
        return self.doubts < MOST_DOUBTS and reading.score < LESS_SURE * self.voted.score

    def learn(
        self,
        reading: Reading,
        quad: np.ndarray,
        seen: np.ndarray,
        sharpness: float,
        changed: bool,
        media_s: float,
        config: FollowConfig,
    ) -> None:
        """Take in one reading, made now.

        Args:
            reading: its text is empty where nothing could be read.
            quad: `(4, 2) float32`, where.
            seen: what it looks like there.
            sharpness: of the picture it was read from.
            changed: whether it looks different from when it was read before.
            media_s: when.
            config: the rules.
        """
        same = self._is_same(reading.text, changed)
        if not same and self._is_doubtful(reading):
            self.doubts, self.read_s = self.doubts + 1, media_s
            return
        self.doubts = 0
        if not same:
            self.readings, self.tries, self.height, self.sharpness = [], 0, 0.0, 0.0
        if not self.readings:
            self.since_s = media_s
        before = self.voted.text
        if reading.text:
            self.readings.append(reading)
            if len(self.readings) > MOST_KEPT:
                self.readings.remove(min(self.readings, key=lambda one: one.score))
        self.voted = vote(self.readings)
        self.idle = self.idle + 1 if same and self.tries and self.voted.text == before else 0
        self.tries += 1
        self.read_s, self.look, self.look_quad = media_s, seen, quad
        self.height, self.sharpness = max(height_px(quad), self.height), max(sharpness, self.sharpness)
        self._note_value(reading.text, media_s)
        self._settle(1 if self.counts(media_s) else config.settle)

    def _is_same(self, read: str, changed: bool) -> bool:
        """Whether it says what it said: where nothing changed to the eye, or what was read differs by a misreading."""
        before = self.voted.text
        if not changed or read == before:
            return True
        return not differ_in_digits(before, read) and similarity(before, read) >= ALIKE

    def _note_value(self, read: str, media_s: float) -> None:
        if not read or (self.values and self.values[-1][0] == read):
            return
        kept = self.values[-COUNTS + 1 :] if self.values and differ_in_digits(self.values[-1][0], read) else []
        self.values = [*kept, (read, media_s)]

    def _settle(self, needed: int) -> None:
        """Tell what is voted for once enough readings agree, and that nothing is there once as many found nothing."""
        settled = self.voted.agreeing if self.voted.text else self.tries
        if settled < needed:
            return
        if not self.told.text or self.since_s > self.told_since_s:  # else a vote mended what was there all the time
            self.told_since_s = self.since_s
        self.told = self.voted


def height_px(quad: np.ndarray) -> float:
    """Mean length of the sides of `(4, 2)` corners."""
    return float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2


def width_px(quad: np.ndarray) -> float:
    """Mean length of top and bottom of `(4, 2)` corners."""
    return float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2


def differ_in_digits(before: str, now: str) -> bool:
    """Whether two texts differ, and in their digits alone.

    >>> differ_in_digits("12:59:59", "13:00:00"), differ_in_digits("GATE 7", "GATE 7"), differ_in_digits("EXIT", "EX1T")
    (True, False, False)
    """
    return before != now and _shape(before) == _shape(now)


def _shape(text: str) -> str:
    return "".join("0" if letter.isdigit() else letter for letter in text)
