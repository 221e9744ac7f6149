"""Who each track is: told with vectors alone."""

import numpy as np
import pytest

from gallery.known import Known
from stages.face_memory import FaceMemory, Rules

WIDTH = 8
RULES = Rules(max_distance=0.54)


def face(who: int, off: float = 0.0, side: int = -1) -> np.ndarray:
    """The vector of a person, `off` away from the one that is enrolled."""
    vector = np.zeros(WIDTH, np.float32)
    vector[who], vector[side] = 0.7, off
    return vector


def known(*names: str, twins: tuple[str, ...] = ()) -> Known:
    """People 0, 1, ... with a picture each; two of them are a distance of 1 apart."""
    rows = np.stack([face(number) for number in range(len(names))])
    people = np.arange(len(names), dtype=np.int32)
    nothing = np.zeros((0, WIDTH), np.float32)
    pairs = frozenset([frozenset(twins)]) if twins else frozenset()
    return Known("f", names, rows, people, nothing, np.zeros(0, np.int32), pairs)


class Clip:
    """A recording as the memory sees it: each step shows some tracks and, where it wants to, their faces."""

    def __init__(self, memory: FaceMemory) -> None:
        self.memory, self.now_s, self.looks = memory, 0.0, 0

    def show(self, faces: dict[int, np.ndarray], quality: float = 0.8, frames: int = 1) -> list[dict[int, str | None]]:
        """Show faces for some frames; the names after each."""
        told = []
        for _ in range(frames):
            ids = list(faces)
            rows = self.memory.wanted(ids, np.full(len(ids), quality, np.float32), self.now_s, 4)
            self.looks += len(rows)
            if rows:
                vectors = np.stack([faces[ids[row]] for row in rows])
                good = np.full(len(rows), quality, np.float32)
                self.memory.learn([ids[row] for row in rows], vectors, good, self.now_s)
            self.memory.settle(ids)
            told.append({number: self.memory.people[number].name for number in ids})
            self.now_s += 0.04
        return told


@pytest.fixture
def clip() -> Clip:
    return Clip(FaceMemory(known("ada", "bob"), RULES))


def test_a_face_just_like_a_known_one_has_its_name_at_once(clip: Clip) -> None:
    assert clip.show({1: face(0, 0.2)}) == [{1: "ada"}]


def test_a_face_that_is_only_like_it_needs_a_second_view(clip: Clip) -> None:
    told = clip.show({1: face(0, 0.5)}, frames=10)
    assert told[0] == {1: None}
    assert told[-1] == {1: "ada"}


def test_once_known_a_face_is_hardly_looked_at(clip: Clip) -> None:
    clip.show({1: face(0, 0.2), 2: face(1, 0.2)}, frames=250)
    assert clip.looks == 4  # two at the start, two after six seconds
    clip.show({1: face(0, 0.2), 2: face(1, 0.2)}, frames=25 * 60)
    assert clip.looks <= 20


def test_a_clearly_better_view_is_looked_at(clip: Clip) -> None:
    clip.show({1: face(0, 0.2)}, quality=0.4, frames=10)
    assert clip.looks == 1
    clip.show({1: face(0, 0.2)}, quality=0.8, frames=10)
    assert clip.looks == 2


def test_a_poor_view_is_not_looked_at(clip: Clip) -> None:
    clip.show({1: face(0, 0.2)}, quality=0.1, frames=50)
    assert clip.looks == 0


def test_a_name_stays_through_views_that_are_a_little_off(clip: Clip) -> None:
    clip.show({1: face(0, 0.3)}, frames=5)
    told = clip.show({1: face(0, 0.58)}, quality=0.9, frames=1000)
    assert {names[1] for names in told} == {"ada"}


def test_a_single_view_of_somebody_else_changes_nothing(clip: Clip) -> None:
    clip.show({1: face(0, 0.1)}, frames=5)
    clip.now_s += 6
    told = clip.show({1: face(1, 0.1)}, frames=1) + clip.show({1: face(0, 0.1)}, frames=300)
    assert {names[1] for names in told} == {"ada"}


def test_a_track_that_goes_over_to_somebody_else_gets_the_new_name_within_half_a_second(clip: Clip) -> None:
    clip.show({1: face(0, 0.1)}, frames=5)
    clip.now_s += 1  # away for a second: looked at again as soon as it is back
    told = clip.show({1: face(1, 0.1)}, frames=13)
    assert told[-1] == {1: "bob"}
    assert "ada" not in {names[1] for names in told[told.index({1: "bob"}) :]}


def test_two_in_one_picture_are_not_the_same_person(clip: Clip) -> None:
    told = clip.show({1: face(0, 0.35), 2: face(0, 0.1)}, frames=100)
    assert all(list(names.values()).count("ada") <= 1 for names in told)
    assert told[-1][2] == "ada"


def test_a_name_goes_to_nobody_who_is_hardly_nearer(clip: Clip) -> None:
    clip.show({1: face(0, 0.15)}, frames=10)
    told = clip.show({1: face(0, 0.15), 2: face(0, 0.13)}, frames=200)
    assert {names[1] for names in told} == {"ada"}
    assert {names[2] for names in told} == {None}


def test_twins_may_both_have_the_name() -> None:
    clip = Clip(FaceMemory(known("ada", "bob", twins=("ada", "bob")), RULES))
    assert clip.show({1: face(0, 0.1), 2: face(0, 0.2)}, frames=5)[-1] == {1: "ada", 2: "ada"}


def test_a_face_as_near_to_two_people_gets_no_name(clip: Clip) -> None:
    between = (face(0) + face(1)) / 2
    assert {names[1] for names in clip.show({1: between}, frames=100)} == {None}


def test_somebody_unknown_has_one_number_all_through_the_run(clip: Clip) -> None:
    clip.show({1: face(3, 0.1), 2: face(4, 0.1)}, frames=30)
    assert [clip.memory.people[number].unknown for number in (1, 2)] == [1, 2]
    clip.now_s += 100
    clip.show({9: face(4, 0.2)}, frames=30)
    assert clip.memory.people[9].unknown == 2


def test_two_unknown_in_one_picture_have_two_numbers_however_alike(clip: Clip) -> None:
    clip.show({1: face(3, 0.1), 2: face(3, 0.15)}, frames=30)
    assert clip.memory.people[1].unknown != clip.memory.people[2].unknown


def test_somebody_enrolled_while_it_runs_gets_the_name(clip: Clip) -> None:
    clip.show({1: face(2, 0.1)}, frames=30)
    assert clip.memory.people[1].unknown == 1
    clip.memory.renew(known("ada", "bob", "cleo"), clip.now_s)
    assert clip.show({1: face(2, 0.1)}) == [{1: "cleo"}]


def test_somebody_removed_while_it_runs_loses_the_name(clip: Clip) -> None:
    clip.show({1: face(1, 0.1)}, frames=5)
    clip.memory.renew(known("ada"), clip.now_s)
    assert clip.show({1: face(1, 0.1)}) == [{1: None}]


def test_nobody_known_makes_everybody_unknown() -> None:
    clip = Clip(FaceMemory(Known.none("f", WIDTH), RULES))
    clip.show({1: face(0)}, frames=30)
    assert clip.memory.people[1].unknown == 1


def test_tracks_not_seen_for_long_are_forgotten(clip: Clip) -> None:
    clip.show({1: face(0)})
    clip.memory.forget(clip.now_s + 100)
    assert not clip.memory.people


def test_a_clock_that_goes_back_stops_no_looks(clip: Clip) -> None:
    clip.now_s = 1000.0
    clip.show({1: face(0, 0.5)})
    clip.now_s = 0.0
    assert clip.show({1: face(0, 0.5)}, frames=20)[-1] == {1: "ada"}
