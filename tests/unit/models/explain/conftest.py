from pathlib import Path
from typing import Any

import pytest

keras = pytest.importorskip("keras")

from planted import LABELS, nested_network, pooled_network, taught  # noqa: E402

from models.explain.network import Network  # noqa: E402


@pytest.fixture(scope="session")
def pooled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that ends in global average pooling, taught and saved."""
    return _saved(pooled_network, 6, tmp_path_factory.mktemp("pooled"))


@pytest.fixture(scope="session")
def nested_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with a Sequential inside, taught and saved."""
    return _saved(nested_network, 4, tmp_path_factory.mktemp("nested"))


@pytest.fixture(scope="session")
def pooled(pooled_file: Path) -> Network:
    return _opened(pooled_file)


@pytest.fixture(scope="session")
def nested(nested_file: Path) -> Network:
    return _opened(nested_file)


def _saved(make: Any, epochs: int, folder: Path) -> Path:
    keras.utils.set_random_seed(0)
    taught(make(), epochs).save(folder / "model.keras")
    return folder / "model.keras"


def _opened(path: Path) -> Network:
    return Network(keras.models.load_model(path, compile=False), path.name, LABELS)
