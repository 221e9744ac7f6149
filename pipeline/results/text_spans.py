"""From when to when each text was there: frames in, stretches of time out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.results.texts import Texts

GAP_S = 1.0
"""Media time for which a text may be missed and is taken to have been there: detectors blink."""


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """A text, and how long it stood there."""

    text: str
    """As it was told last: a later vote is the better one."""
    score: float
    from_s: float
    to_s: float
    """When the first frame came that it was not on."""
    quad: np.ndarray
    """`(4, 2) float32`, where it was last."""


_Key = tuple[str, int, float]
"""Stage, id of the line, and since when it says what it says."""


@dataclass(slots=True)
class _Open:
    """A text that may still be there."""

    text: str
    score: float
    from_s: float
    to_s: float
    quad: np.ndarray
    here: bool = True
    """On the frame before."""


class TextSpans:
    """Collects spans over a run. A line that says something else (another `since_s`) is another span."""

    def __init__(self) -> None:
        self._open: dict[_Key, _Open] = {}
        self._over: set[_Key] = set()
        """Those told before: where they come again, they were not there from the beginning."""

    def add(self, told: Mapping[str, Texts], media_s: float) -> list[Span]:
        """Take in what stages said of one frame.

        Args:
            told: texts by the name of their stage; frames on which none was asked are left out.
            media_s: when the frame was.

        Returns:
            The spans that are over, in the order in which they began.
        """
        for one in self._open.values():
            if one.here:
                one.to_s, one.here = media_s, False
        over = self._closed(media_s)
        for stage, texts in told.items():
            for row, text in enumerate(texts.text):
                key = stage, int(texts.id[row]), float(texts.since_s[row])
                if key not in self._open:
                    self._cut_short(key)
                score, quad = float(texts.score[row]), texts.quad[row]
                before = self._open.get(key)
                from_s = before.from_s if before else media_s if key in self._over else key[2]
                self._open[key] = _Open(text, score, from_s, media_s, quad)
        return over

    def finish(self, end_s: float) -> list[Span]:
        """The spans that were not over yet; what was on the last frame was there until `end_s`."""
        for one in self._open.values():
            if one.here:
                one.to_s = end_s
        return self._closed(np.inf)

    def _cut_short(self, now: _Key) -> None:
        """What the same line said before was there until it said this, however long that took to be sure of."""
        for key, one in self._open.items():
            if key[:2] == now[:2] and one.from_s < now[2]:
                one.to_s, one.here = min(one.to_s, now[2]), False

    def _closed(self, now_s: float) -> list[Span]:
        over = [key for key, one in self._open.items() if now_s - one.to_s > GAP_S]
        self._over.update(over)
        spans = [self._open.pop(key) for key in over]
        spans.sort(key=lambda one: (one.from_s, float(one.quad[:, 1].min()), float(one.quad[:, 0].min())))
        return [Span(one.text, one.score, min(one.from_s, one.to_s), one.to_s, one.quad) for one in spans]
