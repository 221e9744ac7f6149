from pathlib import Path

import pytest

keras = pytest.importorskip("keras")

from planted import LABELS, nested_network, saved  # noqa: E402

from models.explain.network import Network  # noqa: E402


@pytest.fixture(scope="session")
def nested_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with a Sequential inside, taught and saved."""
    return saved(nested_network, 4, tmp_path_factory.mktemp("nested"))


@pytest.fixture(scope="session")
def pooled(pooled_file: Path) -> Network:
    return _opened(pooled_file)


@pytest.fixture(scope="session")
def nested(nested_file: Path) -> Network:
    return _opened(nested_file)


def _opened(path: Path) -> Network:
    return Network(keras.models.load_model(path, compile=False), path.name, LABELS)
