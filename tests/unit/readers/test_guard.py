"""A reader that hangs, raises or crashes costs its picture, and no other."""

import threading
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from reading import CRASH, HANG, RAISE, bad_reader, no_reader

from pipeline.errors import StageError
from readers.apart import ProcessWorker
from readers.guard import MOST_IN_A_ROW, GuardedReader
from readers.threaded import ThreadWorker


def pictures(*values: int) -> list[np.ndarray]:
    return [np.full((20, 60), value, np.uint8) for value in values]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the reader in a thread hangs on; opened at the end, so that each thread ends."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name == "reader":
            thread.join(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "reader"]


def threaded(gate: threading.Event, limit_s: float = 0.2) -> GuardedReader:
    return GuardedReader(partial(ThreadWorker, bad_reader(gate), limit_s))


def test_a_hanging_picture_is_given_up_and_the_next_is_read(gate: threading.Event) -> None:
    reader = threaded(gate)
    lines = reader.read(pictures(7, HANG, 9))
    reader.close()
    assert [line.text for line in lines] == ["7", "", "9"]
    assert lines[1].given_up == "no answer in 0.2 s"
    assert reader.given_up == 1


def test_a_late_answer_is_not_taken_for_that_of_the_next_picture(gate: threading.Event) -> None:
    reader = threaded(gate)
    reader.read(pictures(HANG))
    gate.set()
    assert [line.text for line in reader.read(pictures(5, 6))] == ["5", "6"]
    reader.close()


def test_a_picture_that_breaks_the_reader_is_given_up(gate: threading.Event) -> None:
    reader = threaded(gate, limit_s=10)
    lines = reader.read(pictures(RAISE, 8))
    reader.close()
    assert lines[0].given_up == "RuntimeError: broken picture"
    assert lines[1].text == "8"


def test_a_reader_that_gives_up_every_picture_ends_the_run(gate: threading.Event) -> None:
    reader = threaded(gate, limit_s=10)
    with pytest.raises(StageError, match="it was the 5th in a row: set another reader"):
        reader.read(pictures(*[RAISE] * MOST_IN_A_ROW))
    reader.close()


def test_failures_with_a_success_between_do_not_end_the_run(gate: threading.Event) -> None:
    reader = threaded(gate, limit_s=10)
    lines = reader.read(pictures(*[RAISE, 9] * MOST_IN_A_ROW))
    reader.close()
    assert sum(bool(line.given_up) for line in lines) == MOST_IN_A_ROW


def test_what_opening_raises_is_raised_here() -> None:
    for worker in (ThreadWorker, ProcessWorker):
        with pytest.raises(LookupError, match="no such language"):
            worker(no_reader, 1.0)


def test_a_crash_of_native_code_in_another_process_is_survived() -> None:
    reader = GuardedReader(partial(ProcessWorker, bad_reader(), 10.0))
    lines = reader.read(pictures(7, CRASH, 9))
    reader.close()
    assert [line.text for line in lines] == ["7", "", "9"]
    assert lines[1].given_up == "the reader's process ended with -11"


def test_a_process_that_hangs_is_killed() -> None:
    worker = ProcessWorker(bad_reader(), 0.2)
    reader = GuardedReader(lambda: worker)
    assert reader.read(pictures(HANG))[0].given_up == "no answer in 0.2 s"
    assert not worker._process.is_alive()
