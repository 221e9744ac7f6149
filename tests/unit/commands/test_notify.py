"""What systemd is told, read from a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.notify import STUCK_S, Notifier, Pulse


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def heard(systemd: socket.socket) -> list[str]:
    return systemd.recv(4096).decode().splitlines()


def test_it_says_that_it_is_ready_and_what_it_does_in_one_line(systemd: socket.socket) -> None:
    notifier = Notifier(systemd.getsockname())
    notifier.ready("gate: running\nyard: lost")
    assert heard(systemd) == ["READY=1", "STATUS=gate: running yard: lost", f"MAINPID={os.getpid()}"]
    notifier.stopping()
    assert heard(systemd) == ["STOPPING=1"]
    notifier.close()


def test_signs_of_life_are_sent_a_few_times_in_a_period_and_not_more(systemd: socket.socket) -> None:
    notifier = Notifier(systemd.getsockname(), watchdog_s=600)
    for _ in range(50):
        notifier.alive("fine")
    assert heard(systemd) == ["WATCHDOG=1", "STATUS=fine"]
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(1)
    notifier.close()


def test_without_a_watchdog_there_are_no_signs_of_life(systemd: socket.socket) -> None:
    notifier = Notifier(systemd.getsockname())
    notifier.alive("fine")
    notifier.ready("fine")
    assert heard(systemd)[0] == "READY=1"
    notifier.close()


def test_a_name_in_the_abstract_namespace_is_found() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0sluice-test-{os.getpid()}")
        listening.settimeout(5)
        notifier = Notifier(f"@sluice-test-{os.getpid()}")
        notifier.stopping()
        assert heard(listening) == ["STOPPING=1"]
        notifier.close()


def test_where_nobody_listens_it_is_silent_and_a_socket_that_goes_ends_nothing(tmp_path: Path) -> None:
    for notifier in (Notifier(None), Notifier(str(tmp_path / "gone"), 1.0)):
        notifier.ready("x")
        notifier.alive("x")
        notifier.close()


def test_a_source_is_stuck_where_pictures_come_in_and_none_comes_out() -> None:
    pulse = Pulse()
    assert pulse.beats("gate", 10, 10, 0.0)
    assert pulse.beats("gate", 20, 10, STUCK_S - 1)
    assert not pulse.beats("gate", 30, 10, STUCK_S + 1)
    assert pulse.beats("gate", 40, 11, STUCK_S + 2)


def test_a_camera_that_is_away_is_not_stuck() -> None:
    pulse = Pulse()
    assert all(pulse.beats("gate", 10, 10, float(at_s)) for at_s in range(0, 600, 10))
