"""Finds events in a database, and shows them."""

import csv
import json
import re
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from commands.console import open_console
from pipeline.config import suggestion
from pipeline.errors import ConfigError
from pipeline.results.events import KINDS
from pipeline.sinks.data.database import read_database
from pipeline.sinks.data.tables import EVENT_COLUMNS

SHOWN = ("when", "source", "kind", "phase", "zone", "class_name", "track_id", "score", "value")
PIPED_WIDTH = 160
"""Characters of a table that goes into a pipe or a file."""
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Asked:
    """Which events; what is None or empty leaves none out."""

    since_s: float | None = None
    """Seconds since 1970."""
    until_s: float | None = None
    from_s: float | None = None
    """Media time."""
    to_s: float | None = None
    one_of: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """By column."""
    last: int | None = None


@dataclass(frozen=True)
class Found:
    """Rows in the order in which they happened, and what a person should know of them."""

    rows: list[dict[str, Any]]
    notes: list[str]


def moment_s(option: str, text: str, now: datetime | None = None) -> float:
    """Seconds since 1970 of a date, a date and time (of this place, where it says no other), or `2h` for so long ago.

    Raises:
        ConfigError: it is none of these.

    >>> moment_s("--since", "2026-05-01T14:30+00:00")
    1777645800.0
    >>> moment_s("--since", "90m", datetime.fromtimestamp(10_000))
    4600.0
    """
    ago = re.fullmatch(r"(\d+(?:.\d+)?)([smhdw])", text.strip())
    try:
        if ago:
            return ((now or datetime.now()) - timedelta(**{UNITS[ago[2]]: float(ago[1])})).timestamp()
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{option} {text}: it is no time; write 2026-05-01, 2026-05-01T14:30, or 90m, 2h, 7d for so long ago"
        ) from None


def find(path: Path, asked: Asked) -> Found:
    """The events of a database that fit.

    Raises:
        ConfigError: it is no such database, or there is no such kind of event.
    """
    for kind in asked.one_of.get("kind", ()):
        if kind not in KINDS:
            raise ConfigError(f"--type {kind}: there is no such event{suggestion(str(kind), KINDS)}")
    where: list[str] = []
    given: list[object] = []
    for condition, value in (
        ("clock_s >= ?", asked.since_s),
        ("clock_s < ?", asked.until_s),
        ("media_s >= ?", asked.from_s),
        ("media_s < ?", asked.to_s),
    ):
        if value is not None:
            where.append(condition)
            given.append(value)
    for column, values in asked.one_of.items():
        if values:
            where.append(f"{column} IN ({', '.join('?' * len(values))})")
            given += values
    which = f"WHERE {' AND '.join(where)}" if where else ""
    columns = ", ".join(("run", *EVENT_COLUMNS))
    limit = f"LIMIT {asked.last}" if asked.last else ""
    notes: list[str] = []
    with closing(read_database(path)) as base:
        try:
            base.row_factory = sqlite3.Row
            newest = base.execute(f"SELECT {columns} FROM events {which} ORDER BY rowid DESC {limit}", given).fetchall()
            if asked.since_s is not None or asked.until_s is not None:
                timeless = base.execute("SELECT COUNT(*) FROM events WHERE clock_s IS NULL").fetchone()[0]
                if timeless:
                    notes.append(
                        f"{timeless} events have no time of day, their recordings do not say it; ask with --from, --to"
                    )
        except sqlite3.Error as error:
            raise ConfigError(f"cannot read {path}: {error}; it may be damaged") from error
    return Found([_told(row) for row in reversed(newest)], notes)


def show(rows: Sequence[dict[str, Any]], form: str) -> None:
    """Print rows as `table`, `csv` or `json`."""
    if form == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("run", *EVENT_COLUMNS))
        writer.writerows(
            [json.dumps(value) if isinstance(value, dict | list) else value for value in row.values()] for row in rows
        )
        return
    table = Table(*SHOWN, box=None)
    for row in rows:
        table.add_row(*(_cell(row, column) for column in SHOWN))
    console = open_console(PIPED_WIDTH)
    if rows:
        console.print(table, highlight=False)
    console.print(f"{len(rows)} events", highlight=False)


def _told(row: sqlite3.Row) -> dict[str, Any]:
    told = dict(row)
    for column in ("value", "tail"):
        told[column] = json.loads(told[column]) if told[column] else None
    return told


def _cell(row: Mapping[str, Any], column: str) -> str:
    if column == "when":
        if row["clock_s"] is None:
            return f"{row['media_s']:.2f} s"
        return datetime.fromtimestamp(row["clock_s"]).isoformat(" ", "seconds")
    value = row[column]
    if isinstance(value, dict):
        value = ", ".join(f"{key} {one}" for key, one in value.items())
    return "" if value is None else str(value).replace("[", r"\[")
