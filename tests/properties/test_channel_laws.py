"""A channel loses nothing uncounted, whatever the number of producers, consumers and the end it meets."""

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.channel import Channel, Closed


@settings(max_examples=40, deadline=None)
@given(
    producers=st.integers(1, 4),
    consumers=st.integers(1, 4),
    each=st.integers(0, 30),
    capacity=st.integers(1, 5),
    drops=st.booleans(),
    abort_after=st.none() | st.integers(0, 40),
)
def test_put_equals_got_plus_dropped_plus_left_plus_refused(
    producers: int, consumers: int, each: int, capacity: int, drops: bool, abort_after: int | None
) -> None:
    got: list[int] = []
    dropped: list[int] = []
    refused: list[int] = []
    left: list[int] = []
    channel: Channel[int] = Channel("c", capacity, dropped.append if drops else None)

    def produce(first: int) -> None:
        for item in range(first, first + each):
            try:
                channel.put(item)
            except Closed:
                refused.append(item)

    def consume() -> None:
        try:
            for item in channel:
                got.append(item)
                if abort_after is not None and len(got) > abort_after:
                    left.extend(channel.abort())
        except Closed:
            return

    makers = [threading.Thread(target=produce, args=(1000 * n,)) for n in range(producers)]
    takers = [threading.Thread(target=consume) for _ in range(consumers)]
    for thread in (*makers, *takers):
        thread.start()
    for thread in makers:
        thread.join(10)
    channel.close()
    for thread in takers:
        thread.join(10)
    expected = sorted(1000 * n + i for n in range(producers) for i in range(each))
    assert sorted(got + dropped + refused + left) == expected
