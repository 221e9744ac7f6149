import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_runs import changed, judged, small_run

from commands.runs_cli import runs
from pipeline.errors import ConfigError, ModelError
from pipeline.locks import lock, unlock


def run(*words: object, answer: str | None = None) -> str:
    return CliRunner().invoke(runs, [str(word) for word in words], input=answer, catch_exceptions=False).output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    judged(small_run(tmp_path / "small [red]"), slice(0, 30))
    judged(small_run(tmp_path / "wide", config={"batch": 32}), slice(0, 10))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    return tmp_path


def test_a_list_has_a_line_for_each_run_and_the_reason_of_a_damaged_one(folder: Path) -> None:
    lines = run("list", folder).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["run", "broken", "small", "wide"]
    assert "90.00% (86.08 to 92.91)" in lines[2]
    assert "small [red]" in lines[2]
    assert lines[4].startswith("broken: cannot read")
    assert [row["state"] for row in json.loads(run("list", folder, "--json"))] == ["damaged", "done", "done"]


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    assert run("list", tmp_path) == f"no run is in {tmp_path}; begin with: python -m models train\n"


def test_a_comparison_has_settings_figures_and_what_may_be_chance(folder: Path) -> None:
    pytest.importorskip("matplotlib")
    told = run("compare", folder / "small [red]", folder / "wide", "-o", folder / "curves.png")
    assert ["batch", "128", "32"] in [line.split() for line in told.splitlines()]
    assert "wide is better than small [red]: 6.67 points" in told
    assert (folder / "curves.png").stat().st_size > 10_000
    data = json.loads(run("compare", folder / "small [red]", folder / "wide", "--json"))
    assert data["settings"] == {"batch": [128, 32]}


def test_a_card_is_shown_and_written_where_asked(folder: Path) -> None:
    assert run("show", folder / "wide").startswith("# wide\n")
    assert not (folder / "wide" / "README.md").exists()
    told = run("show", folder / "wide", "--write")
    assert (folder / "wide" / "README.md").read_text() == told


def test_nothing_is_removed_without_a_yes(folder: Path) -> None:
    wide = folder / "wide"
    assert "remove" in run("remove", wide, answer="n\n")
    assert wide.is_dir()
    assert "is removed" in run("remove", wide, answer="y\n")
    assert not wide.exists()


def test_what_is_no_run_or_still_trains_is_never_removed(folder: Path) -> None:
    training = changed(small_run(folder / "new"), state="running")
    held = lock(training.path(".lock"), wait=False)
    (folder / "link").symlink_to(folder / "wide")
    for name, error, says in (
        ("new", ConfigError, "is being trained"),
        ("link", ConfigError, "is a link"),
        ("", ModelError, "is no run"),
    ):
        with pytest.raises(error, match=says):
            run("remove", folder / "wide", folder / name, "--yes")
    unlock(held)
    assert {"new", "wide", "link"} <= {path.name for path in folder.iterdir()}
