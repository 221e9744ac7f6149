"""What a gallery says about itself, on distances whose answer is known."""

import numpy as np
import pytest

from gallery.distances import bad_photos, distances, near_pairs, threshold_for


def row(name: str, *numbers: float) -> tuple[str, str, np.ndarray]:
    return name, f"{name}{numbers[0]}.jpg", np.array(numbers, np.float32)


def test_pairs_of_one_person_and_of_two_are_told_apart() -> None:
    found = distances([row("ada", 0, 0), row("ada", 3, 4), row("bob", 0, 1)])
    assert found.genuine.tolist() == [5.0]
    assert sorted(found.impostor.tolist()) == pytest.approx([1.0, 18**0.5])


def test_a_picture_that_is_nearer_to_somebody_else_is_bad() -> None:
    found = distances([row("ada", 0, 0), row("ada", 0.1, 0), row("ada", 9, 0), row("bob", 9.2, 0), row("bob", 9.25, 0)])
    assert [(photo.source, photo.other_name) for photo in bad_photos(found, 0.6)] == [("ada9.jpg", "bob")]


def test_the_only_picture_of_somebody_is_not_bad() -> None:
    assert bad_photos(distances([row("ada", 0, 0), row("bob", 0.1, 0)]), 0.6) == []
    assert bad_photos(distances([]), 0.6) == []


def test_people_who_come_near_are_told_the_nearest_first() -> None:
    found = distances([row("ada", 0), row("bob", 0.4), row("bob", 5), row("cy", 5.1)])
    assert [(pair.a, pair.b) for pair in near_pairs(found, 0.5)] == [("bob", "cy"), ("ada", "bob")]


def test_the_threshold_takes_no_more_strangers_than_allowed() -> None:
    impostor = np.linspace(0.5, 1.0, 1001, dtype=np.float32)
    threshold = threshold_for(impostor, 0.01)
    assert (impostor <= threshold).mean() <= 0.01 < (impostor <= threshold + 0.002).mean()
    assert threshold_for(impostor, 0) < 0.5
