import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from small_searches import pretend, small_space

from models.experiments.run import STATE
from models.tuning.outcome import best_of, read_rows
from models.tuning.search import Plan, search
from models.tuning.study import STUDY, open_study, read_kept_space
from models.tuning.trials import MOST_TRIES, begin, run_folder
from pipeline.errors import ConfigError, ModelError, PipelineError
from pipeline.locks import unlock

pytest.importorskip("optuna")
ROOT = Path(__file__).resolve().parents[4]
ALONE = """
import sys, os, signal
from pathlib import Path
sys.path.insert(0, "tests")
from small_searches import pretend, small_space
from models.tuning.search import Plan, search
from models.tuning.study import open_study

dies_at = int(sys.argv[3])

def train(config, folder, told, resume):
    def last(epoch):
        answer = told(epoch)
        if dies_at and epoch.epoch == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return pretend(config, folder, last, resume)

folder, space = Path(sys.argv[1]), small_space()
print("begun", flush=True)
sys.stdin.readline()
with open_study(folder, space) as study:
    search(study, folder, space, Plan(int(sys.argv[2]), "random", "none"), train)
"""


def start(folder: Path, trials: int, dies_at: int = 0) -> "subprocess.Popen[str]":
    """A process of its own that waits for a line until it searches."""
    words = [sys.executable, "-c", ALONE, str(folder), str(trials), str(dies_at)]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_two_processes_share_a_search_from_its_first_moment(tmp_path: Path) -> None:
    workers = [start(tmp_path, 6) for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        worker.communicate("go\n")
    assert [worker.returncode for worker in workers] == [0, 0]
    with open_study(tmp_path) as study:
        rows = read_rows(study, small_space())
        assert len(study.get_trials(deepcopy=False)) == 6
    assert [(row.number, row.state) for row in rows] == [(number, "done") for number in range(6)]
    assert f"# Trial {best_of(rows)[0].number} of 6" in (tmp_path / "best.yaml").read_text()
    assert not list((tmp_path / "trials").glob(".*"))


def test_a_trial_whose_process_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    killed = start(tmp_path, 1, dies_at=2)
    killed.communicate("go\n")
    assert killed.returncode == -9
    space = small_space()
    with open_study(tmp_path, space) as study:
        before = read_rows(study, space)
        search(study, tmp_path, space, Plan(2, "random", "none"), pretend)
        rows = read_rows(study, space)
    assert [(row.state, row.epochs) for row in before] == [("running", 2)]
    assert [(row.state, row.epochs, row.reason) for row in rows] == [("done", 4, None), ("done", 4, None)]
    assert rows[0].chosen == before[0].chosen
    assert json.loads((run_folder(tmp_path, 0) / STATE).read_text())["first"] == 3


def test_a_trial_that_kills_its_process_each_time_is_given_up(tmp_path: Path) -> None:
    space = small_space()
    with open_study(tmp_path, space) as study:
        for _ in range(MOST_TRIES):
            begun = begin(study, tmp_path, space, 1, "random")
            assert begun is not None
            assert begun.number == 0
            unlock(begun.held)  # as when the process dies
        assert begin(study, tmp_path, space, 1, "random") is None
        rows = read_rows(study, space)
    assert [(row.state, row.reason) for row in rows] == [("failed", f"its process died {MOST_TRIES} times")]


def test_a_trial_that_is_alive_is_nobody_elses(tmp_path: Path) -> None:
    space = small_space()
    with open_study(tmp_path, space) as study, open_study(tmp_path, space) as other:
        begun = [begin(one, tmp_path, space, 3, "random") for one in (study, other, study, other)]
        assert [one and one.number for one in begun] == [0, 1, 2, None]
        for one in begun[:3]:
            assert one is not None
            unlock(one.held)


def test_a_study_of_another_space_says_what_differs_and_stays_as_it_was(tmp_path: Path) -> None:
    with open_study(tmp_path, small_space()):
        pass
    says = r"was begun with another space: base.epochs was 4, now it is 9; name another"
    with pytest.raises(ConfigError, match=says), open_study(tmp_path, small_space(epochs=9)):
        pass
    assert read_kept_space(tmp_path) == small_space()


def not_sqlite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def half(path: Path) -> None:
    with open_study(path.parent, small_space()) as study:
        study.set_user_attr("padding", "x" * 50_000)
    path.write_bytes(path.read_bytes()[:20_000])


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table birds (name text)")


def folder_in_place(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (not_sqlite, "is damaged (file is not a database)"),
        (half, "is damaged (database disk image is malformed)"),
        (other_program, "is a database of another program; name another folder with -o"),
        (folder_in_place, "cannot use"),
    ],
)
def test_a_file_that_is_no_study_is_one_line_and_stays(tmp_path: Path, damage: object, says: str) -> None:
    assert callable(damage)
    damage(tmp_path / STUDY)
    before = (tmp_path / STUDY).stat().st_size
    with pytest.raises(PipelineError) as caught, open_study(tmp_path, small_space()) as study:
        study.get_trials()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / STUDY).stat().st_size == before


def test_a_study_that_another_program_holds_is_waited_for_and_then_one_line(tmp_path: Path) -> None:
    with open_study(tmp_path, small_space()):
        pass
    with closing(sqlite3.connect(tmp_path / STUDY, isolation_level=None)) as other:
        other.execute("begin exclusive")
        says = r"study\.db was locked by another program for 0\.1 s; close that, and go"
        with pytest.raises(ModelError, match=says), open_study(tmp_path, small_space(), wait_s=0.1) as study:
            study.ask()


def test_a_folder_without_a_study_is_no_search(tmp_path: Path) -> None:
    says = r"is no search of `python -m models tune`: it has no study\.db"
    with pytest.raises(ModelError, match=says), open_study(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_signs_that_addresses_have_is_searched_in(tmp_path: Path) -> None:
    folder = tmp_path / "what? 50 % #1"
    with open_study(folder, small_space()):
        pass
    assert (folder / STUDY).is_file()
    assert run_folder(folder, 7) == folder / "trials" / "0007"
