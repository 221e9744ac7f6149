"""One connection: small buffers, so that no picture waits in them, and no patience with those who say nothing."""

import asyncio
import socket
from collections import Counter
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S = 10.0
"""A connection that asks nothing for so long is closed: idle ones cannot use up the limit."""
STUCK_S = 20.0
"""A viewer that takes no whole picture for so long is let go."""
KERNEL_BUFFER = 128 * 1024
UNSENT = 16 * 1024
"""Bytes the kernel keeps that were never sent; Linux counts them apart from those on their way."""


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address, whose connections have small send buffers.

    Raises:
        OSError: the address is in use, or not of this machine.
    """
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
    )[0]
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


class Connection(H11Protocol):
    """uvicorn's connection, with limits; `limited` makes a class that has its own."""

    most: ClassVar[int] = 128
    from_one: ClassVar["Counter[str]"] = Counter()
    _ask_by: asyncio.TimerHandle | None = None
    _take_by: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Refuse one too many; else wait for what it asks."""
        super().connection_made(transport)
        # With no room of its own, uvicorn's `send` waits until all that was written is with the kernel.
        transport.set_write_buffer_limits(high=0)
        address = self.client[0] if self.client else ""
        self.from_one[address] += 1
        if len(self.connections) > self.most or self.from_one[address] > max(1, self.most // 2):
            transport.abort()
            return
        self._ask_by = self.loop.call_later(REQUEST_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        _cancel(self._ask_by)
        self._ask_by = None
        _cancel(self._take_by)
        self._take_by = None
        address = self.client[0] if self.client else ""
        self.from_one[address] -= 1
        if self.from_one[address] <= 0:
            del self.from_one[address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A request that has begun has so long to be whole, up to its body."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            _cancel(self._ask_by)
            self._ask_by = None
        elif self._ask_by is None:
            self._ask_by = self.loop.call_later(REQUEST_S, self.transport.abort)

    def pause_writing(self) -> None:
        """The viewer is slow: it has so long to take what was written."""
        self._take_by = self._take_by or self.loop.call_later(STUCK_S, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """It took all."""
        _cancel(self._take_by)
        self._take_by = None
        super().resume_writing()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def limited(most: int) -> type[Connection]:
    """A class of connections that count among themselves: one for each server."""
    return type("LimitedConnection", (Connection,), {"most": most, "from_one": Counter()})
