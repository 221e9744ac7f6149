import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.average import average, checked, mirror, soup
from models.ensembles.members import load_run, open_runs, probabilities, reopened
from models.ensembles.spec import read_spec
from models.evaluation.classifier import open_classifier
from models.experiments.card import card
from models.experiments.listing import read_row
from models.experiments.run import Run
from pipeline.errors import ConfigError, ModelError, PipelineError
from quick_training import tiny_network


@pytest.fixture
def load(digits: DataSet) -> Callable[[Run], DataSet]:
    return lambda run: checked(run, digits)


@pytest.fixture(scope="module")
def averaged(runs: list[Path], digits: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return average(runs, tmp_path_factory.mktemp("averaged") / "three", load=lambda run: digits).folder


def test_an_average_is_opened_as_any_classifier_and_says_the_mean_of_its_members(
    averaged: Path, runs: list[Path], digits: DataSet
) -> None:
    want = np.mean([probabilities(load_run(Run(run)).network, digits.test.images) for run in runs], axis=0)
    with open_classifier(averaged) as classifier:
        assert classifier.labels == digits.labels
        np.testing.assert_allclose(classifier(digits.test.images), want, atol=1e-6)


def test_its_folder_tells_members_figures_and_diversity(averaged: Path) -> None:
    spec = read_spec(averaged)
    assert [member.name for member in spec.members] == ["one", "two", "three"]
    assert not spec.members[0].file.is_absolute()
    report = json.loads((averaged / "ensemble.json").read_text())
    assert report["pictures"] > 30
    assert report["ensemble"]["low"] < report["ensemble"]["accuracy"] <= report["ensemble"]["high"]
    assert 0 <= report["diversity"]["means"]["disagreement"] <= 1
    assert "**the ensemble**" in (averaged / "README.md").read_text()
    assert Run(averaged).state()["best"]["val_accuracy"] == report["ensemble"]["accuracy"]


def test_an_ensemble_is_listed_among_the_runs_and_has_a_card(averaged: Path) -> None:
    row = read_row(averaged)
    assert (row.state, row.net, row.data) == ("done", "average", "digits")
    assert card(Run(averaged)) == (averaged / "README.md").read_text()


def test_weights_are_chosen_on_the_validation_split_alone(runs: list[Path], digits: DataSet, tmp_path: Path) -> None:
    """The test split is not even there."""
    blind = replace(digits, test=digits.test.take(np.arange(0)))
    plain = average(runs, tmp_path / "plain", load=lambda run: blind)
    fitted = average(runs, tmp_path / "fitted", "validation", lambda run: blind)
    assert fitted.judgement.ensemble.log_loss <= plain.judgement.ensemble.log_loss + 1e-6
    assert fitted.spec.rule is not None
    assert sum(fitted.spec.rule.weights) == pytest.approx(1)
    assert "validation pictures" in fitted.spec.chosen


def test_a_run_is_asked_about_pictures_and_their_mirror_images_in_one_network_of_its_own_size(
    runs: list[Path], digits: DataSet, tmp_path: Path
) -> None:
    made = mirror(runs[0], tmp_path / "both", load=lambda run: digits)
    images, plain = digits.test.images, load_run(Run(runs[0])).network
    both = [probabilities(plain, images), probabilities(plain, np.ascontiguousarray(images[:, :, ::-1]))]
    assert np.abs(both[0] - both[1]).max() > 0.01  # or nothing is shown here
    with open_classifier(made.folder) as classifier:
        np.testing.assert_allclose(classifier(images), np.mean(both, axis=0), atol=1e-6)
    assert Run(made.folder).state()["parameters"] == plain.count_params()
    assert [member.mirrored for member in made.spec.members] == [False, True]
    again = reopened(read_spec(made.folder), made.folder)
    np.testing.assert_allclose([one.says(images) for one in again], both, atol=1e-6)
    assert "of its mirror image" in (made.folder / "README.md").read_text()


def test_a_greedy_soup_is_no_worse_on_validation_than_its_best_member_and_says_whom_it_took(
    runs: list[Path], tmp_path: Path, load: Callable[[Run], DataSet]
) -> None:
    greedy = soup(runs, tmp_path / "greedy", greedy=True, load=load)
    best = max(one.accuracy for one in greedy.judgement.members)
    assert greedy.judgement.ensemble.accuracy >= best
    assert 1 <= sum(member.taken for member in greedy.spec.members) < 3  # random features do not mix


def test_a_uniform_soup_is_as_large_as_one_member(
    runs: list[Path], tmp_path: Path, load: Callable[[Run], DataSet]
) -> None:
    soup(runs, tmp_path / "soup", load=load)
    assert Run(tmp_path / "soup").state()["parameters"] == Run(runs[0]).state()["parameters"]


def edited(run: Path, into: Path, **changed: object) -> Path:
    into.mkdir()
    for file in run.iterdir():
        (into / file.name).write_bytes(file.read_bytes())
    state = json.loads((into / "run.json").read_text())
    (into / "run.json").write_text(json.dumps({**state, **changed}))
    return into


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"labels": ["nought", *"123456789"]}, "class 0 is 'nought' and '0'"),
        ({"labels": ["a", "b"]}, "other labels: 2 and 10"),
        ({"shape": [28, 28, 3]}, "takes pictures of 28 x 28 rgb, .* of 8 x 8 grey; train both"),
        ({"prepare": ["clahe"]}, "prepares pictures by"),
        ({"fingerprint": "0"}, "saw other pictures or another split"),
        ({"state": "running"}, "is still being trained"),
    ],
)
def test_members_that_do_not_fit_are_one_line(
    runs: list[Path], tmp_path: Path, changed: dict[str, object], says: str
) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        open_runs([runs[0], edited(runs[1], tmp_path / "other", **changed)])
    assert "\n" not in str(caught.value)


def test_too_few_twice_the_same_and_missing_members_are_one_line(runs: list[Path], tmp_path: Path) -> None:
    for folders, says in (
        (runs[:1], "needs 2 members at least, and 1 is named"),
        ([runs[0], runs[0]], "is named twice"),
        ([runs[0], tmp_path / "gone"], "no run .*gone"),
        ([runs[0], tmp_path], "is no run"),
    ):
        with pytest.raises(PipelineError, match=says):
            average(folders, tmp_path / "made")
    assert not list(tmp_path.iterdir())


def test_nothing_is_put_over_what_is_there_and_nothing_half_made_stays(
    runs: list[Path], digits: DataSet, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="is there already"):
        average(runs, runs[0])
    other = edited(runs[1], tmp_path / "other")
    tiny_network((8, 8, 1), 10, 7, 0).save(other / "model.keras")
    with pytest.raises(ModelError, match="not of one architecture"):
        soup([runs[0], other], tmp_path / "soup", load=lambda run: digits)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_pictures_that_changed_since_are_refused(runs: list[Path], digits: DataSet) -> None:
    with pytest.raises(ModelError, match="are others by now"):
        checked(Run(runs[0]), replace(digits, fingerprint="other"))


def test_a_member_that_was_changed_since_is_told(averaged: Path, runs: list[Path], tmp_path: Path) -> None:
    assert [one.name for one in reopened(read_spec(averaged), averaged)] == ["one", "two", "three"]
    spec = read_spec(averaged)
    gone = spec.model_copy(update={"members": (spec.members[0].model_copy(update={"file": tmp_path / "x.keras"}),)})
    with pytest.raises(ModelError, match=r"member 'one' of .* is gone"):
        reopened(gone, averaged)
    other = spec.members[0].model_copy(update={"sha256": "0" * 64})
    with pytest.raises(ModelError, match="was changed since"):
        reopened(spec.model_copy(update={"members": (other,)}), averaged)
