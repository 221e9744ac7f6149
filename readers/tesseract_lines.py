"""What both ways to Tesseract share, so that they read the same: the picture's size, its mode, and how words are put
together.
"""

from collections.abc import Sequence
from typing import Literal

from readers.reader import Line

Mode = Literal["auto", "line", "word", "char", "block", "sparse"]
MODES: dict[Mode, int] = {"line": 7, "word": 8, "char": 10, "block": 6, "sparse": 11}
"""Tesseract's page segmentation modes."""
DPI = 300
"""What Tesseract is told: without it, it guesses from the picture, and says so."""
HEIGHT_PX = 56
"""Of a line with some ground above and below: capitals are 32 to 40 pixels high then."""
NARROW = 0.7
"""Width by height below which a picture is taken for one word: a single thin letter is no line to Tesseract. For all
others, single letters too, the mode for lines is as good or better (a sharp EXIT: 0.96 against 0.45)."""


def mode_number(mode: Mode, width: int, height: int) -> int:
    """The page segmentation mode for a picture: by its shape where `mode` is auto."""
    if mode != "auto":
        return MODES[mode]
    return MODES["word" if width < NARROW * height else "line"]


def line_of(words: Sequence[tuple[str, float, Sequence[tuple[str, float]]]]) -> Line:
    """A line of words with a space between.

    Args:
        words: text, confidence in 0..1, and its letters with theirs. A word's confidence is that of its worst place,
            and 0 is common for one that is half wrong; letters are mostly above 0.9. Their product is what counts.
            No letters: each has the word's.
    """
    text, scores = "", list[float]()
    for word, score, letters in words:
        if not word.strip():
            continue
        own = letters if "".join(letter for letter, _ in letters) == word else [(word, 1.0)]
        if text:
            text, scores = text + " ", [*scores, _share(score)]
        for letter, of_letter in own:
            text += letter
            scores += [round(_share(score) * _share(of_letter), 4)] * len(letter)
    return Line(text, tuple(scores))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
