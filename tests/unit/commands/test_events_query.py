"""`events query`: what fits, in three forms; a line for what cannot be asked."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from happenings import event, packet_of

from commands.events_cli import events
from fakes import INFO
from pipeline.errors import ConfigError
from pipeline.sinks.data.sqlite_sink import SqliteSink


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    sink = SqliteSink(path, INFO)
    told = (
        event(0),
        event(1, kind="entered", phase="start", zone="yard", clock_s=1_700_003_600.0),
        event(2, class_name="car", clock_s=None),
    )
    sink.write(packet_of(*told))
    sink.finish()
    sink.close()
    return path


def asked(base: Path, *options: str) -> Result:
    result = CliRunner().invoke(events, ["query", str(base), *options])
    if result.exception is not None:
        raise result.exception
    return result


def ids(base: Path, *options: str) -> list[str]:
    return [row["id"] for row in json.loads(asked(base, *options, "--format", "json").stdout)]


def test_asking_leaves_nothing_beside_the_database(base: Path) -> None:
    ids(base)
    assert [path.name for path in base.parent.iterdir()] == ["a.db"]


def test_everything_in_the_order_in_which_it_happened(base: Path) -> None:
    assert ids(base) == ["e0", "e1", "e2"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--type", "entered"), ["e1"]),
        (("--type", "entered", "--type", "crossed"), ["e0", "e1", "e2"]),
        (("--zone", "yard"), ["e1"]),
        (("--class", "car"), ["e2"]),
        (("--track", "8"), ["e1"]),
        (("--source", "elsewhere"), []),
        (("--from", "0.04", "--to", "0.08"), ["e1"]),
        (("--last", "2"), ["e1", "e2"]),
        (("--since", "2h"), []),
        (("--since", datetime.fromtimestamp(1_700_003_000).isoformat()), ["e1"]),
        (("--until", datetime.fromtimestamp(1_700_003_000).isoformat()), ["e0"]),
    ],
)
def test_only_what_was_asked_for(base: Path, options: tuple[str, ...], found: list[str]) -> None:
    assert ids(base, *options) == found


def test_it_says_what_has_no_time_of_day(base: Path) -> None:
    assert "1 events have no time of day" in asked(base, "--since", "2h").stderr


def test_a_table_for_people(base: Path) -> None:
    told = asked(base).stdout
    assert "3 events" in told
    assert "door" in told
    assert "direction in" in told
    assert "0.08 s" in told


def test_csv_for_programs(base: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(asked(base, "--format", "csv").stdout)))
    assert [row["id"] for row in rows] == ["e0", "e1", "e2"]
    assert rows[0]["x_min"] == "1.0"
    assert json.loads(rows[0]["value"]) == {"direction": "in"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--type", "crosed"), "did you mean 'crossed'"),
        (("--since", "yesterday"), "it is no time"),
        (("--since", "99999999999w"), "it is no time"),
    ],
)
def test_what_cannot_be_asked_is_told(base: Path, options: tuple[str, ...], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        asked(base, *options)


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no database"):
        asked(tmp_path / "absent.db")
    (tmp_path / "text.db").write_text("no database\n" * 1000)
    with pytest.raises(ConfigError, match="name another file"):
        asked(tmp_path / "text.db")
    assert not (tmp_path / "absent.db").exists()
