import pytest

from models.evaluation.matching import match
from pipeline.errors import ConfigError


def test_labels_in_another_order_are_found_by_name() -> None:
    assert match(("dog", "cat"), ("cat", "cow", "dog")).tolist() == [2, 0]


def test_numbers_that_were_made_up_stand_for_the_labels_in_their_order() -> None:
    assert match(("dog", "cat"), ("0", "1"), named=False).tolist() == [0, 1]
    with pytest.raises(ConfigError):
        match(("dog", "cat"), ("0", "1", "2"), named=False)


def test_a_network_of_digits_knows_nothing_of_shoes() -> None:
    with pytest.raises(ConfigError, match="no class 'boot' and 1 more of the data; it knows 0, 1"):
        match(("boot", "shoe"), ("0", "1"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (("cat", "truck"), "no class 'truck' of the data; it knows cat, dog"),
        (("cat", "dogs"), "no class 'dogs' of the data; the nearest is 'dog'"),
        (("lorry", "car"), "no class 'lorry' and 1 more of the data"),
    ],
)
def test_labels_that_the_model_lacks_are_told_in_a_line(data: tuple[str, ...], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        match(data, ("cat", "dog"))


def test_a_label_that_the_model_has_twice_is_refused_only_where_it_is_needed() -> None:
    assert match(("cat",), ("crane", "cat", "crane")).tolist() == [1]
    with pytest.raises(ConfigError, match="two classes 'crane'"):
        match(("crane",), ("crane", "cat", "crane"))
