"""One recording of a batch: what is to be done with it, where its parts lie, and what proves that it is done."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from batch.fetch import hidden
from pipeline.config import Settings, check_settings
from pipeline.config_file import Document
from pipeline.errors import ConfigError
from stages import CATALOGUE

WORK = ".batch"
"""Folder beside the results: parts while they are made, and a record of each recording that is done."""


@dataclass(frozen=True)
class Job:
    """A recording and its results; the same on every machine that sees the folders."""

    given: str
    """As it was named: a path, or an address that fsspec reads."""
    out: str
    """Folder of the results, or of what is made until they are brought to `to`."""
    stem: str
    """Of the names of its results."""
    document: Document
    """The config."""
    with_video: bool = True
    models: tuple[tuple[str, str], ...] = ()
    """Name and checksum of each model."""
    to: str = ""
    """Address that fsspec writes, where the results are wanted; empty: they stay in `out`."""
    suffix: str = ".mp4"
    """Of its video."""
    digest: str = ""
    """SHA-256 of the recording; empty until it was opened."""
    size: int = 0
    """Bytes of it, when the digest was made."""
    changed_ns: int = 0
    """When it was changed last, then."""

    @property
    def name(self) -> str:
        """As people are told of it: an address without its secrets."""
        return hidden(self.given) if "://" in self.given else self.given

    @property
    def source(self) -> str:
        """Where the recording lies: an address is brought here first."""
        if "://" not in self.given:
            return self.given
        name = hashlib.sha256(self.given.encode()).hexdigest()[:12]
        return str(Path(self.out) / WORK / "fetched" / name / Path(self.given).name)

    @property
    def video(self) -> str | None:
        """Path of the annotated video; None: data alone."""
        return str(Path(self.out) / f"{self.stem}{self.suffix}") if self.with_video else None

    @property
    def jsonl(self) -> str:
        """Path of the data."""
        return str(Path(self.out) / f"{self.stem}.jsonl")

    @property
    def key(self) -> str:
        """Differs where recording, config or models do."""
        told = json.dumps([self.digest, self.document.data, self.models, self.with_video], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def settings(self) -> Settings:
        """The config, checked.

        Raises:
            ConfigError: a mistake in it.
        """
        return check_settings(self.document, CATALOGUE)

    @property
    def folder(self) -> Path:
        """Where its parts lie until it is done."""
        return Path(self.out) / WORK / f"{self.stem}-{self.key[:12]}"

    @property
    def record(self) -> Path:
        """What says that it is done."""
        return Path(self.out) / WORK / f"{self.stem}.json"

    @property
    def files(self) -> list[Path]:
        """Its results here."""
        return [Path(name) for name in (self.video, self.jsonl) if name is not None]

    @property
    def told_files(self) -> list[str]:
        """Its results where they are wanted, as people are told of them."""
        return [f"{hidden(self.to).rstrip('/')}/{path.name}" if self.to else str(path) for path in self.files]

    def check_unchanged(self) -> None:
        """Refuse a recording that is not any more what its checksum was made of.

        Raises:
            ConfigError: it changed, or is gone.
        """
        try:
            now = Path(self.source).stat()
        except OSError as error:
            raise ConfigError(f"{self.source} is gone: {error.strerror}; bring it back, then --resume") from error
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_ns):
            raise ConfigError(f"{self.source} changed while it was worked on; wait until it is whole, then --resume")
