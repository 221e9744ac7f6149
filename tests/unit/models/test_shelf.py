from pathlib import Path

import pytest

from models.shelf import cached_forms, ensure, file_of, find, shelf
from pipeline.errors import ModelError


def test_every_entry_of_the_shelf_is_valid_and_says_whose_it_is() -> None:
    for spec in shelf().values():
        assert spec.licence, spec.name
        assert spec.origin, spec.name


def test_every_task_has_one_default_which_may_be_used_commercially() -> None:
    defaults = {spec.task: spec for spec in shelf().values() if spec.default}
    assert set(defaults) == {spec.task for spec in shelf().values()}
    assert len(defaults) == len([spec for spec in shelf().values() if spec.default])
    assert all(spec.commercial for spec in defaults.values())


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(ModelError, match="did you mean 'person-ssdlite'"):
        find("person-sdlite")


def test_a_name_like_no_other_gets_the_command_that_lists_them() -> None:
    with pytest.raises(ModelError, match="`python -m models list` shows"):
        find("qqq")


def test_a_model_that_was_not_pulled_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="get it with: python -m models pull person-ssdlite") as caught:
        ensure(find("person-ssdlite"), tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_the_forms_at_hand_are_those_whose_files_are_there(tmp_path: Path) -> None:
    spec = find("person-ssdlite")
    path = file_of(spec, "tflite", tmp_path)
    path.parent.mkdir(parents=True)
    path.touch()
    assert cached_forms(spec, tmp_path) == ("tflite",)
