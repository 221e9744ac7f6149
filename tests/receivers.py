"""A real HTTP server on the loopback that takes events, as somebody's own would; what it answers, a function says."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True)
class Posted:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """What it says."""
        data: dict[str, Any] = orjson.loads(self.body)["data"]
        return data


class Receiver:
    """Keeps every request; `answer(number, posted)` gives the status, and may wait. A status of 0 hangs up."""

    def __init__(self, answer: Callable[[int, Posted], int] = lambda number, posted: 204, port: int = 0) -> None:
        self.posted: list[Posted] = []
        """Every request, also those that were turned away."""
        self.taken: list[Posted] = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                posted = Posted({key.lower(): value for key, value in self.headers.items()}, body)
                with receiver._changed:
                    receiver.posted.append(posted)
                    number = len(receiver.posted) - 1
                status = answer(number, posted)
                with receiver._changed:
                    if 200 <= status < 300:
                        receiver.taken.append(posted)
                    receiver._changed.notify_all()
                if status:
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01))
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Address to post to."""
        return f"http://127.0.0.1:{self.port}/hook?key=hidden"

    def wait(self, until: Callable[["Receiver"], bool]) -> bool:
        """Wait until something holds; False where it does not within 20 s."""
        with self._changed:
            return self._changed.wait_for(lambda: until(self), 20.0)

    def close(self) -> None:
        """No longer be there."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
