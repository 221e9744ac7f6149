"""What of a reading counts: a pattern that it has to fit, and a dictionary that mends words with one wrong letter."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import ConfigError
from readers.reader import NOTHING, Line

SHORTEST = 4
"""Letters a word needs to be mended: shorter ones have too many neighbours."""


def compiled(pattern: str) -> re.Pattern[str] | None:
    """The regular expression, or None for an empty one.

    Raises:
        ConfigError: it has a mistake; the message says at which character.
    """
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise ConfigError(
            f"pattern: {error.msg} at character {(error.pos or 0) + 1} of '{pattern}'; mend it there"
        ) from error


def fitting(line: Line, pattern: re.Pattern[str]) -> Line:
    """The first part of a line that the pattern matches; without its spaces, where only that fits. Else nothing."""
    match = pattern.search(line.text)
    if match is None or not match.group():
        kept = [at for at, letter in enumerate(line.text) if letter != " "]
        line = Line("".join(line.text[at] for at in kept), tuple(line.char_scores[at] for at in kept))
        match = pattern.search(line.text)
    if match is None or not match.group():
        return NOTHING
    start, end = match.span()
    return Line(line.text[start:end], line.char_scores[start:end])


class Dictionary:
    """Words that are known. One that is read with one wrong, missing or superfluous letter is mended.

    Each word is kept under itself with each single letter left out (Garbe's symmetric delete), so that a look costs as
    many steps as the word has letters, however many words there are.

    Args:
        words: as they are written; case does not matter.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._near: dict[str, list[str]] = {}
        self._known: set[str] = set()
        for word in (word.strip().casefold() for word in words):
            if not word or word in self._known:
                continue
            self._known.add(word)
            for key in _shortened(word):
                self._near.setdefault(key, []).append(word)

    def __len__(self) -> int:
        return len(self._known)

    @classmethod
    def read(cls, path: Path) -> "Dictionary":
        """From a text file with a word a line.

        Raises:
            ConfigError: it cannot be read, or has no words.
        """
        try:
            words = cls(path.read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"dictionary: cannot read {path}: {error}; name a text file with a word a line"
            ) from error
        if not len(words):
            raise ConfigError(f"dictionary: {path} has no words; write one a line")
        return words

    def mended(self, line: Line) -> Line:
        """The line with its words mended, where exactly one known word is near; the mended letter keeps its score."""
        parts: list[Line] = []
        at = 0
        for word in line.text.split(" "):
            parts.append(self._mended(word, line.char_scores[at : at + len(word)]))
            at += len(word) + 1
        spaces = [score for letter, score in zip(line.text, line.char_scores, strict=True) if letter == " "]
        text, scores = parts[0].text, list(parts[0].char_scores)
        for space, part in zip(spaces, parts[1:], strict=True):
            text, scores = f"{text} {part.text}", [*scores, space, *part.char_scores]
        return Line(text, tuple(scores), line.given_up)

    def _mended(self, word: str, scores: Sequence[float]) -> Line:
        low = word.casefold()
        if len(word) < SHORTEST or low in self._known or len(low) != len(word):
            return Line(word, tuple(scores))
        near = {known for key in _shortened(low) for known in self._near.get(key, ()) if _one_apart(low, known)}
        if len(near) != 1:
            return Line(word, tuple(scores))
        (right,) = near
        mean = sum(scores) / len(scores)
        own = tuple(scores) if len(right) == len(word) else (mean,) * len(right)
        return Line(_cased(right, word), own)


def _shortened(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _one_apart(a: str, b: str) -> bool:
    """Whether one letter changed, left out or put in makes one of the other."""
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return short in {long[:at] + long[at + 1 :] for at in range(len(long))}


def _cased(right: str, read: str) -> str:
    """A word in the case that another was read in: by its first letter, and by most of the others."""
    if sum(letter.isupper() for letter in read[1:]) * 2 > len(read) - 1:
        return right.upper()
    return right.capitalize() if read[0].isupper() else right
