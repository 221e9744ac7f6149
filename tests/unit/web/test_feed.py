import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from views import FakeView, moving
from web.burn import Scene
from web.feed import Bell, Feed
from web.view import Shot


class CountingPool(ThreadPoolExecutor):
    """Counts what it is given to do."""

    count = 0

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self.count += 1
        return super().submit(call, *given, **named)


def test_a_picture_is_encoded_once_for_each_width_and_text_however_many_want_it() -> None:
    async def ask(pool: CountingPool) -> list[int]:
        feed = Feed(FakeView(), Bell(asyncio.get_running_loop()), pool, 2.0)
        young, old = (Scene(Shot(7, moving(7), 0.0), "running", 0, now_s, 2.0) for now_s in (0.1, 3.2))
        counts = []
        for scene, width in ((young, 640), (young, 320), (old, 640)):
            files = await asyncio.gather(*(feed.jpeg(scene, width, 75) for _ in range(6)))
            assert len(set(files)) == 1
            counts.append(pool.count)
        feed.close()
        return counts

    with CountingPool(1) as pool:
        assert asyncio.run(ask(pool)) == [1, 2, 3]
