"""Tesseract 5 as the program of the system, through pytesseract: a process a line, 100 ms of it for starting."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError
from readers.reader import Line, Taste
from readers.tessdata import find_tessdata
from readers.tesseract_lines import DPI, HEIGHT_PX, Mode, line_of, mode_number


class PytesseractReader:
    """Starts `tesseract` for each line.

    Args:
        lang: Languages, `eng` or `eng+deu`.
        tessdata: Folder of the language data; None: wherever it may be.
        whitelist: The only letters there are; empty: all.
        mode: What a picture holds.
        limit_s: After which a line is given up.

    Raises:
        ConfigError: pytesseract, the program or a language is not installed, or it is older than 4.
    """

    def __init__(
        self,
        lang: str = "eng",
        tessdata: Path | None = None,
        whitelist: str = "",
        mode: Mode = "auto",
        limit_s: float = 2.0,
    ) -> None:
        try:
            import pytesseract
        except ImportError as error:
            raise ConfigError("reader: pytesseract is not installed; run: pip install pytesseract") from error
        try:
            version = pytesseract.get_tesseract_version()
        except (pytesseract.TesseractNotFoundError, SystemExit) as error:
            raise ConfigError(
                "reader: the program tesseract is not installed; install tesseract-ocr of your system,"
                " or set reader: tesserocr, which needs none"
            ) from error
        if version.major < 4:
            raise ConfigError(f"reader: tesseract {version} has no network to read with; install version 5")
        folder = find_tessdata(lang, tessdata)
        self._of = pytesseract
        self._lang, self._mode, self._limit_s = lang, mode, limit_s
        letters = f" -c tessedit_char_whitelist={shlex.quote(whitelist)}" if whitelist else ""
        self._settings = (
            f"--tessdata-dir {shlex.quote(str(folder))} --oem 1 --dpi {DPI} -c debug_file={os.devnull}{letters}"
        )
        self.name = f"pytesseract ({version}), {lang}"
        self.taste = Taste(HEIGHT_PX, plain=True)

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        """See `readers.reader.Reader.read`."""
        return [self._read(line) for line in lines]

    def _read(self, grey: np.ndarray) -> Line:
        height, width = grey.shape
        config = f"{self._settings} --psm {mode_number(self._mode, width, height)}"
        try:
            table = self._of.image_to_data(
                grey, self._lang, config, output_type=self._of.Output.DICT, timeout=self._limit_s
            )
        except self._of.TesseractError as error:
            return Line("", (), f"tesseract failed: {' '.join(str(error.message).split())[:120]}")
        except RuntimeError:
            return Line("", (), f"no answer in {self._limit_s:g} s")
        rows = zip(table["text"], table["conf"], table["level"], strict=True)
        return line_of([(str(text), float(score) / 100, ()) for text, score, level in rows if level == 5])

    def close(self) -> None:
        """Nothing stays open."""
