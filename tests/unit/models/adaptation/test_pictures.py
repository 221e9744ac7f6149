"""New pictures: which there are, whose classes they have, and what is kept apart to judge by."""

from pathlib import Path

import numpy as np
import pytest

from models.adaptation.pictures import new_pictures
from models.data.dataset import DataConfig
from models.data.load import load
from models.evaluation.corruptions import corrupt

DIGITS = DataConfig(source="digits", size=(8, 8), limit=20)
LABELS = tuple("0123456789")


def test_classes_are_those_of_the_run_by_name_whatever_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()  # the set by that name is meant all the same
    found = new_pictures(DIGITS, LABELS[::-1], 50, 0, "", lambda line: None)
    whole = load(DIGITS)
    assert found.images.shape == (50, 8, 8, 1)
    assert found.test is not None
    assert np.array_equal(found.test.classes, 9 - whole.test.classes)
    assert np.array_equal(found.test.images, whole.test.images)
    assert found.classes is not None
    assert len(found.classes) == 50


def test_a_class_that_the_run_does_not_know_leaves_them_without_any() -> None:
    heard = list[str]()
    found = new_pictures(DIGITS, LABELS[:9], 5000, 0, "", heard.append)
    assert heard[-1] == "digits: the run knows no class '9': its pictures are taken without classes"
    assert (found.classes, found.test, found.data) == (None, None, None)
    assert len(found.images) == len(load(DIGITS).train)


def test_all_of_them_are_made_worse_where_that_is_asked_for() -> None:
    plain, worse = (new_pictures(DIGITS, LABELS, 20, 3, how, lambda line: None) for how in ("", "contrast:5"))
    assert plain.test is not None
    assert worse.test is not None
    assert np.array_equal(worse.images, corrupt(plain.images, "contrast", 5))
    assert np.array_equal(worse.test.images, corrupt(plain.test.images, "contrast", 5))
    assert not np.array_equal(worse.images, plain.images)
