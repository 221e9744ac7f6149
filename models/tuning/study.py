"""The file that a search is kept in, so that it outlives its process and several processes share it."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from models.tuning.space import Space, difference, read_space
from models.workshop import require
from pipeline.errors import ConfigError, ModelError
from pipeline.locks import lock, unlock
from pipeline.whole import write_whole

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import RDBStorage

STUDY = "study.db"
"""SQLite, as Optuna keeps studies."""
SPACE = "space.yaml"
"""What is searched; `python -m models tune` takes it again."""
TRIALS = "trials"
"""A run folder for each trial."""
BEST = "best.yaml"
"""Settings of the best trial, for `train -c`."""
TABLE = "trials.csv"
_LOCK = ".lock"
_WAIT_S = 30.0
"""For another process to finish what it writes."""


@contextmanager
def open_study(folder: Path, space: Space | None = None, wait_s: float = _WAIT_S) -> Iterator["Study"]:
    """The study in a folder, made where there is none.

    Args:
        folder: Of the search.
        space: What is searched; None: that of the study, which has to be there.
        wait_s: For other processes that write to it.

    Raises:
        ConfigError: it was begun with another space.
        ModelError: the file is damaged, locked, of another program or version, or cannot be written.
    """
    require(("optuna",), "searching settings")
    path = folder / STUDY
    if space is None and not path.is_file():
        raise ModelError(f"{folder} is no search of `python -m models tune`: it has no {STUDY}")
    with one_line(path, wait_s):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with alone(folder):
                storage = _storage(path, wait_s)
                study = _study(storage, folder, space)
        except OSError as error:
            raise ModelError(f"cannot write to {folder}: {error.strerror}; name another folder with -o") from error
        try:
            yield study
        finally:
            _let_go(storage)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Whoever else searches in this folder waits meanwhile."""
    held = lock(folder / _LOCK, wait=True)
    try:
        yield
    finally:
        unlock(held)


def read_kept_space(folder: Path) -> Space:
    """What a search goes over, from its folder.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return read_space(yaml.safe_load((folder / SPACE).read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ConfigError) as error:
        raise ModelError(f"cannot read {folder / SPACE}: {' '.join(str(error).split())[:200]}") from error


@contextmanager
def one_line(path: Path, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Raise what goes wrong with a study's file as ModelError, with what to do."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError, sqlite3.Error) as error:
        why = _reason(error)
        if "locked" in why:
            raise ModelError(f"{path} was locked by another program for {wait_s:g} s; close that, and go on") from error
        if "not a database" in why or "malformed" in why:
            raise ModelError(
                f"{path} is damaged ({why}); put a copy in its place, or search anew in another"
            ) from error
        raise ModelError(f"cannot use {path}: {why}; free the disk or mend its rights, and go on") from error


def _storage(path: Path, wait_s: float) -> "RDBStorage":
    from optuna.storages import RDBStorage

    logging.getLogger("optuna").setLevel(logging.ERROR)
    if path.exists():
        with closing(sqlite3.connect(path, timeout=wait_s)) as connection:
            tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
        if tables and "studies" not in tables:
            raise ModelError(f"{path} is a database of another program; name another folder with -o")

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=wait_s, check_same_thread=False)
        # A write-ahead log takes one wait for the disk where a journal takes three; a killed process damages neither.
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        return connection

    try:
        # The name in the address is not used: one with a question mark could not stand there.
        return RDBStorage("sqlite:///study.db", engine_kwargs={"creator": connect})
    except RuntimeError as error:
        raise ModelError(f"{path} is of another version of Optuna: {' '.join(str(error).split())[:160]}") from error


def _study(storage: "RDBStorage", folder: Path, space: Space | None) -> "Study":
    import optuna

    study = optuna.create_study(storage=storage, study_name="search", direction="maximize", load_if_exists=True)
    kept = study.user_attrs.get("space")
    if space is None:
        return study
    if kept is not None:
        found = difference(json.loads(kept), space.written())
        if found is not None:
            _let_go(storage)
            raise ConfigError(
                f"{folder} was begun with another space: {found}; name another with --study, or search that one"
            )
    write_whole(folder / SPACE, yaml.safe_dump(space.written(), sort_keys=False))
    if kept is None:
        study.set_user_attr("space", json.dumps(space.written()))
    return study


def _let_go(storage: "RDBStorage") -> None:
    storage.remove_session()
    storage.engine.dispose()


def _reason(error: BaseException) -> str:
    """What SQLite said, below what was made of it."""
    below = error
    while below.__cause__ is not None:
        below = below.__cause__
    return " ".join(str(getattr(below, "orig", None) or below).split())[:160]
