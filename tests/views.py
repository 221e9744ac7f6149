"""A source on the page that tests control: it makes real pictures, and remembers what the page asked of it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

from pipeline.errors import ConfigError
from web.config import WebConfig
from web.server import Server
from web.view import Shot, StageRow, State

Serve = Callable[..., Server]


@contextmanager
def serving() -> Iterator[Serve]:
    """`serve(view, ..., token="...")` starts a server on a free port; at the end all are closed."""
    servers = []

    def start(*views: FakeView, **settings: object) -> Server:
        server = Server(views or (FakeView(),), WebConfig(**{"port": 0, **settings}))  # type: ignore[arg-type]
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


SCHEMA: dict[str, dict[str, Any]] = {
    "min_score": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
        "description": "boxes less sure than this are left out",
    },
    "labels": {"type": "boolean", "default": True, "description": "write class and track id at each box"},
    "every": {
        "anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto", "type": "string"}],
        "default": 1,
        "description": "ask the stage on each nth frame only; auto: as often as the machine can",
    },
    "mode": {"enum": ["boxes", "trails", "both"], "type": "string", "default": "both", "description": "what is drawn"},
    "title": {"type": "string", "default": "", "description": "written in a corner"},
}


def moving(number: int, size: tuple[int, int] = (640, 360)) -> np.ndarray:
    """A street of sorts: a ground that stays, and a bright square that moves with the number."""
    width, height = size
    rows = np.linspace(60, 150, height, dtype=np.uint8)[:, None]
    image = np.repeat(np.dstack([rows + 30, rows + 10, rows])[:, :1], width, axis=1).copy()
    left = (number * width // 40) % (width - width // 8)
    cv2.rectangle(image, (left, height // 3), (left + width // 10, height // 3 * 2), (60, 220, 250), -1)
    image.setflags(write=False)
    return image


class FakeView:
    """Makes a picture of `picture(number)` each time it is asked for a newer one, `fps` a second at most.

    Args:
        name: Shown on the page.
        picture: `(H, W, 3) uint8` BGR for a number.
        fps: Pictures a second.
        status: Said besides the state.
        schema: JSON Schema of each setting of its stage.
    """

    def __init__(
        self,
        name: str = "gate",
        picture: Callable[[int], np.ndarray] = moving,
        fps: float = 25.0,
        status: Callable[[], dict[str, Any]] = dict,
        schema: dict[str, dict[str, Any]] = SCHEMA,
    ) -> None:
        self.name = name
        self.state: State = "running"
        self.attempts = 0
        self.error: str | None = None
        self.recording = False
        self.asked: list[tuple[object, ...]] = []
        self.settings: dict[str, Any] = {key: one.get("default") for key, one in schema.items()}
        self._schema = schema
        self.on = True
        self.rows: list[dict[str, Any]] = []
        self._picture, self._interval_s, self._status = picture, 1 / fps, status
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._newest: Shot | None = None
        self._changed = threading.Condition()

    def newest(self, after: int, timeout_s: float) -> Shot | None:
        until = time.monotonic() + timeout_s
        while (now := time.monotonic()) < until:
            number = int((now - self._began) / self._interval_s)
            if self.state == "running" and number > after:
                self._newest = Shot(number, self._picture(number), now)
                return self._newest
            with self._changed:
                self._changed.wait(min(self._interval_s / 4, until - now))
        return None

    def status(self) -> dict[str, Any]:
        age = None if self._newest is None else time.monotonic() - self._newest.captured_s
        if self.state == "running":
            age = min(age or 0.0, self._interval_s)
        return {
            "state": self.state,
            "attempts": self.attempts,
            "error": self.error,
            "newest_age_s": age,
            "recording": self.recording,
            **self._status(),
        }

    def stages(self) -> list[dict[str, Any]]:
        detect = StageRow(name="detect", use="ssd", on=self.on, ms=11.8, worst_ms=31.0, calls=640)
        detect = detect.model_copy(update={"settings": self.settings, "properties": self._schema})
        draw = StageRow(name="draw", use="overlay", can_switch=False, ms=1.9, worst_ms=4.0, calls=640)
        return [detect.model_dump(), draw.model_dump()]

    def change(self, stage: str, setting: str, value: Any) -> None:
        self.asked.append(("change", stage, setting, value))
        if setting not in self.settings:
            raise ConfigError(f"{stage}: there is no setting '{setting}'; there are {', '.join(self.settings)}")
        self.settings = {**self.settings, setting: value}

    def switch(self, stage: str, on: bool) -> None:
        self.asked.append(("switch", stage, on))
        self.on = on

    def tracks(self) -> list[dict[str, Any]]:
        return self.rows

    def snapshot(self) -> bytes:
        return cv2.imencode(".png", self._picture(0))[1].tobytes()

    def record(self, on: bool) -> None:
        self.asked.append(("record", on))
        self.recording = on
