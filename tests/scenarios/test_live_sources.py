"""Cameras that go, freeze, come back, or never were: real streams on the loopback, read by the real decoder."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest
from live_servers import Connection, MjpegCamera, jpeg

from pipeline.errors import SourceError
from pipeline.sources.live import LiveConfig, LiveSource, SourceStatus, open_live
from pipeline.types import Frame
from recordings import moving, record

MJPEG = "multipart/x-mixed-replace; boundary=picture"
QUICK = LiveConfig(open_timeout_s=2, timeout_s=0.4, retry_first_s=0.02, retry_most_s=0.05)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until_s = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < until_s:
        time.sleep(0.01)  # a reader that was left to itself ends when its call comes back
    assert set(threading.enumerate()) - before == set()


def some(source: LiveSource, count: int) -> list[Frame]:
    frames = list(islice(source, count))
    source.close()
    return frames


def until(source: LiveSource, done: Callable[[SourceStatus], bool]) -> SourceStatus:
    """Read the source in a thread until its status is so; then end it."""
    reader = threading.Thread(target=lambda: [None for _ in source])
    reader.start()
    until_s = time.monotonic() + 10
    while not done(status := source.state()) and time.monotonic() < until_s:
        time.sleep(0.005)
    source.close()
    reader.join(5)
    assert not reader.is_alive()
    assert done(status), status
    return status


def wait_for(done: Callable[[], bool], most_s: float = 10) -> None:
    until_s = time.monotonic() + most_s
    while not done() and time.monotonic() < until_s:
        time.sleep(0.005)
    assert done()


def test_pictures_come_with_growing_numbers_and_times_of_their_own() -> None:
    with MjpegCamera() as camera:
        source = open_live(camera.address, QUICK)
        assert source.state().state == "connecting"
        frames = some(source, 10)
    assert [frame.index for frame in frames] == sorted({frame.index for frame in frames})
    assert all(a.media_s < b.media_s for a, b in pairwise(frames))
    assert frames[0].size == (160, 120)
    assert source.info.live


def test_a_camera_that_hangs_up_comes_back_and_numbers_and_time_go_on() -> None:
    def act(connection: Connection, number: int) -> None:
        if number == 5:
            connection.end()

    with MjpegCamera(act) as camera:
        source = open_live(camera.address, QUICK)
        frames = some(source, 12)
        assert camera.connections >= 3
    assert source.state().reconnects >= 2
    indices = [frame.index for frame in frames]
    assert indices == sorted(set(indices))
    assert all(a.media_s < b.media_s for a, b in pairwise(frames))


def test_a_camera_that_freezes_is_lost_in_time_and_its_hung_read_is_not_waited_for() -> None:
    thawed = threading.Event()

    def act(connection: Connection, number: int) -> None:
        if number == 5:
            thawed.wait(20)

    with MjpegCamera(act) as camera:
        source = open_live(camera.address, QUICK.model_copy(update={"retry_first_s": 30.0, "retry_most_s": 30.0}))
        began_s = time.monotonic()
        status = until(source, lambda status: status.state == "lost")
        assert time.monotonic() - began_s < 4
        thawed.set()
    assert status.error is not None
    assert "no picture for 0.4 s" in status.error


def test_one_that_is_switched_off_and_on_again_is_found_again() -> None:
    with MjpegCamera() as camera:
        port = camera.port
        source = open_live(camera.address, QUICK)
        frames = iter(source)
        first = next(frames).index
    time.sleep(0.2)
    with MjpegCamera(port=port):
        came = [next(frames) for _ in range(30)]
        source.close()
        assert list(frames) == []
    assert came[-1].index > first
    assert source.state().reconnects >= 1


def test_a_change_of_resolution_goes_on() -> None:
    def act(connection: Connection, number: int) -> None:
        if camera.connections > 1:
            connection.send(jpeg(number, (320, 240)))
        elif number > 8:
            connection.end()

    with MjpegCamera(act) as camera:
        source = open_live(camera.address, QUICK)
        frames = []
        for frame in source:
            frames.append(frame)
            if frame.size != (160, 120):
                source.close()
    assert {frame.size for frame in frames} == {(160, 120), (320, 240)}


@pytest.mark.parametrize("garbage", [b"\x00" * 5000, b"no picture at all\r\n" * 300, jpeg(1)[:200]])
def test_garbage_and_half_pictures_are_passed_over(garbage: bytes) -> None:
    def act(connection: Connection, number: int) -> None:
        if number == 3:
            connection.raw(garbage)

    with MjpegCamera(act) as camera:
        assert len(some(open_live(camera.address, QUICK), 8)) == 8


@pytest.mark.parametrize(
    ("password", "given", "content_type", "says"),
    [
        ("secret", "", MJPEG, "it wants a user and a password"),
        ("secret", "me:guessed@", MJPEG, "the user or the password is wrong"),
        ("", "", "text/html", "sends text/html instead of video"),
    ],
)
def test_what_another_attempt_cannot_mend_ends_it(
    password: str, given: str, content_type: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def act(connection: Connection, number: int) -> None:
        if content_type == "text/html":
            connection.raw(b"<html>hello</html>" * 100)
            connection.end()

    with MjpegCamera(act, password=password, content_type=content_type) as camera:
        source = open_live(f"http://{given}127.0.0.1:{camera.port}/video", QUICK)
        with pytest.raises(SourceError, match=says) as raised:
            list(source)
    assert source.state().state == "ended"
    assert "\n" not in str(raised.value)
    assert "guessed" not in str(raised.value) + "".join(capfd.readouterr())


def test_a_password_that_is_wrong_for_a_while_does_not_end_what_once_ran() -> None:
    with MjpegCamera() as camera:
        port = camera.port
        source = open_live(f"http://me:secret@127.0.0.1:{port}/video", QUICK)
        reader = threading.Thread(target=lambda: [None for _ in source])
        reader.start()
        wait_for(lambda: source.state().state == "running")
    with MjpegCamera(password="another", port=port):
        wait_for(lambda: "password is wrong" in (source.state().error or ""))
        assert source.state().state != "ended"
    with MjpegCamera(password="secret", port=port):
        wait_for(lambda: source.state().reconnects == 1)
        source.close()
        reader.join(5)
    assert not reader.is_alive()


def test_a_path_that_is_not_there_is_tried_again() -> None:
    with MjpegCamera() as camera:
        source = open_live(f"http://127.0.0.1:{camera.port}/nothing", QUICK)
        status = until(source, lambda status: status.state == "lost")
    assert "nothing at that path" in (status.error or "")


def test_a_server_that_says_nothing_is_told_from_one_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/video"
        source = open_live(address, QUICK.model_copy(update={"open_timeout_s": 1.0}))
        status = until(source, lambda status: status.state == "lost")
    assert "no answer from 127.0.0.1" in (status.error or "")


def test_a_password_in_the_address_opens_and_is_never_shown() -> None:
    with MjpegCamera(password="secret") as camera:
        source = open_live(f"http://me:secret@127.0.0.1:{camera.port}/video", QUICK)
        frames = some(source, 3)
    assert len(frames) == 3
    assert source.info.name == frames[0].source == f"http://***@127.0.0.1:{camera.port}/video"


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_an_address_where_nobody_listens_is_refused(scheme: str) -> None:
    with MjpegCamera() as camera:
        port = camera.port
    status = until(open_live(f"{scheme}://127.0.0.1:{port}/x", QUICK), lambda status: status.state == "lost")
    assert status.error is not None
    assert "refuses the connection" in status.error


def test_one_given_up_is_told_with_its_reason() -> None:
    with MjpegCamera() as camera:
        port = camera.port
    source = open_live(f"http://127.0.0.1:{port}/video", QUICK.model_copy(update={"retries": 2}))
    with pytest.raises(SourceError, match=r"refuses the connection.*; given up after 3 attempts"):
        list(source)
    assert source.state().state == "ended"


def test_closing_ends_a_wait_at_once() -> None:
    with MjpegCamera() as camera:
        port = camera.port
    source = open_live(f"http://127.0.0.1:{port}/video", QUICK.model_copy(update={"retry_first_s": 60.0}))
    until(source, lambda status: status.state == "lost")


def test_many_connections_leave_nothing_open() -> None:
    def act(connection: Connection, number: int) -> None:
        if number == 6:
            connection.end()

    with MjpegCamera(act) as camera:
        some(open_live(camera.address, QUICK), 3)
        before = len(list(Path("/proc/self/fd").iterdir()))
        source = open_live(camera.address, QUICK)
        some(source, 60)
        assert camera.connections >= 10
    until_s = time.monotonic() + 5
    while len(list(Path("/proc/self/fd").iterdir())) > before and time.monotonic() < until_s:
        time.sleep(0.02)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_recording_plays_at_its_own_pace_and_ends(tmp_path: Path) -> None:
    clip = record(tmp_path / "clip.mp4", moving(10))
    source = open_live(str(clip), LiveConfig(realtime=True))
    began_s = time.monotonic()
    frames = list(source)
    assert time.monotonic() - began_s > 0.25
    assert len(frames) >= 8
    assert source.state().state == "ended"
    assert source.state().reconnects == 0


def test_a_recording_that_loops_goes_on_with_its_numbers(tmp_path: Path) -> None:
    clip = record(tmp_path / "clip.mp4", moving(5))
    source = open_live(str(clip), LiveConfig(realtime=True, loop=True))
    frames = some(source, 12)
    assert frames[-1].index >= 11
    assert source.state().reconnects == 0


def test_a_recording_without_realtime_says_what_to_say(tmp_path: Path) -> None:
    clip = record(tmp_path / "clip.mp4", moving(2))
    with pytest.raises(SourceError, match="say --realtime"):
        open_live(str(clip))


def test_a_recording_that_cannot_be_read_ends_it(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"no recording at all")
    with pytest.raises(SourceError, match=r"cannot read .*clip\.mp4"):
        list(open_live(str(clip), LiveConfig(realtime=True)))


def test_a_recording_with_a_long_pause_between_pictures_is_not_lost(tmp_path: Path) -> None:
    clip = record(tmp_path / "clip.mp4", moving(3), times_ms=[0, 600, 700])
    source = open_live(str(clip), LiveConfig(realtime=True, timeout_s=0.2, open_timeout_s=0.2))
    assert len(list(source)) == 3


@pytest.mark.parametrize("target", ["77", "/dev/video77", "no such camera"])
def test_a_camera_that_is_not_there_lists_those_that_are(target: str) -> None:
    with pytest.raises(SourceError, match=f"no camera '{target}'; those here: "):
        open_live(target)
