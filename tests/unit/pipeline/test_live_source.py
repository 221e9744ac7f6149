"""A live source over readers that hang, break and come back as a test wants it."""

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from pipeline.errors import SourceError
from pipeline.sources.live.config import LiveConfig
from pipeline.sources.live.faults import LastingError
from pipeline.sources.live.live import HUNG_MOST, LiveSource, hung_readers

QUICK = LiveConfig(open_timeout_s=0.1, timeout_s=0.1, retry_first_s=0.01, retry_most_s=0.02)


class Playing:
    """A reader that plays what a function yields."""

    def __init__(self, play: Callable[[], Iterator[np.ndarray]]) -> None:
        self._play = play

    def pictures(self) -> Iterator[np.ndarray]:
        return self._play()


def picture() -> np.ndarray:
    return np.zeros((4, 4, 3), np.uint8)


def started(source: LiveSource) -> threading.Thread:
    thread = threading.Thread(target=lambda: [None for _ in source])
    thread.start()
    return thread


def test_closing_while_a_read_hangs_takes_less_than_half_a_second() -> None:
    hangs, back = threading.Event(), threading.Event()

    def play() -> Iterator[np.ndarray]:
        yield picture()
        hangs.set()
        back.wait(10)

    source = LiveSource("camera", lambda: Playing(play), QUICK.model_copy(update={"timeout_s": 60.0}))
    thread = started(source)
    assert hangs.wait(5)
    began_s = time.monotonic()
    source.close()
    thread.join(5)
    assert time.monotonic() - began_s < 0.5
    assert source.state().state == "ended"
    back.set()
    assert hung_readers(5) == 0


def test_closing_while_a_connection_is_being_made_is_not_missed() -> None:
    asked, closed, back = threading.Event(), threading.Event(), threading.Event()

    def play() -> Iterator[np.ndarray]:
        back.wait(5)
        yield picture()

    def connect() -> Playing:
        asked.set()
        closed.wait(5)
        return Playing(play)

    source = LiveSource("camera", connect, QUICK.model_copy(update={"open_timeout_s": 60.0}))
    thread = started(source)
    assert asked.wait(5)
    source.close()
    closed.set()
    thread.join(0.5)
    assert not thread.is_alive()
    back.set()
    assert hung_readers(5) == 0


def test_reads_that_never_come_back_do_not_pile_up() -> None:
    back = threading.Event()
    connections: list[int] = []

    def play() -> Iterator[np.ndarray]:
        connections.append(1)
        back.wait(10)
        while len(connections) > HUNG_MOST:
            yield picture()
            time.sleep(0.01)

    source = LiveSource("camera", lambda: Playing(play), QUICK)
    thread = started(source)
    until_s = time.monotonic() + 5
    while len(connections) < HUNG_MOST and time.monotonic() < until_s:
        time.sleep(0.005)
    thread.join(0.4)  # time enough for more, if more were made
    assert (len(connections), source.state().state) == (HUNG_MOST, "lost")
    back.set()
    until_s = time.monotonic() + 5
    while source.state().state != "running" and time.monotonic() < until_s:
        time.sleep(0.005)
    assert source.state().reconnects == 0
    assert source.state().newest_s is not None
    source.close()
    thread.join(5)
    assert hung_readers(5) == 0


def test_only_the_newest_picture_is_given_and_the_others_are_a_gap_in_the_numbers() -> None:
    seen, played = threading.Event(), threading.Event()

    def play() -> Iterator[np.ndarray]:
        yield picture()
        seen.wait(5)
        for number in range(1, 6):
            yield np.full((4, 4, 3), number, np.uint8)
        played.set()
        yield np.full((4, 4, 3), 6, np.uint8)

    source = LiveSource("recording", lambda: Playing(play), QUICK, may_end=True)
    frames = iter(source)
    assert next(frames).index == 0
    seen.set()
    assert played.wait(5)
    assert [(frame.index, int(frame.image[0, 0, 0])) for frame in frames][-1] == (6, 6)


def test_a_recording_may_take_its_time_to_open() -> None:
    def play() -> Iterator[np.ndarray]:
        time.sleep(0.3)
        yield picture()

    assert len(list(LiveSource("recording", lambda: Playing(play), QUICK, may_end=True))) == 1


def test_the_wait_doubles_up_to_the_most_and_begins_again_after_a_picture(caplog: pytest.LogCaptureFixture) -> None:
    connections: list[int] = []

    def play() -> Iterator[np.ndarray]:
        connections.append(1)
        if len(connections) == 4:
            yield picture()
        raise SourceError("it broke")

    config = LiveConfig(retry_first_s=0.1, retry_most_s=0.2, retries=3)
    source = LiveSource("camera", lambda: Playing(play), config)
    with pytest.raises(SourceError, match="it broke; given up after 4 attempts"):
        list(source)
    waits_s = [float(str(record.args[1])) for record in caplog.records if isinstance(record.args, tuple)]
    for waited_s, wanted_s in zip(waits_s, [0.1, 0.2, 0.2, 0.1, 0.2, 0.2], strict=True):
        assert 0.75 * wanted_s <= waited_s <= 1.25 * wanted_s


def test_what_another_attempt_cannot_mend_ends_what_never_ran() -> None:
    connections: list[int] = []

    def play() -> Iterator[np.ndarray]:
        if not connections:
            raise LastingError("no password")
        yield picture()

    source = LiveSource("camera", lambda: Playing(play), QUICK)
    with pytest.raises(LastingError, match="no password"):
        list(source)
    assert source.state().error == "no password"
    assert source.state().state == "ended"
