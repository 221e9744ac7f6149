import socket
import threading
import time
from collections.abc import Callable

import pytest

from asking import Watcher, ask
from pipeline.errors import ConfigError
from views import FakeView
from web.config import WebConfig
from web.server import Server

Serve = Callable[..., Server]


def test_the_page_is_served_at_its_address(serve: Serve) -> None:
    server = serve()
    assert server.address == f"http://127.0.0.1:{server.port}/"
    assert b"<title>Sluice</title>" in ask(server, "/").body


def test_a_port_in_use_is_said_with_what_to_do(serve: Serve) -> None:
    taken = serve().port
    with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{taken} is in use; end the other program, or choose another"):
        Server([FakeView()], WebConfig(port=taken)).start()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ConfigError, match="give an address of this machine"):
        Server([FakeView()], WebConfig(host="192.0.2.1", token="x" * 16)).start()


def test_closing_ends_streams_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    server = Server([FakeView(), FakeView()], WebConfig(port=0))
    server.start()
    with Watcher(server) as watcher, socket.create_connection(("127.0.0.1", server.port)):
        next(iter(watcher))
        began = time.monotonic()
        server.close()
        assert time.monotonic() - began < 2
        assert set(threading.enumerate()) <= before
        list(watcher)
    server.close()


def test_a_viewer_who_takes_nothing_does_not_hold_up_the_end() -> None:
    before = set(threading.enumerate())
    server = Server([FakeView()], WebConfig(port=0))
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as frozen:
        frozen.sendall(b"GET /api/stream?source=0:1280 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        frozen.recv(1)
        server.close()
    assert set(threading.enumerate()) <= before


def test_a_port_is_free_again_once_closed() -> None:
    server = Server([FakeView()], WebConfig(port=0))
    with server:
        ask(server, "/healthz")
        port = server.port
    with Server([FakeView()], WebConfig(port=port)) as again:
        assert again.port == port


def test_a_server_that_was_never_started_can_be_closed() -> None:
    Server([FakeView()], WebConfig(port=0)).close()


def test_a_view_that_fails_takes_neither_the_page_nor_the_others_with_it(serve: Serve) -> None:
    def fail(_: int) -> object:
        raise RuntimeError("broken")

    server = serve(FakeView("broken", picture=fail), FakeView("whole"))  # type: ignore[arg-type]
    with Watcher(server, "/api/stream?source=0&source=1") as watcher:
        assert any(picture.headers["x-source"] == "1" and picture.headers["x-state"] == "LIVE" for picture in watcher)
    assert ask(server, "/").status == 200
