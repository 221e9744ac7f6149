"""Live pictures over HTTP: multipart JPEG, at the rate and size that each viewer can take.

A viewer is given the newest picture when it is ready for one: the one before has left this program, and the time for
the next has come. What it was too slow for is never queued, and nobody waits for it. While no picture comes, the last
one is sent again with its age, so that it grows old in front of whoever watches.

One connection may carry several sources, since a browser opens six at most: each part says which one it is.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from web.burn import Scene
from web.feed import Hub

WIDTHS = (320, 480, 640, 960, 1280, 1920)
"""What a viewer asks for is rounded up to one of these, so that viewers share what was encoded."""
BOUNDARY = "sluice-picture"
RESTAMP_S = 0.25
"""A picture that stays is sent again after so long, with its new age."""
ALIVE_S = 0.5
"""One whose text stays too is sent again after so long: silence tells a viewer that the connection is gone."""


@dataclass(frozen=True, slots=True)
class Want:
    """What one viewer wants of one source."""

    source: int
    width: int


def rounded(width: int) -> int:
    """The width that is encoded for a viewer who asks for this one.

    >>> [rounded(width) for width in (1, 320, 700, 4000)]
    [320, 320, 960, 1920]
    """
    return next((known for known in WIDTHS if known >= width), WIDTHS[-1])


def part(source: int, scene: Scene, coded: bytes) -> bytes:
    """One picture with its headers; the boundary that ends it comes at once, so that no viewer waits for the next."""
    age = "" if scene.age_s is None else f"X-Age-Ms: {scene.age_s * 1e3:.0f}\r\n"
    head = (
        f"Content-Type: image/jpeg\r\nContent-Length: {len(coded)}\r\nX-Source: {source}\r\n"
        f"X-Number: {scene.number}\r\nX-State: {scene.text.partition(' ')[0]}\r\n{age}"
        f"X-Sent-Ms: {time.monotonic() * 1e3:.0f}\r\n\r\n"
    )
    return head.encode() + coded + f"\r\n--{BOUNDARY}\r\n".encode()


class PictureStream:
    """The answer to a viewer, as an application of its own: it knows when the connection has room.

    Args:
        hub: Where pictures come from.
        wants: Sources and sizes.
        fps: Pictures a second of each source, at most.
        quality: Of the JPEG pictures.
    """

    def __init__(self, hub: Hub, wants: Sequence[Want], fps: float, quality: int) -> None:
        self._hub, self._wants, self._fps, self._quality = hub, wants, fps, quality

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send pictures until the viewer hangs up or the server closes."""
        head = [(b"content-type", f"multipart/x-mixed-replace; boundary={BOUNDARY}".encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if scope["method"] == "HEAD":
            return await send({"type": "http.response.body", "body": b""})
        feeds = {self._hub.feeds[want.source] for want in self._wants}
        self._hub.viewers += 1
        for feed in feeds:
            feed.watch(1)
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await _send(f"--{BOUNDARY}\r\n".encode(), send)
            # where nobody watched, what is known is old; a newer picture comes at once or not at all
            if not all(feed.scene().live for feed in feeds):
                await self._hub.bell.wait(RESTAMP_S)
            await self._send_pictures(send, gone)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._hub.viewers -= 1
            for feed in feeds:
                feed.watch(-1)

    async def _send_pictures(self, send: Send, gone: "asyncio.Task[None]") -> None:
        """Pictures as they come, no faster than wanted, each made when the connection has room for it."""
        loop, bell = asyncio.get_running_loop(), self._hub.bell
        sent: dict[int, tuple[int, str, float]] = {}
        while not (bell.closing or gone.done()):
            for want in self._wants:
                # uvicorn waits here until what was written before has gone out, or the viewer has
                await _send(b"", send)
                feed = self._hub.feeds[want.source]
                scene = feed.scene()
                number, text, at_s = sent.get(want.source, (-2, "", 0.0))
                if (number, text) == (scene.number, scene.text) and loop.time() < at_s + ALIVE_S:
                    continue
                coded = await feed.jpeg(scene, want.width, self._quality)
                sent[want.source] = scene.number, scene.text, loop.time()
                await _send(part(want.source, scene, coded), send)
            # the beats of one rate are the same for all: who has it takes the same picture, encoded once
            await asyncio.sleep((math.floor(loop.time() * self._fps) + 1) / self._fps - loop.time() + 1e-3)
            if not bell.closing and not self._news(sent):
                await bell.wait(RESTAMP_S)

    def _news(self, sent: dict[int, tuple[int, str, float]]) -> bool:
        return any(self._hub.feeds[source].scene().number > number for source, (number, _, _) in sent.items())


async def _send(chunk: bytes, send: Send) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
