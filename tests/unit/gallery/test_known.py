"""Comparing faces with the people of a gallery, on literal vectors."""

from collections.abc import Sequence

import numpy as np
import pytest

from gallery.known import Known


def floats(rows: Sequence[object]) -> np.ndarray:
    return np.array(rows, np.float32)


def ints(rows: Sequence[object]) -> np.ndarray:
    return np.array(rows, np.int32)


def known(*people: tuple[str, list[list[float]]], against: tuple[tuple[int, list[float]], ...] = ()) -> Known:
    vectors = floats([row for _, rows in people for row in rows])
    person = np.repeat(np.arange(len(people)), [len(rows) for _, rows in people]).astype(np.int32)
    return Known(
        "net",
        tuple(name for name, _ in people),
        vectors,
        person,
        floats([row for _, row in against]).reshape(-1, vectors.shape[1]),
        ints([who for who, _ in against]),
    )


def test_the_nearest_picture_of_a_person_decides() -> None:
    people = known(("ada", [[0, 0], [4, 0]]), ("bob", [[0, 3]]))
    match = people.match(floats([[4, 1], [0, 2]]))
    assert [people.names[who] for who in match.person] == ["ada", "bob"]
    np.testing.assert_allclose(match.distance, [1, 1])
    np.testing.assert_allclose(match.second, [np.sqrt(20), 2], rtol=1e-6)


def test_where_nobody_is_known_nobody_is_found() -> None:
    match = Known.none("net").match(np.zeros((2, 128), np.float32))
    assert match.person.tolist() == [-1, -1]
    assert np.isinf(match.distance).all()


def test_one_person_alone_has_no_second() -> None:
    assert np.isinf(known(("ada", [[0, 0]])).match(floats([[1, 0]])).second).all()


def test_a_face_nearer_to_one_that_is_not_ada_is_not_ada() -> None:
    people = known(("ada", [[0, 0]]), ("bob", [[9, 0]]), against=((0, [2, 0]),))
    match = people.match(floats([[1.5, 0], [0.5, 0]]))
    assert match.person.tolist() == [1, 0]
    assert np.isinf(match.second[0])


def test_where_everybody_is_ruled_out_nobody_is_found() -> None:
    match = known(("ada", [[0, 0]]), against=((0, [2, 0]),)).match(floats([[2, 0]]))
    assert match.person.tolist() == [-1]


def test_no_faces_give_no_rows() -> None:
    assert len(known(("ada", [[0, 0]])).match(np.zeros((0, 2), np.float32))) == 0


def test_embeddings_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(M, 2\), received \(1, 3\)"):
        known(("ada", [[0, 0]])).match(np.zeros((1, 3), np.float32))


def test_it_agrees_with_comparing_each_with_each() -> None:
    random = np.random.default_rng(0)
    person = np.sort(random.integers(0, 40, 400)).astype(np.int32)
    person[:40] = np.arange(40)
    person.sort()
    vectors = random.normal(0, 0.1, (400, 128)).astype(np.float32)
    empty = np.zeros((0, 128), np.float32)
    people = Known("net", tuple(map(str, range(40))), vectors, person, empty, np.zeros(0, np.int32))
    faces = random.normal(0, 0.1, (50, 128)).astype(np.float32)
    each = np.linalg.norm(faces[:, None].astype(np.float64) - vectors[None], axis=2)
    match = people.match(faces)
    assert match.person.tolist() == person[each.argmin(axis=1)].tolist()
    np.testing.assert_allclose(match.distance, each.min(axis=1), rtol=1e-5)
