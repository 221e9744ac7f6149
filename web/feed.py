"""The newest picture of each source, for any number of viewers: taken by one thread a source, encoded once a size."""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Executor

from web.burn import Scene, burn, jpeg
from web.view import Shot, State, Status, View

logger = logging.getLogger(__name__)

WAIT_S = 0.25
"""For a shot, before the source is asked how it does."""
AFTER_A_FAULT_S = 0.5

Coded = dict[tuple[int, str, int, int], "asyncio.Future[bytes]"]
"""By number of the picture, text on it, width and quality."""


class Bell:
    """Wakes every coroutine that waits, from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self.closing = False

    def ring(self) -> None:
        """From any thread; nothing happens where the loop is over."""
        try:
            self._loop.call_soon_threadsafe(self._ring)
        except RuntimeError:
            return

    def _ring(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, timeout_s: float) -> None:
        """Until it rings, or for so long."""
        event = self._event
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return


class Feed:
    """The newest picture of one view. Its thread asks the view only while somebody watches.

    Args:
        view: The source.
        bell: Rung when there is a newer picture.
        pool: Where pictures are encoded.
        stale_s: Age from which a picture is not called live.
    """

    def __init__(self, view: View, bell: Bell, pool: Executor, stale_s: float) -> None:
        self.view = view
        self._bell, self._pool, self._stale_s = bell, pool, stale_s
        self._watched = threading.Condition()
        self._watchers = 0
        self._closed = False
        self._known: tuple[Shot | None, State, int] = (None, "connecting", 0)
        self._coded: Coded = {}
        self._thread = threading.Thread(target=self._run, name="web feed")
        self._thread.start()

    def watch(self, by: int) -> None:
        """One viewer more (1) or less (-1)."""
        with self._watched:
            self._watchers += by
            self._watched.notify_all()

    def scene(self) -> Scene:
        """What is known now."""
        shot, state, attempts = self._known
        return Scene(shot, state, attempts, time.monotonic(), self._stale_s)

    async def jpeg(self, scene: Scene, width: int, quality: int) -> bytes:
        """A scene as a JPEG file; viewers who want the same get the same, encoded once."""
        text = scene.text
        key = scene.number, text, width, quality
        coded = self._coded.get(key)
        if coded is None:
            for old in [old for old in self._coded if old[:2] != key[:2]]:
                del self._coded[old]
            coded = asyncio.get_running_loop().run_in_executor(self._pool, _render, scene, width, quality)
            self._coded[key] = coded
        # one viewer who leaves must not take the picture from the others
        return await asyncio.shield(coded)

    def close(self) -> None:
        """End the thread and wait for it."""
        with self._watched:
            self._closed = True
            self._watched.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while self._wait_for_watchers():
            began = time.monotonic()
            try:
                found = self._ask()
            except Exception:
                logger.exception("%s: the view failed; it is asked again", self.view.name)
                self._pause(AFTER_A_FAULT_S)
                continue
            if not found and time.monotonic() - began < WAIT_S / 2:
                self._pause(WAIT_S)

    def _wait_for_watchers(self) -> bool:
        with self._watched:
            self._watched.wait_for(lambda: self._watchers or self._closed)
            return not self._closed

    def _pause(self, seconds: float) -> None:
        with self._watched:
            self._watched.wait_for(lambda: self._closed, seconds)

    def _ask(self) -> bool:
        """Take the newest shot; where none comes, ask how the source does. Whether there was a shot."""
        before = self._known[0]
        shot = self.view.newest(-1 if before is None else before.number, WAIT_S)
        if shot is not None:
            self._known = shot, shot.state, 0
        else:
            status = Status.model_validate(self.view.status())
            self._known = before, status.state, status.attempts
        self._bell.ring()
        return shot is not None


def _render(scene: Scene, width: int, quality: int) -> bytes:
    return jpeg(burn(scene, width), quality)


class Hub:
    """All feeds, made inside the server's loop."""

    def __init__(self, views: Sequence[View], pool: Executor, stale_s: float) -> None:
        self.bell = Bell(asyncio.get_running_loop())
        self.viewers = 0
        self.feeds = [Feed(view, self.bell, pool, stale_s) for view in views]

    def end_streams(self) -> None:
        """Let every stream come to its end; inside the loop."""
        self.bell.closing = True
        self.bell.ring()

    def close(self) -> None:
        """End every thread and wait for them; outside the loop."""
        for feed in self.feeds:
            feed.close()
