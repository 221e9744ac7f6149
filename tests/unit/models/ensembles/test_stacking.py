from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.rows import folds
from models.ensembles.stacking import fit_regression, out_of_fold, stacking
from models.evaluation.classifier import open_classifier
from pipeline.errors import ConfigError
from quick_training import QuickTraining

RANDOM = np.random.default_rng(0)


def test_no_picture_is_told_by_a_network_that_learned_from_it(digits: DataSet) -> None:
    """A network that remembers every picture it saw would be all right on random classes; out of fold it guesses."""
    classes = RANDOM.integers(0, 10, len(digits.train))
    remembered: list[set[bytes]] = []

    def remember(fold: int, rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        known = {digits.train.images[row].tobytes(): classes[row] for row in rows}
        remembered.append(set(known))
        return lambda images: np.eye(10)[[known.get(image.tobytes(), 0) for image in images]]

    parts = list(folds(digits.train.classes, 4, 0, digits.labels))
    said = out_of_fold(digits, parts, remember)
    assert (said.argmax(1) == 0).all()
    for (_, held), known in zip(parts, remembered, strict=True):
        assert not {digits.train.images[row].tobytes() for row in held} & known


def test_stacking_trains_each_run_on_folds_and_its_members_are_the_runs_themselves(
    runs: list[Path], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    made = stacking(runs[:2], tmp_path / "stack", 2, training, load=lambda run: digits)
    assert [name for name, _, _ in training.calls] == [
        f"{n}-{run}-{f}" for n, run in ((1, "one"), (2, "two")) for f in (1, 2)
    ]
    held = sum(len(digits.train) - len(data.train) for _, _, data in training.calls)
    assert held == 2 * len(digits.train)
    assert (made.folder / made.spec.members[0].file).resolve() == (runs[0] / "model.keras").resolve()
    assert "validation pictures" in made.spec.chosen
    assert made.judgement.ensemble.accuracy >= made.judgement.members[0].accuracy - 0.05
    with open_classifier(made.folder) as classifier:
        assert (classifier(digits.test.images).argmax(1) == digits.test.classes).mean() > 0.8


def test_the_regression_trusts_the_member_that_is_right_and_reads_a_class_out_of_another() -> None:
    truth = RANDOM.integers(0, 3, 900)
    guess = RANDOM.dirichlet(np.ones(3), 900)
    swapped = np.eye(3)[(truth + 1) % 3] * 0.8 + 0.2 / 3  # always wrong, in a way that can be learned
    members = np.array([guess, swapped])
    rule, _ = fit_regression(members[:, :600], truth[:600], members[:, 600:], truth[600:])
    assert (rule(members[:, 600:]).argmax(1) == truth[600:]).all()


def test_two_classes_and_a_class_without_pictures_are_regressed_on_too() -> None:
    truth = RANDOM.integers(0, 2, 200)
    members = (np.eye(2)[truth] * 0.6 + 0.2)[None]
    rule, _ = fit_regression(members, truth, members, truth)
    assert (rule(members).argmax(1) == truth).all()
    three = np.concatenate([members, np.zeros((1, 200, 1))], axis=2)
    rule, _ = fit_regression(three, truth, three, truth)
    assert (rule(three).argmax(1) == truth).all()
    assert rule(three)[:, 2].max() < 1e-6


def test_folds_that_cannot_be_leave_nothing_behind(
    runs: list[Path], digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="pictures of class"):
        stacking(runs, tmp_path / "stack", 500, training, load=lambda run: digits)
    assert not (tmp_path / "stack").exists()
