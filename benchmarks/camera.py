"""A camera made of a clip: 30 pictures a second over HTTP, each with its own number in it, in a process of its own.

    python -m benchmarks.camera CLIP PORT_FILE

The number stands in the top left corner as black and white squares that survive JPEG, so that whoever shows a picture
can tell how old it is: `age_s`.
"""

import http.server
import sys
import threading
import time
from pathlib import Path

import av
import cv2
import numpy as np

FPS, PICTURES = 30, 600
"""The numbers begin anew after 20 s; nothing is later than that."""
SQUARE, BITS = 16, 10
SIZE = (1280, 720)


def numbered(image: np.ndarray, number: int) -> np.ndarray:
    """The picture with its number; `image` is changed."""
    for bit in range(BITS):
        left = bit * SQUARE
        image[:SQUARE, left : left + SQUARE] = 255 * (number >> bit & 1)
    return image


def number_of(image: np.ndarray) -> int:
    """The number in a `(H, W, 3) uint8` picture."""
    middles = image[SQUARE // 2, SQUARE // 2 : BITS * SQUARE : SQUARE, 1]
    return int(sum(1 << bit for bit, level in enumerate(middles.tolist()) if level > 127))


def age_s(image: np.ndarray, began_s: float) -> float:
    """How old a picture is, in [0, 20); `began_s` is `time.monotonic()` of number 0, the same in every process."""
    shown = (time.monotonic() - began_s) * FPS
    return float((shown - number_of(image)) % PICTURES) / FPS


def pictures(clip: Path) -> list[bytes]:
    """The clip over and over, as numbered JPEG files."""
    frames: list[np.ndarray] = []
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            frames.append(cv2.resize(frame.to_ndarray(format="bgr24"), SIZE))
            if len(frames) == 120:
                break
    ways = [*frames, *frames[::-1]]  # to and fro, without a jump
    coded = []
    for number in range(PICTURES):
        image = numbered(ways[number % len(ways)].copy(), number)
        coded.append(cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 80))[1].tobytes())
    return coded


class Camera(http.server.ThreadingHTTPServer):
    """Serves the pictures as MJPEG; a viewer that is too slow holds up its own connection only, as with a camera."""

    daemon_threads = True

    def __init__(self, coded: list[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.coded = coded
        self.began_s = time.monotonic()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Camera

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        number = int((time.monotonic() - self.server.began_s) * FPS) + 1
        try:
            while True:
                time.sleep(max(0.0, self.server.began_s + number / FPS - time.monotonic()))
                data = self.server.coded[number % PICTURES]
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
                number += 1
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    camera = Camera(pictures(Path(sys.argv[1])))
    Path(sys.argv[2]).write_text(f"{camera.server_address[1]} {camera.began_s}", encoding="utf-8")
    threading.Thread(target=camera.serve_forever, daemon=True).start()
    sys.stdin.read()  # until whoever started it goes
