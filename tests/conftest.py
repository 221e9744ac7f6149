"""What every test can ask for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SLUICE_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture
def shared() -> Callable[..., Path]:
    """`shared("data", "videos", "intel", "car-detection.mp4")`: a development file, or the test is skipped."""

    def find(*parts: str) -> Path:
        path = SHARED.joinpath(*parts)
        if not path.exists():
            pytest.skip(f"development data is absent: {'/'.join(parts)} (set SLUICE_SHARED to its folder)")
        return path

    return find
