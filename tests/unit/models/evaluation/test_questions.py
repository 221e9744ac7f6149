import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_classifiers import LABELS

from models.data.load import load
from models.evaluation.classifier import Classifier
from models.evaluation.questions import Questions, other_questions, own_questions, some
from models.experiments.run import Run
from pipeline.errors import ConfigError


def silent(_: str) -> None:
    pass


def classifier(labels: tuple[str, ...] = LABELS) -> Classifier:
    return Classifier(labels, (8, 8), 1, "keras", lambda images: np.zeros((len(images), len(labels))))


def test_a_run_is_asked_about_the_split_that_was_kept_back(digits_run: Path) -> None:
    test = own_questions(Run(digits_run), "test", classifier(), silent)
    validation = own_questions(Run(digits_run), "validation", classifier(), silent)
    assert (test.split, test.own, len(test)) == ("test", True, 270)
    assert 0 < len(validation) < 200
    assert "chosen by these pictures" in validation.notes[0]


def test_truth_is_in_the_order_of_the_model(digits_run: Path) -> None:
    backwards = own_questions(Run(digits_run), "test", classifier(LABELS[::-1]), silent)
    forwards = own_questions(Run(digits_run), "test", classifier(), silent)
    np.testing.assert_array_equal(backwards.truth, 9 - forwards.truth)


def test_a_set_that_is_not_split_is_taken_whole_and_says_so() -> None:
    found = other_questions("digits", None, "test", classifier(), silent)
    assert (found.split, found.own, len(found)) == ("all", False, 1797)
    assert "All pictures" in found.notes[0]
    with pytest.raises(ConfigError, match="has no validation split"):
        other_questions("digits", None, "validation", classifier(), silent)


def test_data_that_changed_since_the_training_is_told(digits_run: Path, tmp_path: Path) -> None:
    for name in ("config.yaml", "run.json"):
        (tmp_path / name).write_bytes((digits_run / name).read_bytes())
    (tmp_path / "run.json").write_text('{"fingerprint": "other"}')
    assert "changed since the training" in own_questions(Run(tmp_path), "test", classifier(), silent).notes[0]


def test_data_that_is_as_it_was_needs_no_note(digits_run: Path, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.path("config.yaml").write_bytes((digits_run / "config.yaml").read_bytes())
    run.path("run.json").write_text(json.dumps({"fingerprint": load(run.config().data).fingerprint}))
    assert own_questions(run, "test", classifier(), silent).notes == ()


def test_pictures_of_a_folder_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    for label, level in (("3", 40), ("5", 200)):
        (tmp_path / label).mkdir()
        for number in range(3):
            cv2.imwrite(str(tmp_path / label / f"{number}.png"), np.full((20, 30, 3), level + number, np.uint8))
    (tmp_path / "3" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    found = other_questions(str(tmp_path), None, "test", classifier(), silent)
    assert sorted(found.truth.tolist()) == [3, 3, 3, 5, 5, 5]
    assert found.images.shape[:3] == (6, 8, 8)
    assert any("1 files could not be read" in note for note in found.notes)


def test_fewer_are_drawn_by_chance_the_same_each_time() -> None:
    many = Questions(np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1), np.arange(100), (), "x", "test", True)
    few = some(many, 10)
    assert len(few) == 10
    np.testing.assert_array_equal(few.truth, some(many, 10).truth)
    np.testing.assert_array_equal(few.images.ravel(), few.truth)
    assert few.notes == ("Drawn by chance from 100 pictures.",)
    assert some(many, None) is many
