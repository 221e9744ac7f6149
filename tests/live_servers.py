"""Real servers on the loopback that behave as cameras do, well and badly."""

import base64
import http.server
import threading
import time
from collections.abc import Callable
from types import TracebackType

import cv2
import numpy as np

Act = Callable[["Connection", int], None]
FPS = 50.0


def jpeg(number: int, size: tuple[int, int] = (160, 120)) -> bytes:
    """A picture with a number of grey, as a JPEG file."""
    image = np.full((size[1], size[0], 3), number % 200 + 20, np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


class Connection:
    """One viewer of the camera; what `act` may do with it."""

    def __init__(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def send(self, data: bytes) -> None:
        """A part of the stream."""
        head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        self.raw(head.encode() + data + b"\r\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._handler.wfile.write(data)

    def end(self) -> None:
        """Hang up."""
        raise ConnectionResetError


class MjpegCamera:
    """Sends picture after picture; `act(connection, number)` runs before each and may wait, send or hang up.

    Args:
        act: What goes wrong.
        password: Asked for with HTTP's basic authentication, with the user `me`.
        content_type: Of the answer.
        port: To come back where another was.
    """

    def __init__(
        self,
        act: Act = lambda connection, number: None,
        *,
        password: str = "",
        content_type: str = "multipart/x-mixed-replace; boundary=picture",
        port: int = 0,
    ) -> None:
        self.connections = 0
        self._over = threading.Event()
        wants = "Basic " + base64.b64encode(f"me:{password}".encode()).decode()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if password and self.headers.get("Authorization") != wants:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if self.path != "/video":
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.end_headers()
                camera.connections += 1
                connection, number = Connection(self), 0
                try:
                    while not camera._over.is_set():
                        act(connection, number)
                        connection.send(jpeg(number))
                        number += 1
                        time.sleep(1 / FPS)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = False
            block_on_close = True

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Quiet(("127.0.0.1", port), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def address(self) -> str:
        """Of the stream."""
        return f"http://127.0.0.1:{self.port}/video"

    @property
    def over(self) -> threading.Event:
        """Set when the camera is switched off: for `act` to wait on."""
        return self._over

    def __enter__(self) -> "MjpegCamera":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
