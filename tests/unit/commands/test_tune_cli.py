import io
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from rich.console import Console
from small_searches import grid_space, pretend, small_space

from commands.tune_cli import load_space, tune
from commands.tune_table import Shown
from models.tuning.outcome import Row
from models.tuning.search import Plan, search
from models.tuning.study import open_study
from pipeline.errors import ConfigError, ModelError

pytest.importorskip("optuna")
GRID = {
    "base": {"epochs": 1},
    "space": {"optimiser.rate": {"choice": [0.1, 0.01]}, "net.options.width": {"choice": [8, 16]}},
}


def run(*words: object) -> Result:
    return CliRunner().invoke(tune, [str(word) for word in words])


@pytest.fixture
def space_file(tmp_path: Path) -> Path:
    path = tmp_path / "grid.yaml"
    path.write_text(yaml.safe_dump(GRID))
    return path


def test_a_search_that_has_enough_trials_tells_what_it_found_and_trains_nothing(
    tmp_path: Path, space_file: Path
) -> None:
    pytest.importorskip("matplotlib")
    folder = tmp_path / "found"
    with open_study(folder, grid_space()) as study:
        search(study, folder, grid_space(), Plan(4, "grid"), pretend)
    done = run(space_file, "--sampler", "grid", "-o", folder)
    assert done.exit_code == 0, done.exception
    assert "in 4 trials, going on after 4, into" in done.stderr
    assert "is best: validation accuracy 50.00%\n  optimiser.rate: 0.01\n  net.options.width: 16\n" in done.stdout
    assert f"python -m models train -c {folder / 'best.yaml'}" in done.stdout
    assert {"best.yaml", "trials.csv", "importance.png", "slices.png"} <= {path.name for path in folder.iterdir()}


def test_when_time_is_over_before_a_trial_ends_it_is_said(tmp_path: Path, space_file: Path) -> None:
    pytest.importorskip("matplotlib")
    done = run(space_file, "-o", tmp_path / "late", "--timeout", 1e-9)
    assert done.exit_code == 0, done.exception
    assert "0 of 20 trials ended, none with a result; the same command goes on with it" in done.stdout


@pytest.mark.parametrize("name", ["trials", "trials.csv"])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, space_file: Path, name: str) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / name).touch() if name == "trials" else (folder / name).mkdir()
    done = run(space_file, "-o", folder, *(() if name == "trials" else ("--timeout", 1e-9)))
    assert isinstance(done.exception, ModelError)
    assert f"cannot write to {folder}: " in str(done.exception)


def test_what_stays_may_be_in_a_file_of_its_own_and_set_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("epochs: 7\nbatch: 8\n")
    path = tmp_path / "space.yaml"
    path.write_text("base: base.yaml\nspace: {optimiser.rate: {log: [1e-4, 0.1]}}\n")
    config = load_space(path, ("batch=16", "data.limit=20")).config({"optimiser.rate": 0.01})
    assert (config.epochs, config.batch, config.data.limit) == (7, 16, 20)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "space:\n  batch: {int: [8, 64]}\n  optimiser.rat: {log: [1e-4, 1]}\n",
            "space.yaml:3: space.optimiser.rat: there",
        ),
        ("base:\n  epochs: 0\nspace:\n  batch: {int: [8, 64]}\n", "space.yaml:2: base.epochs: Input should"),
        ("base: gone.yaml\nspace: {batch: {int: [8, 64]}}\n", "no config file"),
        ("base: 7\nspace: {batch: {int: [8, 64]}}\n", "space.yaml:1: base: settings or the name of a file"),
        ("space: {batch: {choice: []}}\n", "space.yaml:1: space.batch: choice: [] has nothing to choose from"),
        ("optimiser.rate: {log: [1e-4, 1]}\n", "space.yaml:1: optimiser.rate: a search space has 'base'"),
        ("space: {batch: {int: [8, 64]}\n", "space.yaml"),
        ("", "space: nothing to search"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "space.yaml"
    path.write_text(text)
    done = run(path, "-o", tmp_path / "out")
    assert isinstance(done.exception, ConfigError)
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_mistake_in_a_base_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("epochs: 0\n")
    path = tmp_path / "space.yaml"
    path.write_text("base: base.yaml\nspace: {batch: {int: [8, 64]}}\n")
    with pytest.raises(ConfigError, match=r"base\.yaml: base\.epochs: Input should be greater"):
        load_space(path, ())


def test_a_grid_over_a_range_without_end_and_a_name_with_slashes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text("space: {optimiser.rate: {log: [1e-4, 0.1]}}\n")
    endless, slashes = run(path, "--sampler", "grid", "-o", tmp_path / "out"), run(path, "--study", "a/b")
    assert "{log: [0.0001, 0.1]} has no end of values for a grid" in str(endless.exception)
    assert "a name without slashes is expected" in str(slashes.exception)
    assert not (tmp_path / "out").exists()


def row(number: int, state: str, value: float | None, reason: str | None = None) -> Row:
    chosen = {"optimiser.rate": 0.0123456, "net.options.width": 8, "batch": 16}
    return Row(number, state, value, 2, chosen, chosen, 1.0, reason)  # type: ignore[arg-type]


def test_where_no_terminal_is_each_trial_that_ends_is_a_line_and_those_of_before_are_not() -> None:
    out = io.StringIO()
    with Shown(Console(file=out), 4, small_space()) as shown:
        shown.update([row(0, "done", 0.9)])
        shown.update([row(0, "done", 0.9), row(1, "running", None)])
        shown.update([row(0, "done", 0.9), row(1, "pruned", 0.5), row(2, "failed", None, "the loss is no number")])
        shown.update([row(0, "done", 0.9), row(1, "pruned", 0.5), row(2, "failed", None, "the loss is no number")])
    chosen = "optimiser.rate=0.0123  net.options.width=8  batch=16"
    assert out.getvalue().splitlines() == [
        f"trial   1   50.00%  {chosen}  ended early after 2 of 4 epochs",
        f"trial   2        -  {chosen}  failed: the loss is no number",
    ]


def test_on_a_terminal_the_best_trial_stands_first_and_those_that_run_last() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    with Shown(console, 4, small_space()) as shown:
        shown.update([row(0, "done", 0.7), row(1, "done", 0.9), row(2, "running", 0.5), row(3, "pruned", 0.1)])
    last = out.getvalue().rpartition("val accuracy")[2]
    lines = [line for line in last.splitlines() if "%" in line]
    assert [line.split()[:2] for line in lines] == [["1", "90.00%"], ["0", "70.00%"], ["2", "50.00%"]]
    assert "3/4" in out.getvalue()
