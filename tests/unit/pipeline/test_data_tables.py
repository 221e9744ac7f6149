"""Events and objects as CSV, Parquet and SQLite: the same columns, each event once, whole or not under its name."""

import csv
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from happenings import event, packet_of, packets

from fakes import INFO, frame
from pipeline.errors import ConfigError, SinkError
from pipeline.sinks.data.config import DataConfig
from pipeline.sinks.data.make import data_sinks
from pipeline.sinks.data.sqlite_sink import SqliteSink
from pipeline.sinks.data.table_files import CsvTable, ParquetTable, Rows
from pipeline.stage import Sink
from pipeline.types import Detections, Packet

FOUND = Detections(
    np.array([[1, 2, 30, 40]], np.float32), np.array([0.91], np.float32), np.array([0], np.int32), ("person",)
)


def objects(index: int) -> Packet:
    return Packet(frame(index)).plus("ssd", FOUND)


def stored(sink: Sink, *given: Packet) -> None:
    for packet in given:
        sink.write(packet)
    sink.finish()
    sink.close()


def test_an_event_is_a_line_of_csv(tmp_path: Path) -> None:
    stored(CsvTable(tmp_path / "a.csv", Rows("events", INFO, None), INFO), *packets(2))
    with (tmp_path / "a.csv").open() as file:
        first, second = csv.DictReader(file)
    assert (first["kind"], first["zone"], first["track_id"], first["x_max"]) == ("crossed", "door", "7", "30.0")
    assert json.loads(first["value"]) == {"direction": "in"}
    assert second["id"] == "e1"


def test_events_of_dropped_packets_are_in_the_table(tmp_path: Path) -> None:
    stored(CsvTable(tmp_path / "a.csv", Rows("events", INFO, None), INFO), *packets(10)[::3])
    with (tmp_path / "a.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == [f"e{number}" for number in range(10)]


def test_objects_are_a_parquet_file_with_typed_columns(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow: pip install -r requirements-data.txt")
    sink = ParquetTable(tmp_path / "a.parquet", Rows("objects", INFO, "ssd"), INFO)
    stored(sink, objects(0), Packet(frame(1)), objects(2))
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.column("frame").to_pylist() == [0, 2]
    assert table.column("score").to_pylist() == [0.91, 0.91]
    assert str(table.schema.field("track_id").type) == "int64"
    assert not list(tmp_path.glob("*.part*"))


def test_a_parquet_file_without_rows_can_be_read(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow: pip install -r requirements-data.txt")
    stored(ParquetTable(tmp_path / "a.parquet", Rows("events", INFO, None), INFO))
    assert parquet.read_table(tmp_path / "a.parquet").num_rows == 0


def test_a_parquet_file_that_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet", reason="pyarrow: pip install -r requirements-data.txt")
    sink = ParquetTable(tmp_path / "a.parquet", Rows("objects", INFO, "ssd"), INFO)
    sink.write(objects(0))
    sink.close()
    assert not list(tmp_path.iterdir())


def test_runs_share_a_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    stored(SqliteSink(path, INFO), *packets(3))
    stored(SqliteSink(path, INFO, "ssd"), objects(0), *packets(2))
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("SELECT run, COUNT(*) FROM events GROUP BY run").fetchall() == [(1, 3), (2, 2)]
        assert base.execute("SELECT run, class_name FROM objects").fetchall() == [(2, "person")]
        assert base.execute("SELECT COUNT(*) FROM runs WHERE ended_s > began_s").fetchone() == (2,)
        assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        plan = str(base.execute("EXPLAIN QUERY PLAN SELECT * FROM events WHERE clock_s > 1").fetchall())
        assert "events_by_clock" in plan


def test_a_database_can_be_asked_while_it_is_written(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "a.db", INFO, every_s=0.0)
    sink.write(packets(1)[0])
    with closing(sqlite3.connect(tmp_path / "a.db")) as base:
        assert base.execute("SELECT COUNT(*) FROM events").fetchone() == (1,)
        assert base.execute("SELECT ended_s FROM runs").fetchone() == (None,)
    sink.close()


def test_a_locked_database_is_waited_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.db"
    sink = SqliteSink(path, INFO, every_s=0.0)
    sink._base.execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for packet in packets(3):
            sink.write(packet)
        other.execute("ROLLBACK")
    sink.finish()
    sink.close()
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("SELECT id FROM events").fetchall() == [("e0",), ("e1",), ("e2",)]
    assert len([line for line in caplog.messages if "rows wait in memory" in line]) == 1


def test_a_disk_that_stays_full_is_told_with_what_is_missing(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "a.db", INFO)
    sink.write(packets(1)[0])
    sink._base.execute("PRAGMA query_only = ON")
    with pytest.raises(SinkError, match="1 rows are missing"):
        sink.finish()
    sink.close()


def test_several_sources_write_one_database_at_once(tmp_path: Path) -> None:
    sinks = [SqliteSink(tmp_path / "a.db", INFO, every_s=0.0) for _ in range(3)]
    threads = [threading.Thread(target=stored, args=(sink, *packets(20))) for sink in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(sqlite3.connect(tmp_path / "a.db")) as base:
        assert base.execute("SELECT run, COUNT(*) FROM events GROUP BY run").fetchall() == [(1, 20), (2, 20), (3, 20)]


def test_what_is_no_database_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"x" * 9000)
    with closing(sqlite3.connect(tmp_path / "other.db")) as base:
        base.execute("CREATE TABLE things (name TEXT)")
    for name in ("a.db", "other.db"):
        with pytest.raises(ConfigError, match=r"cannot open .*name another file"):
            SqliteSink(tmp_path / name, INFO)
    with pytest.raises(ConfigError, match="does not exist"):
        SqliteSink(tmp_path / "absent" / "a.db", INFO)
    assert (tmp_path / "a.db").read_bytes() == b"x" * 9000


def test_a_config_makes_its_sinks_with_the_name_of_the_source(tmp_path: Path) -> None:
    config = DataConfig.model_validate(
        {"csv": {"path": str(tmp_path / "new" / "{source}.csv")}, "sqlite": {"path": str(tmp_path / "a.db")}}
    )
    table, database = data_sinks(config, INFO, None, alone=False)
    stored(table, packet_of(event()))
    stored(database)
    assert (tmp_path / "new" / "fake.csv").exists()


def test_several_sources_do_not_share_one_csv(tmp_path: Path) -> None:
    config = DataConfig.model_validate({"csv": {"path": str(tmp_path / "a.csv")}})
    with pytest.raises(ConfigError, match=r"\{source\}"):
        data_sinks(config, INFO, None, alone=False)


def test_objects_that_nobody_finds_cannot_be_written(tmp_path: Path) -> None:
    config = DataConfig.model_validate(
        {"csv": {"path": str(tmp_path / "a.csv")}, "parquet": {"path": str(tmp_path / "a.parquet")}}
    )
    with pytest.raises(ConfigError, match="no objects to write"):
        data_sinks(config, INFO, None)
    assert not list(tmp_path.iterdir())
