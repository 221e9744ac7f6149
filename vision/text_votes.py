"""One string of several readings of the same line: aligned letter by letter, and voted on by confidence.

The readings are put into a table with a column for each place in the line (a confusion network), one after the other,
each along its cheapest alignment with what is there already; then every column takes the letter with the most
confidence behind it, "no letter" among them: ROVER (Fiscus, ASRU 1997), with letters in the place of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Column = dict[str, list[float]]
"""At one place of the line, for each letter the confidences that it was read with; "" stands for no letter there."""

LEAST = 0.01
"""Confidence that a letter counts with at the least: a reader that is sure of nothing still read something."""


@dataclass(frozen=True)
class Reading:
    """What a reader made of a line, once."""

    text: str
    confidence: tuple[float, ...]
    """For each letter of `text`, in [0, 1]."""

    def __post_init__(self) -> None:
        if len(self.confidence) != len(self.text):
            raise ValueError(
                f"confidence: expected {len(self.text)} for {self.text!r}, received {len(self.confidence)}"
            )

    @property
    def score(self) -> float:
        """Mean confidence; 0 where nothing was read."""
        return sum(self.confidence) / len(self.confidence) if self.text else 0.0


@dataclass(frozen=True)
class Voted:
    """What several readings agree on."""

    text: str
    score: float
    """In [0, 1]: mean over the letters of the confidence in each. A reading that differs counts as 0 there, and each
    counts as much as it is sure of itself."""
    agreeing: int
    """How many readings are nearly `text`: see `ALIKE`."""


ALIKE = 0.8
"""Similarity from which two readings are taken for the same string."""


def vote(readings: Sequence[Reading]) -> Voted:
    """The string that readings of one line agree on. On equal votes the letter that was read first wins.

    Args:
        readings: at least none; in the order in which they were made.

    Returns:
        The string; "" with a score of 0 where nothing was read.

    >>> vote([Reading("EX1T", (0.9, 0.9, 0.4, 0.9)), Reading("EXIT", (0.9, 0.9, 0.8, 0.9))]).text
    'EXIT'
    """
    if len({reading.text for reading in readings}) == 1:  # the usual case, and nothing to align
        text = readings[0].text
        total = [sum(of) for of in zip(*(reading.confidence for reading in readings), strict=True)]
        return Voted(text, _mean(total) / len(readings), len(readings))
    columns: list[Column] = []
    for number, reading in enumerate(readings):
        columns = _joined(columns, reading, number)
    best = [max(column, key=lambda letter: sum(column[letter])) for column in columns]
    text = "".join(best)
    sure = [_agreement(column, letter) for letter, column in zip(best, columns, strict=True) if letter]
    return Voted(text, _mean(sure), sum(similarity(reading.text, text) >= ALIKE for reading in readings))


def similarity(a: str, b: str) -> float:
    """How alike two strings are: 1 less their edit distance (Levenshtein, 1966) by the longer one's length.

    >>> similarity("12:30:59", "12:31:00"), similarity("EXIT", "WASH"), similarity("", "")
    (0.625, 0.0, 1.0)
    """
    if a == b:
        return 1.0
    before = list(range(len(b) + 1))
    for row, letter in enumerate(a, 1):
        now = [row]
        for column, other in enumerate(b, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != other)))
        before = now
    return 1.0 - before[-1] / max(len(a), len(b))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _total(column: Column) -> float:
    return sum(sum(votes) for votes in column.values())


def _agreement(column: Column, letter: str) -> float:
    """Confidence in a letter, over all readings: its own where a reading agrees, else 0; weighted with itself."""
    return sum(vote * vote for vote in column[letter]) / _total(column)


def _joined(columns: Sequence[Column], reading: Reading, before: int) -> list[Column]:
    """The table with one more reading in it; `before` is how many are in it already.

    A column that the reading has no letter for gets its vote for "no letter", with the confidence of the letters
    beside it. So does a new column from the readings before, with what they were sure of on the whole.
    """
    sure = [max(LEAST, value) for value in reading.confidence]
    usual = max(LEAST, _mean([_total(column) for column in columns]) / max(1, before))
    joined: list[Column] = []
    at = 0
    for column, letter in _aligned(columns, reading.text):
        if letter:
            column = column if column is not None else {"": [usual] * before} if before else {}
            joined.append({**column, letter: [*column.get(letter, ()), sure[at]]})
            at += 1
        elif column is not None:
            beside = _mean(sure[max(0, at - 1) : at + 1]) or usual
            joined.append({**column, "": [*column.get("", ()), beside]})
    return joined


def _aligned(columns: Sequence[Column], text: str) -> list[tuple[Column | None, str]]:
    """The cheapest way through both: a column with its letter, None where it needs a new one, "" where it has none.

    A letter costs in a column what others have there against it, in [0, 1]; in a column of its own it costs 1.
    """
    against = [_against(column) for column in columns]
    skip = [table.get("", 1.0) for table in against]
    rows: list[list[float]] = [list(range(len(text) + 1))]
    for table, gap in zip(against, skip, strict=True):
        above = rows[-1]
        row = [above[0] + gap]
        for at, letter in enumerate(text):
            row.append(min(above[at] + table.get(letter, 1.0), above[at + 1] + gap, row[at] + 1.0))
        rows.append(row)
    pairs: list[tuple[Column | None, str]] = []
    down, at = len(columns), len(text)
    while down or at:
        cost = rows[down][at]
        if down and at and cost == rows[down - 1][at - 1] + against[down - 1].get(text[at - 1], 1.0):
            down, at = down - 1, at - 1
            pairs.append((columns[down], text[at]))
        elif down and cost == rows[down - 1][at] + skip[down - 1]:
            down -= 1
            pairs.append((columns[down], ""))
        else:
            at -= 1
            pairs.append((None, text[at]))
    return pairs[::-1]


def _against(column: Column) -> dict[str, float]:
    total = _total(column)
    return {letter: 1.0 - sum(votes) / total for letter, votes in column.items()}
