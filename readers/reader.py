"""The one seam to whatever reads: pictures of single lines in, text with its confidence out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Line:
    """What a reader made of one picture."""

    text: str
    """One line, no spaces at its ends; empty where nothing was read."""
    char_scores: tuple[float, ...]
    """In [0, 1], one for each character of `text`, spaces included."""
    given_up: str = ""
    """Why the reader gave this picture up; empty: it did not."""

    def __post_init__(self) -> None:
        if len(self.text) != len(self.char_scores):
            raise ValueError(f"expected a score for each of {len(self.text)} characters, received {self.char_scores}")

    @property
    def score(self) -> float:
        """Mean over the characters that are no spaces; 0 for no text."""
        scores = [score for character, score in zip(self.text, self.char_scores, strict=True) if character != " "]
        return sum(scores) / len(scores) if scores else 0.0

    @property
    def words(self) -> tuple[tuple[str, float], ...]:
        """Each word with the mean score of its characters."""
        parts = groupby(zip(self.text, self.char_scores, strict=True), lambda pair: pair[0] == " ")
        words = [list(pairs) for is_space, pairs in parts if not is_space]
        return tuple(("".join(c for c, _ in word), sum(score for _, score in word) / len(word)) for word in words)


NOTHING = Line("", ())


@dataclass(frozen=True, slots=True)
class Taste:
    """What kind of picture a reader likes."""

    height_px: int
    """Of a line with its ascenders and descenders, or of the whole picture where `plain` is false."""
    plain: bool
    """True: grey, dark on light, even contrast, a margin around. False: as the camera saw it."""
    unsure: float = 0.7
    """Score below which a line may well stand upside down."""


class Reader(Protocol):
    """Reads pictures of single lines. It serves one thread: whoever has several makes one for each."""

    name: str
    """Program and version, for reports."""
    taste: Taste

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        """What each picture says.

        Args:
            lines: each `(H, W) uint8` grey where the taste is plain, else `(H, W, 3) uint8` BGR; of any size.

        Returns:
            As many, in the same order. One that could not be read in time, or that broke the reader, has `given_up`;
            those after it are read all the same.
        """
        ...

    def close(self) -> None:
        """Let go of program and language data; may be called twice."""
        ...
