import json
from pathlib import Path

import pytest
from small_runs import changed, judged, small_run

from models.evaluation.interval import wilson
from models.experiments.comparing import compare
from models.experiments.predictions import PREDICTIONS, read_predictions
from models.experiments.run import Run
from pipeline.errors import ConfigError, ModelError

pytest.importorskip("sklearn")


def two(tmp_path: Path, wrong: slice, others: slice, keep: bool = True) -> list[Run]:
    """Two runs, each with what it got wrong of 300 pictures."""
    wide = {"optimiser": {"rate": 0.01}, "out": "elsewhere"}
    first = judged(small_run(tmp_path / "small"), wrong, keep)
    return [first, judged(small_run(tmp_path / "wide", config=wide), others, keep)]


def test_settings_that_differ_are_told_and_no_others(tmp_path: Path) -> None:
    told = compare(two(tmp_path, slice(0, 30), slice(0, 10)))
    assert told.names == ("small", "wide")
    assert told.settings == {"optimiser.rate": (0.001, 0.01)}
    figures = {one.name: one for one in told.figures}
    assert figures["accuracy"].values == (0.9, 290 / 300)
    assert figures["accuracy"].intervals[0] == wilson(270, 300)
    assert list(figures["parameters"].values) == [57_418, 57_418]
    assert "auc" not in figures
    assert json.loads(json.dumps(told.as_data()))["settings"] == {"optimiser.rate": [0.001, 0.01]}


def test_picture_by_picture_a_difference_is_seen_that_intervals_do_not_show(tmp_path: Path) -> None:
    (sharp,) = compare(two(tmp_path / "kept", slice(0, 30), slice(0, 15))).verdicts
    assert (sharp.better, sharp.other, sharp.is_real) == ("wide", "small", True)
    assert sharp.p == pytest.approx(2 * 0.5**15)
    assert str(sharp) == "wide is better than small: 5.00 points (the same 300 pictures, McNemar's test, p 6.1e-05)"
    (blunt,) = compare(two(tmp_path / "not", slice(0, 30), slice(0, 15), keep=False)).verdicts
    assert (blunt.is_real, blunt.p) == (False, None)
    assert "wide may be no better than small: 5.00 points (their 95 % intervals overlap" in str(blunt)


def test_as_many_mistakes_on_other_pictures_are_no_difference(tmp_path: Path) -> None:
    (told,) = compare(two(tmp_path, slice(0, 20), slice(40, 60))).verdicts
    assert (told.share, told.p, told.is_real) == (0, 1.0, False)
    assert "are right equally often" in str(told)
    (chance,) = compare(two(tmp_path / "c", slice(0, 20), slice(40, 62))).verdicts
    assert not chance.is_real
    assert chance.p is not None
    assert chance.p > 0.5


def test_figures_that_do_not_compare_are_not_compared(tmp_path: Path) -> None:
    runs = two(tmp_path, slice(0, 30), slice(0, 10))
    changed(runs[1], fingerprint="other")
    metrics = runs[1].read_json("metrics.json")
    runs[1].path("metrics.json").write_text(json.dumps(metrics | {"split": "validation"}))
    told = compare([*runs, small_run(tmp_path / "new")])
    assert told.verdicts == ()
    assert told.notes == (
        "wide was evaluated on the pictures that it was chosen by; its accuracy is likely too high",
        f"new is not evaluated yet: python -m models evaluate {tmp_path / 'new'}",
        "they were evaluated on different pictures, so their figures do not compare",
        "they were trained on different pictures, or on other splits",
    )


def test_answers_to_other_questions_are_not_held_against_each_other(tmp_path: Path) -> None:
    runs = two(tmp_path, slice(0, 30), slice(0, 10))
    answers = [read_predictions(run.folder) for run in runs]
    assert answers[0] is not None
    assert answers[1] is not None
    assert answers[0].same_questions(answers[1])
    assert answers[0].right().sum() == 270
    runs[1].path(PREDICTIONS).unlink()
    assert read_predictions(runs[1].folder) is None
    (told,) = compare(runs).verdicts
    assert told.p is None


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5])
def test_answers_that_are_damaged_are_one_line(tmp_path: Path, share: float) -> None:
    runs = two(tmp_path, slice(0, 30), slice(0, 10))
    whole = runs[1].path(PREDICTIONS).read_bytes()
    runs[1].path(PREDICTIONS).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match=r"predictions\.npz is damaged .* make it anew with evaluate"):
        compare(runs)


def test_runs_of_one_name_are_told_apart_by_their_folders_and_one_alone_is_no_comparison(tmp_path: Path) -> None:
    runs = [small_run(tmp_path / above / "same") for above in ("a", "b")]
    assert compare(runs).names == (str(tmp_path / "a" / "same"), str(tmp_path / "b" / "same"))
    with pytest.raises(ConfigError, match="takes two runs and more, received 1"):
        compare(runs[:1])
