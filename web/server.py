"""The page's server: uvicorn in a thread of its own, over the views of what runs."""

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import uvicorn
from starlette.applications import Starlette

from pipeline.errors import ConfigError
from web.api import ERRORS, Api
from web.auth import Auth
from web.config import WebConfig
from web.connection import limited, listening_socket
from web.feed import Hub
from web.guard import Guard
from web.pages import Pages
from web.view import View

logger = logging.getLogger(__name__)

WORKERS = 4
"""Threads that encode pictures and ask views; two cores are busy with two."""
REQUEST_HEAD = 16 * 1024
"""Bytes of a request's line and headers."""
LEAVE_S = 0.5
"""Connections that are open so long after the end was said are cut."""


class _Uvicorn(uvicorn.Server):
    """Says when it listens, and makes the feeds in its own loop."""

    def __init__(self, config: uvicorn.Config, owner: "Server") -> None:
        super().__init__(config)
        self._owner = owner
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        """Until the end is said; uvicorn looks ten times a second, this one is told."""
        while not await self.on_tick(0):
            try:
                async with asyncio.timeout(1.0):
                    await self.ended.wait()
            except TimeoutError:
                continue

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and tell the owner."""
        await super().startup(sockets)
        self._owner._listening(asyncio.get_running_loop())


class Server:
    """Serves views in a browser; as a context manager it starts and closes.

    Args:
        views: The sources, in the order of the page.
        config: Where, and for whom.
    """

    def __init__(self, views: Sequence[View], config: WebConfig) -> None:
        self.config = config
        self._views = list(views)
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._port = 0

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def address(self) -> str:
        """To open in a browser on this machine."""
        host = self.config.host
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}/"

    def start(self) -> None:
        """Listen, and serve from another thread.

        Raises:
            ConfigError: the address is in use or not of this machine.
        """
        listener = self._listen()
        self._port = listener.getsockname()[1]
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="web pool")
        auth, cookie = Auth(self.config), f"sluice_{self._port}"
        api = Api(self._views, self.config, self._pool, lambda: self._hub)
        pages = Pages(self.config, auth, cookie)
        app = Starlette(routes=[*api.routes(), *pages.routes()], exception_handlers=ERRORS)
        settings = uvicorn.Config(
            Guard(app, self.config, auth, cookie),
            http=limited(self.config.most_connections),
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # what strangers send is no reason to write lines
            access_log=False,
            proxy_headers=False,  # who asks is who is connected, whatever a header says
            server_header=False,
            h11_max_incomplete_event_size=REQUEST_HEAD,
            timeout_graceful_shutdown=2,
        )
        self._uvicorn = _Uvicorn(settings, self)
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="web server")
        self._thread.start()
        self._ready.wait()
        logger.info("the page is at %s", self.address)

    def close(self) -> None:
        """End every stream, cut every connection, and wait for every thread; may be called twice."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._leave)
        self._thread.join()
        self._thread = None
        self._hub.close()
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> socket.socket:
        host, port = self.config.host, self.config.port
        try:
            return listening_socket(host, port)
        except OSError as error:
            raise ConfigError(_why(host, port, error)) from error

    def _serve(self, listener: socket.socket) -> None:
        try:
            self._uvicorn.run(sockets=[listener])
        finally:
            listener.close()
            self._ready.set()

    def _listening(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._hub = Hub(self._views, self._pool, self.config.stale_s)
        self._ready.set()

    def _leave(self) -> None:
        """In the loop: streams end by themselves; what is left after a moment is cut."""
        self._uvicorn.should_exit = True
        self._uvicorn.ended.set()
        self._hub.end_streams()
        self._loop.call_later(LEAVE_S, self._cut)

    def _cut(self) -> None:
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()


def _why(host: str, port: int, error: OSError) -> str:
    """What a person can do about an address that cannot be listened on."""
    place = f"{f'[{host}]' if ':' in host else host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"web: {place} is in use; end the other program, or choose another port (0 takes a free one)"
    if error.errno == errno.EACCES:
        return f"web: {place} needs rights that this program does not have; choose a port above 1023"
    return f"web: cannot listen on {place}: {error.strerror or error}; give an address of this machine"
