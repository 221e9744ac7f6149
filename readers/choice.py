"""Which reader, and how it is opened: by name, behind a guard."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from models.backend import Device
from readers.apart import ProcessWorker
from readers.guard import GuardedReader
from readers.reader import Reader
from readers.tesseract_lines import Mode
from readers.threaded import ThreadWorker

Kind = Literal["tesserocr", "pytesseract", "ppocr"]
SHELF_READER = "text-read-ppocr-v6-small"


@dataclass(frozen=True, slots=True)
class Choice:
    """A reader, with what it needs to be opened; plain values, so that it can be sent to another process."""

    kind: Kind = "tesserocr"
    lang: str = "eng"
    """For both ways to Tesseract."""
    tessdata: Path | None = None
    mode: Mode = "auto"
    whitelist: str = ""
    model: str = SHELF_READER
    """For ppocr."""
    threads: int = 1
    device: Device = "auto"
    limit_s: float = 2.0
    """After which a picture is given up."""
    apart: bool = False
    """In a process of its own."""
    cache: Path | None = None


def open_reader(choice: Choice) -> GuardedReader:
    """The reader of that name, behind a guard.

    Raises:
        ConfigError: its package or a language is not installed.
        ModelError: its network is not pulled.
    """
    worker = ProcessWorker if choice.apart else ThreadWorker
    return GuardedReader(partial(worker, partial(open_bare, choice), choice.limit_s))


def open_bare(choice: Choice) -> Reader:
    """The same without a guard. Each is imported only when it is opened."""
    if choice.kind == "tesserocr":
        from readers.tesserocr_reader import TesserocrReader

        return TesserocrReader(choice.lang, choice.tessdata, choice.whitelist, choice.mode)
    if choice.kind == "pytesseract":
        from readers.pytesseract_reader import PytesseractReader

        # Its own limit comes first: it ends the program that hangs.
        return PytesseractReader(choice.lang, choice.tessdata, choice.whitelist, choice.mode, 0.9 * choice.limit_s)
    from readers.ppocr import PpocrReader

    return PpocrReader(choice.model, choice.whitelist, choice.threads, choice.device, choice.cache)
