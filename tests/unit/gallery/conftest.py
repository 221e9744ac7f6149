"""What the tests of a gallery need."""

from pathlib import Path

import pytest

from gallery_faces import Face, make_face


@pytest.fixture
def face() -> Face:
    """`face(1, 0, source="a.jpg")`: a picture whose vector is the numbers."""
    return make_face


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.gallery"
