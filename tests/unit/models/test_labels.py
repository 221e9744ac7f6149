from pathlib import Path

import pytest

from models.labels import parse_labels, read_labels
from pipeline.errors import ModelError


def test_a_name_a_line_counts_from_zero() -> None:
    assert parse_labels(["person", "traffic light", ""]) == ("person", "traffic light")


@pytest.mark.parametrize("first", ["???", "unlabeled", "background"])
def test_a_first_line_for_the_background_is_left_out(first: str) -> None:
    assert parse_labels([first, "person", "bicycle"]) == ("person", "bicycle")


def test_numbers_with_gaps_keep_their_places() -> None:
    assert parse_labels(["0  person", "3: car"]) == ("person", "???", "???", "car")


def test_an_empty_line_in_the_middle_is_a_gap() -> None:
    assert parse_labels(["person", "", "car"]) == ("person", "???", "car")


@pytest.mark.parametrize(("content", "says"), [(b"", "no labels in"), (b"\xff\xfe\x00", "it is no text")])
def test_a_file_without_names_is_one_line_to_mend(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=says):
        read_labels(path)


def test_an_absent_file_is_one_line_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.txt: No such file"):
        read_labels(tmp_path / "none.txt")
