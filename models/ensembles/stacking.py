"""Stacking: a logistic regression on what several networks say of pictures that they did not learn from.

Wolpert, "Stacked generalization" (1992); on probabilities, as Ting and Witten, "Issues in stacked generalization"
(1999), section 3.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from models.cache import sha256_of
from models.data.dataset import DataSet
from models.ensembles.average import Load, load_data
from models.ensembles.members import Member, load_run, open_runs, probabilities
from models.ensembles.resumable import Begun, Train, begin, trained
from models.ensembles.rows import folds
from models.ensembles.rule import LEAST, Rule
from models.ensembles.samples import learning_from
from models.ensembles.save import Made, Recipe, save_joined
from models.ensembles.spec import FILE
from models.experiments.run import MODEL

FOLDS = "folds"
"""Folder of the runs that the regression was learned from."""
Fit = Callable[[int, np.ndarray], Callable[[np.ndarray], np.ndarray]]
"""From the number of a fold and the rows to learn from to a function from pictures to probabilities."""
_STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Inverse penalties of the regression (scikit-learn's C) that are tried."""
_STEPS = 2000
_ABSENT = -30.0
"""Intercept of a class without training pictures."""


def stacking(
    folders: Sequence[Path],
    into: Path,
    count: int,
    train: Train,
    seed: int = 0,
    load: Load = load_data,
    begun: Begun = lambda line: None,
) -> Made:
    """Train each run's settings on folds, and learn a regression from what they say of what was held out.

    Args:
        folders: Of the runs, two at least; they are the members.
        into: A folder that is not there yet, or that an interrupted stacking of the same runs left.
        count: Folds; so many trainings for each run.
        train: Trains one.
        seed: Of the folds.
        load: Gives the pictures.
        begun: Told which training begins.

    Raises:
        ConfigError: too few runs or folds, too few pictures in a class, or `into` is there for something else.
        ModelError: runs that do not fit together, a training failed, or the disk is full.
    """
    runs = open_runs(folders)
    data = load(runs[0])
    parts = list(folds(data.train.classes, count, seed, data.labels))
    named = [f"{number + 1}-{run.name}" for number, run in enumerate(runs)]
    models = {name: sha256_of(run.path(MODEL)) for name, run in zip(named, runs, strict=True)}
    plan = {"method": "stacking", "runs": models, "folds": count, "seed": seed, "pictures": data.fingerprint}
    begin(into, plan, FILE)

    def fold_of(number: int) -> Fit:
        def fit(fold: int, rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
            place = into / FOLDS / f"{named[number]}-{fold + 1}"
            run = trained(train, runs[number].config(), place, learning_from(data, rows), begun)
            network = load_run(run).network
            return lambda images: probabilities(network, images)

        return fit

    learnt = np.stack([out_of_fold(data, parts, fold_of(number)) for number in range(len(runs))])
    members = _named([load_run(run) for run in runs], named)
    said = np.stack([member.says(data.validation.images) for member in members])
    rule, strength = fit_regression(learnt, data.train.classes, said, data.validation.classes)
    chosen = (
        f"the regression on what {count} folds of the training split said of what they had not learned from, its"
        f" penalty (C {strength:g}) by the log-loss on the {len(data.validation)} validation pictures"
    )
    recipe = Recipe("stacking", chosen, runs[0].config(), data, runs[0].state())
    return save_joined(into, recipe, members, rule)


def out_of_fold(data: DataSet, parts: Sequence[tuple[np.ndarray, np.ndarray]], fit: Fit) -> np.ndarray:
    """What is said of each training picture by the one network that did not learn from it.

    Args:
        data: Its training split is taken.
        parts: From `folds`.
        fit: Trains.

    Returns:
        `(N, K) float32`.
    """
    said = np.full((len(data.train), len(data.labels)), np.nan, np.float32)
    for fold, (rows, held) in enumerate(parts):
        said[held] = fit(fold, rows)(data.train.images[held])
    assert np.isfinite(said).all(), "a training picture is in no fold"
    return said


def fit_regression(learnt: np.ndarray, classes: np.ndarray, said: np.ndarray, truth: np.ndarray) -> tuple[Rule, float]:
    """The regression whose penalty is best on validation pictures.

    Args:
        learnt: `(M, N, K)`, out-of-fold probabilities of training pictures.
        classes: `(N,)`, what they are.
        said: `(M, V, K)`, the members' probabilities of validation pictures.
        truth: `(V,)`, what those are.

    Returns:
        The rule, and scikit-learn's C.
    """
    found = []
    for strength in _STRENGTHS:
        rule = _regression(learnt, classes, strength)
        likely = np.maximum(rule(said)[np.arange(len(truth)), truth].astype(np.float64), LEAST)
        found.append((float(-np.log(likely).mean()), strength, rule))
    _, strength, rule = min(found, key=lambda one: one[:2])
    return rule, strength


def _regression(learnt: np.ndarray, classes: np.ndarray, strength: float) -> Rule:
    from sklearn.linear_model import LogisticRegression

    members, count, width = learnt.shape
    rows = learnt.transpose(1, 0, 2).reshape(count, members * width).astype(np.float64)
    fitted = LogisticRegression(C=strength, max_iter=_STEPS).fit(rows, classes)
    slopes, offsets = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # scikit-learn has one row for two classes: the second against the first
        slopes, offsets = np.vstack([np.zeros_like(slopes), slopes]), np.concatenate([[0.0], offsets])
    coefficients = np.zeros((width, members * width))
    intercepts = np.full(width, _ABSENT)
    coefficients[fitted.classes_], intercepts[fitted.classes_] = slopes, offsets
    return Rule(
        kind="stacking",
        coefficients=tuple(tuple(row) for row in coefficients.tolist()),
        intercepts=tuple(intercepts.tolist()),
    )


def _named(members: Sequence[Member], names: Sequence[str]) -> list[Member]:
    return [Member(name, member.file, member.network) for name, member in zip(names, members, strict=True)]
