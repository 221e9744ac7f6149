"""A real server on a free port, which leaves no thread behind."""

import threading
from collections.abc import Iterator

import pytest

from views import FakeView, Serve, serving
from web.config import WebConfig
from web.server import Server


@pytest.fixture
def serve() -> Iterator[Serve]:
    """See `views.serving`."""
    before = set(threading.enumerate())
    with serving() as start:
        yield start
    assert set(threading.enumerate()) <= before


TOKEN = "a-token-of-24-characters"


@pytest.fixture(scope="module")
def open_door() -> Iterator[Server]:
    """A server of this machine alone, with one source, for tests that only ask."""
    with Server([FakeView()], WebConfig(port=0)) as server:
        yield server


@pytest.fixture(scope="module")
def locked() -> Iterator[Server]:
    """One that wants a token."""
    with Server([FakeView()], WebConfig(port=0, token=TOKEN)) as server:
        yield server
