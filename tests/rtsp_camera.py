"""A real RTSP camera on the loopback: H.264 over RTP inside the RTSP connection (RFC 2326, RFC 6184).

As a program, `python tests/rtsp_camera.py`, it says its port and serves until its input ends, so that a test can freeze
the whole process with SIGSTOP.
"""

import base64
import hashlib
import re
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from functools import cache
from types import TracebackType

import av
import numpy as np

Act = Callable[[int], None]
FPS = 25.0
CLOCK_HZ = 90_000
PICTURES = 50
REALM, NONCE = "camera", "5ca1ab1e"


@cache
def encoded(size: tuple[int, int]) -> tuple[tuple[bytes, ...], ...]:
    """Fifty H.264 pictures to be played over and over, each brighter: their NAL units, a key picture first of ten."""
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = *size, "yuv420p", Fraction(1, 25)
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": "sliced-threads=0:keyint=10:scenecut=0",
    }
    packets = []
    for number in range(PICTURES):
        image = np.full((size[1], size[0], 3), 30 + 4 * number, np.uint8)
        packets += codec.encode(av.VideoFrame.from_ndarray(image, "bgr24"))
    packets += codec.encode(None)
    return tuple(tuple(re.split(rb"\x00?\x00\x00\x01", bytes(packet))[1:]) for packet in packets)


class RtspCamera:
    """Serves `/1`; `act(number)` runs before each picture and may wait, or raise `ConnectionError` to hang up.

    Args:
        act: What goes wrong.
        auth: "", "Basic" or "Digest": user `me`, password `secret`.
        size: Of the picture, pixels.
        status: Of the answer to DESCRIBE.
        video: Whether there is any.
    """

    def __init__(
        self,
        act: Act = lambda number: None,
        *,
        auth: str = "",
        size: tuple[int, int] = (160, 128),
        status: str = "200 OK",
        video: bool = True,
        port: int = 0,
    ) -> None:
        self.connections = 0
        """Plays begun."""
        self.transports: list[str] = []
        """Asked for."""
        self.over = threading.Event()
        self._act, self._auth, self.size, self._status, self._video = act, auth, size, status, video
        camera = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    camera._talk(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def address(self, user: str = "", path: str = "1") -> str:
        """Of the stream; `user` as `me:secret@`."""
        return f"rtsp://{user}127.0.0.1:{self.port}/{path}"

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        while line := handler.rfile.readline().decode().strip():
            method, uri = line.split()[:2]
            heads = {}
            while row := handler.rfile.readline().decode().strip():
                name, _, value = row.partition(":")
                heads[name.lower()] = value.strip()
            self._answer(handler, method, uri, heads)
            if method == "PLAY":
                self.connections += 1
                self._play(handler)
                return

    def _answer(self, handler: socketserver.StreamRequestHandler, method: str, uri: str, heads: dict[str, str]) -> None:
        status, lines, body = "200 OK", [f"CSeq: {heads.get('cseq', '0')}", "Session: 1;timeout=60"], ""
        if method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif self._auth and not self._lets_in(method, heads.get("authorization", "")):
            status = "401 Unauthorized"
            nonce = f', nonce="{NONCE}"' if self._auth == "Digest" else ""
            lines.append(f'WWW-Authenticate: {self._auth} realm="{REALM}"{nonce}')
        elif not re.search(r"/1(/|$)", uri):
            status = "404 Not Found"
        elif method == "DESCRIBE":
            status, body = self._status, self._description()
            lines += ["Content-Type: application/sdp", f"Content-Base: {uri}/", f"Content-Length: {len(body)}"]
        elif method == "SETUP":
            self.transports.append(heads.get("transport", ""))
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        handler.wfile.write("\r\n".join([f"RTSP/1.0 {status}", *lines, "", body]).encode())

    def _lets_in(self, method: str, said: str) -> bool:
        if self._auth == "Basic":
            return said == "Basic " + base64.b64encode(b"me:secret").decode()
        parts = dict(re.findall(r'(\w+)="([^"]*)"', said))

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        wanted = md5(f"{md5(f'me:{REALM}:secret')}:{NONCE}:{md5(f'{method}:' + parts.get('uri', ''))}")
        return parts.get("response") == wanted

    def _description(self) -> str:
        sets = ",".join(base64.b64encode(nal).decode() for nal in encoded(self.size)[0] if nal[0] & 31 in (7, 8))
        video = (
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:video\r\n"
            f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\n"
        )
        sound = "m=audio 0 RTP/AVP 0\r\na=control:sound\r\n"
        return f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n{video if self._video else sound}"

    def _play(self, handler: socketserver.StreamRequestHandler) -> None:
        sequence, number = 0, 0
        while not self.over.is_set():
            self._act(number)
            nals = encoded(self.size)[number % PICTURES]
            for place, nal in enumerate(nals):
                last = 0x80 if place == len(nals) - 1 else 0
                stamp = int(number / FPS * CLOCK_HZ) & 0xFFFFFFFF
                head = struct.pack(">BBHII", 0x80, last | 96, sequence & 0xFFFF, stamp, 1)
                handler.wfile.write(struct.pack(">cBH", b"$", 0, len(head) + len(nal)) + head + nal)
                sequence += 1
            number += 1
            time.sleep(1 / FPS)

    def __enter__(self) -> "RtspCamera":
        encoded(self.size)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.socket.close()
        self._server.server_close()


if __name__ == "__main__":
    with RtspCamera() as running:
        sys.stdout.write(f"{running.port}\n")
        sys.stdout.flush()
        sys.stdin.read()
