"""Opening a gallery for a command: its passphrase comes from a file or from who sits there, never from the command."""

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gallery.sealed import MAGIC, is_sealed
from gallery.store import Gallery
from pipeline.errors import ConfigError

Command = Callable[..., None]


@dataclass(frozen=True)
class Opening:
    """Which gallery a command is about, and how to get into it."""

    path: Path
    passphrase_file: Path | None = None

    def open(self, *, create: bool = False, write: bool = True, seal: bool = False) -> Gallery:
        """Open it, asking for a passphrase where it is sealed and none was given.

        Args:
            create: make it where it is not there.
            write: it will be changed.
            seal: a new one shall be sealed.

        Raises:
            ConfigError: it cannot be opened.
        """
        return Gallery.open(self.path, self.passphrase(seal=seal), create=create, write=write)

    def passphrase(self, *, seal: bool = False) -> str | None:
        """The passphrase of a sealed gallery, or of a new one; None where it is in clear.

        Raises:
            ConfigError: there is nobody to ask, or its file cannot be read.
        """
        if self.passphrase_file is not None:
            return read_passphrase(self.passphrase_file)
        if self._is_sealed():
            return ask(f"passphrase of {self.path}")
        return ask("passphrase for the new gallery", twice=True) if seal and not self.path.exists() else None

    def _is_sealed(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return is_sealed(file.read(len(MAGIC)))
        except OSError:
            return False


def read_passphrase(path: Path) -> str:
    """The first line of a file.

    Raises:
        ConfigError: it cannot be read, or the line is empty.
    """
    try:
        line = path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the passphrase from {path}; name a text file with it in a line") from error
    if not line:
        raise ConfigError(f"the first line of {path} is empty; write the passphrase there")
    return line


def ask(what: str, *, twice: bool = False) -> str:
    """A passphrase from who sits there, unseen.

    Raises:
        ConfigError: nobody does.
    """
    if not sys.stdin.isatty():
        raise ConfigError(f"no {what}: nobody is there to ask; give --passphrase-file FILE")
    return str(click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))


def gallery_options(command: Command) -> Command:
    """`--gallery` and `--passphrase-file` as one argument `opening`; stands next to the function."""

    @functools.wraps(command)
    def opened(gallery: Path, passphrase_file: Path | None, **rest: Any) -> None:
        command(opening=Opening(gallery, passphrase_file), **rest)

    kind: Any = click.Path(path_type=Path)
    key: Any = click.option("--passphrase-file", type=kind, help="File with a sealed gallery's passphrase.")
    file: Any = click.option(
        "--gallery", type=kind, default=Path("people.gallery"), show_default=True, help="The file people are kept in."
    )
    finished: Command = file(key(opened))
    return finished
