import threading

import pytest

from pipeline.channel import Aborted, Channel, Closed


def test_items_come_out_in_the_order_they_went_in() -> None:
    channel: Channel[int] = Channel("c", 3)
    for item in (1, 2, 3):
        channel.put(item)
    channel.close()
    assert list(channel) == [1, 2, 3]


def test_put_waits_for_room_and_says_how_long() -> None:
    channel: Channel[int] = Channel("c", 1)
    channel.put(1)
    second = threading.Thread(target=channel.put, args=(2,))
    second.start()
    second.join(0.02)
    assert second.is_alive(), "a full channel takes nothing"
    assert channel.get() == 1
    second.join(5)
    assert channel.get() == 2
    assert channel.put_wait_s > 0


def test_a_channel_that_drops_keeps_the_newest_and_hands_over_the_rest() -> None:
    dropped: list[int] = []
    channel: Channel[int] = Channel("c", 2, dropped.append)
    for item in range(5):
        channel.put(item)
    channel.close()
    assert dropped == [0, 1, 2]
    assert list(channel) == [3, 4]


def test_nothing_is_taken_after_close() -> None:
    for channel in (Channel[int]("c", 1), Channel[int]("c", 1, lambda _: None)):
        channel.put(1)
        channel.close()
        with pytest.raises(Closed):
            channel.put(2)
        assert list(channel) == [1]


def test_abort_wakes_both_sides_and_returns_what_was_inside_once() -> None:
    channel: Channel[int] = Channel("c", 1)
    empty: Channel[int] = Channel("e", 1)
    channel.put(1)
    raised: list[type] = []

    def meet(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except Closed as ending:
            raised.append(type(ending))

    threads = [threading.Thread(target=meet, args=(act,)) for act in (lambda: channel.put(2), empty.get)]
    for thread in threads:
        thread.start()
    assert channel.abort() == [1]
    assert empty.abort() == channel.abort() == []
    for thread in threads:
        thread.join(5)
    assert raised == [Aborted, Aborted]
    with pytest.raises(Aborted):
        list(channel)


def test_a_channel_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least 1, received 0"):
        Channel("c", 0)
