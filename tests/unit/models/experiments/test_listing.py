import json
from pathlib import Path

import pytest
from small_runs import changed, judged, small_run

from models.experiments.listing import list_runs
from pipeline.errors import ModelError
from pipeline.locks import lock, unlock


def test_runs_are_listed_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    judged(small_run(tmp_path / "a"), slice(0, 30))
    changed(small_run(tmp_path / "b", epochs=5), begun="2026-01-01T00:00:00+00:00")
    (tmp_path / "notes").mkdir()
    (tmp_path / "tune.search").mkdir()
    (tmp_path / "tune.search" / "study.db").write_bytes(b"")
    rows = list_runs(tmp_path)
    assert [row.name for row in rows] == ["b", "a"]
    first, last = rows
    assert (first.epochs, first.of_epochs, first.test_accuracy) == (5, 5, None)
    assert (last.net, last.data, last.parameters, last.state) == ("simple-cnn", "fashion-mnist", 57_418, "done")
    assert (last.test_accuracy, last.seconds) == (0.9, 4.5)
    assert last.val_accuracy == pytest.approx(0.8)
    assert last.low is not None
    assert last.high is not None
    assert last.low < 0.9 < last.high
    assert list_runs(tmp_path / "a") == [last]
    assert json.loads(json.dumps(last.as_data()))["name"] == "a"


def test_a_run_whose_process_is_gone_died_and_one_that_is_locked_runs(tmp_path: Path) -> None:
    changed(small_run(tmp_path / "dead"), state="running")
    alive = changed(small_run(tmp_path / "alive"), state="running")
    (tmp_path / "dead" / ".lock").touch()
    held = lock(alive.path(".lock"), wait=False)
    rows = {row.name: row for row in list_runs(tmp_path)}
    unlock(held)
    assert (rows["alive"].state, rows["alive"].reason) == ("running", None)
    assert rows["dead"].state == "died"
    assert f"--resume {tmp_path / 'dead'}" in (rows["dead"].reason or "")


def test_a_run_that_failed_says_why(tmp_path: Path) -> None:
    changed(small_run(tmp_path / "a"), state="failed", error="the loss is no number any more", best=None)
    assert [(row.state, row.reason, row.val_accuracy) for row in list_runs(tmp_path)] == [
        ("failed", "the loss is no number any more", None)
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("run.json", "{", "cannot read"),
        ("run.json", "[1]", "is damaged: an object is expected"),
        ("config.yaml", "epochs: [", "cannot read"),
        ("config.yaml", "epochs: many", "config.yaml: epochs: "),
        ("history.csv", "epoch,loss\n1,low\n", "cannot read"),
        ("metrics.json", '{"accuracy": "high"}', "is damaged or of another version; evaluate"),
        ("metrics.json", '{"accuracy": "high", "data": "digits", "split": "test"}', "is damaged or of another version"),
        ("run.json", None, "it has no run.json"),
    ],
)
def test_a_damaged_run_is_listed_with_the_reason_and_stops_nothing(
    tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    small_run(tmp_path / "good")
    damaged = small_run(tmp_path / "damaged")
    damaged.path(name).unlink(missing_ok=True)
    if content is not None:
        damaged.path(name).write_text(content)
    rows = {row.name: row for row in list_runs(tmp_path)}
    assert rows["good"].state == "done"
    assert rows["damaged"].state == "damaged"
    assert says in (rows["damaged"].reason or "")


@pytest.mark.parametrize(
    "state", [{"best": [1]}, {"seconds": "long"}, {"parameters": None}, {"net": 3}, {"state": "?"}]
)
def test_a_state_with_odd_values_is_listed(tmp_path: Path, state: dict[str, object]) -> None:
    changed(small_run(tmp_path / "odd"), **state)
    assert [row.name for row in list_runs(tmp_path)] == ["odd"]


def test_an_ensemble_has_no_epochs(tmp_path: Path) -> None:
    run = changed(small_run(tmp_path / "together"), net="soup", best={"val_accuracy": 0.9})
    run.path("history.csv").unlink()
    assert [(row.net, row.state, row.epochs, row.val_accuracy) for row in list_runs(tmp_path)] == [
        ("soup", "done", None, 0.9)
    ]


def test_where_there_is_no_folder_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no folder"):
        list_runs(tmp_path / "gone")
    assert list_runs(tmp_path) == []
