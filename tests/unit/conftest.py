"""What several packages' tests need."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def pulled(person_model: Path) -> Path:
    """The cache folder that the person detector is in."""
    return person_model.parents[1]
