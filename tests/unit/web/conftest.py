"""A real server on a free port, which leaves no thread behind."""

import threading
from collections.abc import Callable, Iterator

import pytest

from views import FakeView
from web.config import WebConfig
from web.server import Server

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(view, ..., port=0, token="...")` starts a server; it is closed at the end."""
    before = set(threading.enumerate())
    servers = []

    def start(*views: FakeView, **settings: object) -> Server:
        server = Server(views or (FakeView(),), WebConfig(**{"port": 0, **settings}))  # type: ignore[arg-type]
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()
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
