"""Splits by a seed, each class in the same shares, and statistics of what is for training."""

import numpy as np
import pytest

from models.data.gathered import TEST, TRAIN, UNDECIDED, VALIDATION
from models.data.splits import limited, split
from models.data.statistics import statistics
from pipeline.errors import ConfigError

CLASSES = np.repeat(np.arange(3), [60, 30, 10])


def undecided(classes: np.ndarray) -> np.ndarray:
    return np.full(len(classes), UNDECIDED, np.int8)


def test_each_class_is_in_each_split_by_its_share() -> None:
    parts = split(CLASSES, undecided(CLASSES), 0.25, 0.2, seed=0)
    assert [np.bincount(CLASSES[parts == part]).tolist() for part in (TRAIN, VALIDATION, TEST)] == [
        [36, 18, 6],
        [12, 6, 2],
        [12, 6, 2],
    ]


def test_the_seed_decides_who_is_where() -> None:
    first, again, other = (split(CLASSES, undecided(CLASSES), 0.25, 0.2, seed=seed) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_what_the_source_says_stays() -> None:
    given = np.repeat(np.array([TRAIN, VALIDATION, TEST, TRAIN], np.int8), 25)
    assert (split(CLASSES, given, 0.1, 0.15, seed=0) == given).all()


def test_a_source_that_is_all_for_training_gives_something_to_judge_by_unless_told_not_to() -> None:
    given = np.full(100, TRAIN, np.int8)
    assert (split(CLASSES, given, 10, 0.2, seed=0) == TEST).sum() == 20
    assert (split(CLASSES, given, 10, 0.0, seed=0) == TEST).sum() == 0


def test_a_share_too_small_for_every_class_becomes_as_many_as_there_are_classes() -> None:
    told: list[str] = []
    parts = split(CLASSES, undecided(CLASSES), 0.01, 0.0, seed=0, say=told.append)
    assert (parts == VALIDATION).sum() == 3
    assert told == ["data.validation: 3 pictures instead of 1, as many as there are classes"]
    with pytest.raises(ConfigError, match=r"data.validation: 2 pictures for 3 classes; set it to 3 at least"):
        split(CLASSES, undecided(CLASSES), 2, 0.0, seed=0)


def test_what_belongs_together_stays_in_one_split() -> None:
    groups = np.random.default_rng(0).integers(0, 40, len(CLASSES))
    parts = split(CLASSES, undecided(CLASSES), 0.2, 0.2, seed=0, groups=groups)
    for group in range(40):
        assert len(set(parts[groups == group].tolist())) <= 1
    assert 10 <= (parts == TEST).sum() <= 30
    assert 10 <= (parts == VALIDATION).sum() <= 30
    with pytest.raises(ConfigError, match="too few files for their boxes"):
        split(CLASSES, undecided(CLASSES), 0.2, 0.2, seed=0, groups=np.zeros(len(CLASSES), np.int64))


def test_a_group_with_all_of_a_class_is_for_training() -> None:
    classes = np.array([0, 1] * 20 + [2, 3, 4, 5] * 2)
    groups = np.array([*np.repeat(np.arange(10), 4), 10, 11, 12, 13, 10, 11, 12, 13])
    for seed in range(5):
        parts = split(classes, undecided(classes), 0.3, 0.3, seed=seed, groups=groups)
        assert (parts[40:] == TRAIN).all()
        assert (parts == TEST).any()


def test_a_limit_leaves_so_many_of_each_class_by_chance() -> None:
    parts = undecided(CLASSES)
    rows = limited(CLASSES, parts, 12, seed=0)
    assert np.bincount(CLASSES[rows]).tolist() == [12, 12, 10]
    assert (np.diff(rows) > 0).all()
    assert rows.tolist() != limited(CLASSES, parts, 12, seed=1).tolist()


def test_statistics_are_those_of_all_pixels_at_once() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2500, 3, 2, 3), np.uint8)
    images[..., 2] = 7
    mean, deviation = statistics(images)
    assert mean == pytest.approx(images.reshape(-1, 3).mean(axis=0) / 255, abs=1e-12)
    assert deviation[:2] == pytest.approx(images.reshape(-1, 3).std(axis=0)[:2] / 255, abs=1e-12)
    assert deviation[2] == 1 / 255  # a flat channel is not divided by nothing
    assert mean.dtype == deviation.dtype == np.float64
