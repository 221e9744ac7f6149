"""How right texts are that were found in a picture: where they are, and what they say."""

import importlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from commands.text_truth import Truth
from pipeline.errors import ConfigError
from vision.quads import areas, intersections, page_order, quad_iou, row_order

MIN_IOU = 0.5
"""Overlap from which a quadrilateral was found."""
COVERED = 0.5
"""Part of the smaller of two that they share, to be about the same letters."""
PLAIN_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})


@dataclass(frozen=True)
class Found:
    """What was found in a picture, by whatever is evaluated."""

    quads: np.ndarray
    """`(N, 4, 2) float32`, pixels."""
    texts: tuple[str, ...]
    """N of them."""


@dataclass
class Score:
    """Counts of one picture, or of several: they add up."""

    name: str
    layout: str
    pictures: int = 1
    lines: int = 0
    """Legible ones that are there."""
    found: int = 0
    """Found where something is or nothing; not those on what nobody can read."""
    right: int = 0
    """Of both, pairs that overlap enough."""
    letters: int = 0
    letter_edits: int = 0
    plain_letters: int = 0
    plain_edits: int = 0
    """The same without case, spaces and signs."""
    words: int = 0
    word_edits: int = 0
    seconds: float = 0.0
    read: str = field(default="", repr=False)
    """What was read, for whoever wants to see it."""

    def __add__(self, other: "Score") -> "Score":
        both = Score(self.name, self.layout)
        for name in ("pictures", "lines", "found", "right", "letters", "letter_edits", "plain_letters", "plain_edits"):
            setattr(both, name, getattr(self, name) + getattr(other, name))
        both.words, both.word_edits = self.words + other.words, self.word_edits + other.word_edits
        both.seconds = self.seconds + other.seconds
        return both

    def figures(self) -> dict[str, float | None]:
        """Rates, each None where there is nothing to take it of."""
        precision, recall = _ratio(self.right, self.found), _ratio(self.right, self.lines)
        mean = None
        if precision is not None and recall is not None:
            mean = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {
            "precision": precision,
            "recall": recall,
            "h_mean": mean,
            "cer": _ratio(self.letter_edits, self.letters),
            "cer_plain": _ratio(self.plain_edits, self.plain_letters),
            "wer": _ratio(self.word_edits, self.words),
        }


def score(truth: Truth, found: Found, name: str, seconds: float) -> Score:
    """Hold what was found in a picture against what is there.

    Places are compared one to one at an overlap of 0.5. Texts are compared where they stand, whatever lines they were
    cut into: quadrilaterals of both sides that share half of the smaller one form a group, each side's texts are joined
    row by row, and what nobody claims counts as missed, or as invented. A page whose lines have no places is compared
    as a whole, in reading order.
    """
    of = Score(name, truth.layout, seconds=seconds)
    if truth.layout in ("boxes", "places"):
        found = _count_places(of, truth, found)
    pairs = _pairs(truth, found)
    of.read = "\n".join(said for _, said in pairs if said)
    if truth.layout != "places":
        jiwer = _jiwer()
        clean = [(tidy(there), tidy(said)) for there, said in pairs]
        plain = [(_plain(there), _plain(said)) for there, said in clean]
        of.letters, of.letter_edits = _edits(jiwer.process_characters, clean, len)
        of.plain_letters, of.plain_edits = _edits(jiwer.process_characters, plain, len)
        of.words, of.word_edits = _edits(jiwer.process_words, clean, lambda text: len(text.split()))
    return of


def tidy(text: str) -> str:
    """A text as it is compared: one kind of space and of quotation mark, ligatures undone (NFKC).

    >>> tidy("\u201cWhy,\u201d  he\\nasked")
    '"Why," he asked'
    """
    return " ".join(unicodedata.normalize("NFKC", text).translate(PLAIN_QUOTES).split())


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _jiwer() -> Any:
    try:
        return importlib.import_module("jiwer")
    except ImportError as error:
        raise ConfigError("error rates need jiwer, which is not installed; run: pip install jiwer") from error


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _edits(
    process: Callable[[str, str], Any], pairs: Sequence[tuple[str, str]], size: Callable[[str], int]
) -> tuple[int, int]:
    """How large the truth is, and how many edits lead to it from what was said. An empty truth is nobody's average."""
    total = edits = 0
    for there, said in pairs:
        total += size(there)
        if there and said:
            done = process(there, said)
            edits += done.substitutions + done.deletions + done.insertions
        else:
            edits += size(there) + size(said)
    return total, edits


def _count_places(of: Score, truth: Truth, found: Found) -> Found:
    """Compare places, and leave out what was found on lines that nobody can read."""
    legible = _stack([line.quad for line in truth.lines if not line.ignore])
    blurred = _stack([line.quad for line in truth.lines if line.ignore])
    overlap = quad_iou(legible, found.quads)
    claimed = overlap.max(axis=0, initial=0.0) >= MIN_IOU
    inside = intersections(blurred, found.quads).max(axis=0, initial=0.0) > COVERED * areas(found.quads)
    kept = np.flatnonzero(claimed | ~inside)
    of.lines, of.found = len(legible), len(kept)
    of.right = _one_to_one(overlap[:, kept])
    return Found(found.quads[kept], tuple(found.texts[index] for index in kept.tolist()))


def _one_to_one(overlap: np.ndarray) -> int:
    """Pairs above the limit, the best first."""
    left, pairs = overlap.copy(), 0
    while left.size and left.max() >= MIN_IOU:
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        left[row, :] = left[:, column] = 0.0
        pairs += 1
    return pairs


def _pairs(truth: Truth, found: Found) -> list[tuple[str, str]]:
    """What is there and what was read, for each place of the picture that can be compared by itself."""
    if truth.layout == "words":
        return [(truth.text, _joined(found, row_order(found.quads)))]
    if truth.layout == "page":
        return [(truth.text, _joined(found, page_order(found.quads)))]
    there = Found(
        _stack([line.quad for line in truth.lines if not line.ignore]),
        tuple(line.text or "" for line in truth.lines if not line.ignore),
    )
    shared = intersections(there.quads, found.quads)
    smaller = np.minimum(areas(there.quads)[:, None], areas(found.quads)[None, :])
    pairs = []
    for rows, columns in _groups(shared > COVERED * smaller):
        here, said = _part(there, rows), _part(found, columns)
        pairs.append((_joined(here, row_order(here.quads)), _joined(said, row_order(said.quads))))
    return pairs


def _groups(linked: np.ndarray) -> list[tuple[list[int], list[int]]]:
    """Rows and columns that hang together, `(N, M) bool`; each row and each column is in one group."""
    free_rows, free_columns = set(range(linked.shape[0])), set(range(linked.shape[1]))
    groups = []
    while free_rows or free_columns:
        rows, columns = ([min(free_rows)], []) if free_rows else ([], [min(free_columns)])
        new_rows, new_columns = set(rows), set(columns)
        while new_rows or new_columns:
            free_rows -= new_rows
            free_columns -= new_columns
            new_columns = {c for r in new_rows for c in np.flatnonzero(linked[r]).tolist()} & free_columns
            columns += sorted(new_columns)
            new_rows = {r for c in columns for r in np.flatnonzero(linked[:, c]).tolist()} & free_rows
            rows += sorted(new_rows)
            free_columns -= new_columns
        groups.append((rows, columns))
    return groups


def _part(of: Found, indices: Sequence[int]) -> Found:
    return Found(of.quads[list(indices)].reshape(-1, 4, 2), tuple(of.texts[index] for index in indices))


def _joined(found: Found, rows: Sequence[Sequence[int]]) -> str:
    return "\n".join(" ".join(found.texts[index] for index in row) for row in rows)


def _stack(quads: Sequence[np.ndarray]) -> np.ndarray:
    return np.array(quads, np.float32).reshape(-1, 4, 2)
