"""What a browser or a program asks of the page's server, over a real socket."""

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from web.server import Server


@dataclass(frozen=True)
class Answer:
    """Status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


def ask(server: Server, path: str, method: str = "GET", body: bytes | str = b"", **headers: str) -> Answer:
    """One request; a header's name is written with underscores."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, named)
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): text for name, text in response.getheaders()}, response.read())
    finally:
        connection.close()


def tell(server: Server, path: str, data: object, **headers: str) -> Answer:
    """A change, as the page sends it."""
    return ask(server, path, "POST", json.dumps(data), Content_Type="application/json", **headers)


def log_in(server: Server, secret: str, **headers: str) -> Answer:
    """The login form."""
    return ask(
        server, "/login", "POST", f"secret={secret}", Content_Type="application/x-www-form-urlencoded", **headers
    )


@dataclass(frozen=True)
class Picture:
    """One part of a stream."""

    headers: dict[str, str]
    jpeg: bytes

    @property
    def number(self) -> int:
        return int(self.headers["x-number"])


def decoded(file: bytes) -> np.ndarray:
    """The picture in a JPEG or PNG file, `(H, W, 3) uint8` BGR."""
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


class Watcher:
    """A viewer of a stream, who reads when asked to; its system takes no more than about `buffer` bytes in advance."""

    def __init__(self, server: Server, path: str = "/api/stream?source=0:640", buffer: int = 1 << 20) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        self.connection.sock = socket.socket()
        self.connection.sock.settimeout(10)
        self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.connection.sock.connect(("127.0.0.1", server.port))
        self.connection.request("GET", path)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def __iter__(self) -> Iterator[Picture]:
        while (line := self.response.readline()).strip() in (b"", b"--sluice-picture") and line:
            if not line.strip():
                continue
            headers = {}
            while text := self.response.readline().decode().strip():
                name, _, value = text.partition(":")
                headers[name.lower()] = value.strip()
            if not headers:
                return
            yield Picture(headers, self.response.read(int(headers["content-length"])))
            self.response.readline()
