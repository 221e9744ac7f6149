import csv
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_searches import EPOCHS, accuracy, grid_space, pretend, small_space

from models.experiments.run import LAST, MODEL, STATE, Run
from models.training.config import TrainConfig
from models.tuning.outcome import KEPT, Row, best_of, read_rows
from models.tuning.search import Epoch, Plan, search
from models.tuning.space import Space
from models.tuning.study import open_study
from models.tuning.trials import run_folder
from pipeline.errors import ModelError

pytest.importorskip("optuna")


def run_search(folder: Path, plan: Plan, space: Space | None = None, train: Any = pretend) -> list[Row]:
    space = space or small_space()
    with open_study(folder, space) as study:
        search(study, folder, space, plan, train)
        return read_rows(study, space)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """A search in one go, long enough that TPE learns from what came out; and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, run_search(folder, Plan(12))


def test_the_best_trial_is_a_file_that_train_takes(whole: tuple[Path, list[Row]]) -> None:
    folder, rows = whole
    assert [row.number for row in rows] == list(range(12))
    assert {row.state for row in rows} == {"done", "pruned"}
    best = best_of(rows)[0]
    text = (folder / "best.yaml").read_text()
    config = TrainConfig.model_validate(yaml.safe_load(text))
    assert accuracy(config, EPOCHS) == best.value == max(row.value or 0 for row in rows if row.state == "done")
    assert config.optimiser.rate == best.chosen["optimiser.rate"]
    assert f"# Trial {best.number} of 12: validation accuracy {best.value:.2%}" in text
    with (folder / "trials.csv").open() as lines:
        table = list(csv.DictReader(lines))
    assert [row["state"] for row in table] == [row.state for row in rows]
    assert table[0]["optimiser.rate"] == str(rows[0].chosen["optimiser.rate"])


def test_the_weights_of_the_best_three_stay_and_no_others(whole: tuple[Path, list[Row]]) -> None:
    folder, rows = whole
    kept = {row.number for row in rows if (run_folder(folder, row.number) / MODEL).exists()}
    assert kept == {row.number for row in best_of(rows)[:KEPT]}
    assert not any((run_folder(folder, row.number) / LAST).exists() for row in rows)
    assert all((run_folder(folder, row.number) / STATE).exists() for row in rows)


def test_another_seed_chooses_others_and_each_trial_is_trained_with_a_seed_of_its_own(
    tmp_path: Path, whole: tuple[Path, list[Row]]
) -> None:
    seeds = []

    def note(config: TrainConfig, *rest: Any) -> Run:
        seeds.append(config.seed)
        return pretend(config, *rest)

    other = run_search(tmp_path, Plan(2), small_space(seed=4), note)
    assert all(row.chosen != earlier.chosen for row, earlier in zip(other, whole[1], strict=False))
    assert len(set(seeds)) == 2


def test_a_grid_tries_each_combination_once_and_then_ends(tmp_path: Path) -> None:
    rows = run_search(tmp_path, Plan(4, "grid"), grid_space())
    tried = [(row.chosen["optimiser.rate"], row.chosen["net.options.width"]) for row in rows]
    assert sorted(tried) == [(0.01, 8), (0.01, 16), (0.1, 8), (0.1, 16)]
    assert best_of(rows)[0].chosen == {"optimiser.rate": 0.01, "net.options.width": 16}


def test_trials_that_lag_behind_end_early(tmp_path: Path, whole: tuple[Path, list[Row]]) -> None:
    for rows in (whole[1], run_search(tmp_path, Plan(5, "random", "halving"))):
        assert {row.state for row in rows} == {"done", "pruned"}
        assert all(row.epochs == EPOCHS if row.state == "done" else row.epochs < EPOCHS for row in rows)


def test_without_a_pruner_all_come_to_their_end(tmp_path: Path) -> None:
    assert {row.state for row in run_search(tmp_path, Plan(7, "random", "none"))} == {"done"}


def dying(at: int, epochs: int, error: type[BaseException]) -> Callable[..., Run]:
    """A training that dies in its `at`-th call after so many epochs, before it can tell of the last."""
    calls = [0]

    def train(config: TrainConfig, folder: Path, told: Callable[[Epoch], bool | None], resume: bool) -> Run:
        calls[0] += 1

        def dies(epoch: Epoch) -> bool | None:
            if calls[0] == at and epoch.epoch == epochs:
                raise error
            return told(epoch)

        return pretend(config, folder, dies, resume)

    return train


@pytest.mark.parametrize("state", ["done", "pruned"])
def test_a_search_that_was_interrupted_comes_to_the_same_as_one_in_one_go(
    tmp_path: Path, whole: tuple[Path, list[Row]], state: str
) -> None:
    cut = [row.number for row in whole[1] if row.state == state][-1]
    at = 2 if state == "done" else 1
    with pytest.raises(KeyboardInterrupt):
        run_search(tmp_path, Plan(12), train=dying(cut + 1, at, KeyboardInterrupt))
    with open_study(tmp_path) as study:
        last = read_rows(study, small_space())[-1]
    assert (last.state, last.epochs) == ("waiting", at - 1), "what it came to last could not be told"
    rows = run_search(tmp_path, Plan(12))
    assert [replace(row, seconds=0) for row in rows] == [replace(row, seconds=0) for row in whole[1]]
    first = json.loads((run_folder(tmp_path, cut) / STATE).read_text())["first"]
    assert first == (3 if state == "done" else 1), "it was not gone on with"


def test_when_the_time_is_over_the_trial_that_runs_is_put_back(tmp_path: Path) -> None:
    until = time.monotonic() + 1000
    late = Plan(3, until_s=until)

    def slow(config: TrainConfig, folder: Path, told: Callable[[Epoch], bool | None], resume: bool) -> Run:
        object.__setattr__(late, "until_s", 0.0)
        return pretend(config, folder, told, resume)

    assert [(row.state, row.epochs) for row in run_search(tmp_path, late, train=slow)] == [("waiting", 1)]
    assert (run_folder(tmp_path, 0) / LAST).exists()
    rows = run_search(tmp_path, Plan(3))
    assert [(row.state, row.epochs) for row in rows] == [("done", EPOCHS)] * 3
    assert run_search(tmp_path, Plan(3)) == rows


def test_a_trial_that_cannot_be_trained_is_kept_with_the_reason_and_the_search_goes_on(tmp_path: Path) -> None:
    def narrow(config: TrainConfig, *rest: Any) -> Run:
        if config.net.options["width"] == 32:
            raise ModelError("the loss is no number any more at step 3 of epoch 1")
        return pretend(config, *rest)

    rows = run_search(tmp_path, Plan(6, "random"), train=narrow)
    failed = [row for row in rows if row.chosen["net.options.width"] == 32]
    assert failed
    assert {(row.state, row.reason) for row in failed} == {
        ("failed", "the loss is no number any more at step 3 of epoch 1")
    }
    assert {row.state for row in rows if row not in failed} <= {"done", "pruned"}


def test_a_search_in_which_nothing_works_ends_soon(tmp_path: Path) -> None:
    calls = []

    def never(config: TrainConfig, *rest: Any) -> Run:
        calls.append(config)
        raise ModelError("no disk space")

    with pytest.raises(ModelError, match="5 trials in a row failed, so the search ended; the last: no disk space"):
        run_search(tmp_path, Plan(50), train=never)
    assert len(calls) == 5
    assert not (tmp_path / "best.yaml").exists()


def test_a_run_that_cannot_be_gone_on_with_is_begun_anew(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_search(tmp_path, Plan(1), train=dying(1, 2, KeyboardInterrupt))
    (run_folder(tmp_path, 0) / LAST).write_bytes(b"half")
    assert [(row.state, row.epochs) for row in run_search(tmp_path, Plan(1))] == [("done", EPOCHS)]
    assert json.loads((run_folder(tmp_path, 0) / STATE).read_text())["first"] == 1
