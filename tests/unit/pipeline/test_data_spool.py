"""What waits on disk: in order, bounded, and never lost inside the limit."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.sinks.data.spool import OVERHEAD_BYTES, Spool


def emptied(spool: Spool) -> list[bytes]:
    bodies = []
    while (letter := spool.oldest()) is not None:
        bodies.append(letter.body)
        spool.done(letter)
    return bodies


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "x.spool", 1 << 20)


def test_letters_come_out_in_order_and_each_once(spool: Spool) -> None:
    for number in range(20):
        spool.add(b"%d" % number)
    assert len(spool) == 20
    assert emptied(spool) == [b"%d" % number for number in range(20)]
    assert len(spool) == 0
    spool.close()


def test_a_letter_stays_until_it_has_arrived(spool: Spool) -> None:
    spool.add(b"one")
    first, again = spool.oldest(), spool.oldest()
    assert first == again is not None
    spool.close()


def test_what_waits_is_there_for_the_next_run(tmp_path: Path) -> None:
    first = Spool(tmp_path / "x.spool", 1 << 20)
    first.add(b"one", "topic")
    first.add(b"two")
    first.close()
    second = Spool(tmp_path / "x.spool", 1 << 20)
    second.add(b"three")
    letter = second.oldest()
    assert letter is not None
    assert letter.topic == "topic"
    assert emptied(second) == [b"one", b"two", b"three"]
    second.close()


def test_a_killed_program_loses_nothing_that_was_added(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from pipeline.sinks.data.spool import Spool\n"
        "spool = Spool(Path(sys.argv[1]), 1 << 20)\n"
        "for number in range(50): spool.add(b'%d' % number)\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.spool")], check=False)
    spool = Spool(tmp_path / "x.spool", 1 << 20)
    assert emptied(spool) == [b"%d" % number for number in range(50)]
    spool.close()


def test_beyond_its_limit_the_oldest_is_lost_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path / "x.spool", 5 * (OVERHEAD_BYTES + 10))
    for number in range(8):
        spool.add(b"%010d" % number)
    assert spool.lost == 3
    assert emptied(spool) == [b"%010d" % number for number in range(3, 8)]
    assert sum("limit" in line for line in caplog.messages) == 1
    spool.close()


def test_the_letter_that_is_being_sent_is_not_the_one_that_is_lost(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "x.spool", 3 * (OVERHEAD_BYTES + 1))
    for name in b"abc":
        spool.add(bytes([name]))
    in_hand = spool.oldest()
    assert in_hand is not None
    spool.add(b"d")
    spool.done(in_hand)
    assert emptied(spool) == [b"c", b"d"]
    spool.close()


def test_a_full_disk_is_waited_out_in_memory_and_in_order(spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    spool.add(b"before")
    pages = spool._base.execute("PRAGMA page_count").fetchone()[0]
    spool._base.execute(f"PRAGMA max_page_count = {pages}")  # what SQLite says then is what it says of a full disk
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            spool.add(b"%d" % number * 9000)
    assert [line for line in caplog.messages if "full" in line and "held in memory" in line]
    assert len(caplog.messages) == 1
    first = spool.oldest()
    assert first is not None and first.body == b"before"
    spool.done(first)
    spool._base.execute("PRAGMA max_page_count = 100000")
    assert emptied(spool) == [b"%d" % number * 9000 for number in range(5)]
    spool.close()


def test_what_was_held_is_on_the_disk_at_the_end_if_it_takes_it_again(spool: Spool) -> None:
    spool._base.execute("PRAGMA query_only = ON")
    spool.add(b"one")
    spool.add(b"two")
    spool._base.execute("PRAGMA query_only = OFF")
    spool.close()
    later = Spool(spool.path, 1 << 20)
    assert emptied(later) == [b"one", b"two"]
    later.close()


def test_letters_go_out_while_the_disk_takes_nothing(spool: Spool) -> None:
    spool._base.execute("PRAGMA query_only = ON")
    for number in range(3):
        spool.add(b"%d" % number)
    assert emptied(spool) == [b"0", b"1", b"2"]
    spool.close()


def test_a_letter_that_arrived_is_not_sent_again_where_the_disk_does_not_let_it_go(spool: Spool) -> None:
    spool.add(b"one")
    spool.add(b"two")
    spool._base.execute("PRAGMA query_only = ON")
    assert emptied(spool) == [b"one", b"two"]
    spool.close()


def test_who_waits_for_a_letter_gets_the_one_that_comes(spool: Spool) -> None:
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(spool.oldest(30.0)))
    thread.start()
    spool.add(b"x")
    thread.join(30)
    assert [letter.body for letter in got if letter] == [b"x"]  # type: ignore[attr-defined]
    spool.close()


def test_two_runs_do_not_send_from_one_spool(spool: Spool) -> None:
    with pytest.raises(ConfigError, match="another run sends from the spool"):
        Spool(spool.path, 1 << 20)
    spool.close()


@pytest.mark.parametrize("content", [b"this is no database at all" * 50])
def test_a_file_that_is_no_spool_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.spool"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="move it away"):
        Spool(path, 1 << 20)
    assert path.read_bytes() == content


def test_only_its_owner_can_read_it(spool: Spool) -> None:
    assert spool.path.stat().st_mode & 0o077 == 0
    spool.close()
