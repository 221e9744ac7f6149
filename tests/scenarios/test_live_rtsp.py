"""RTSP cameras of H.264 on the loopback: logging in, going away, freezing, coming back, and why there is no picture."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest
from live_servers import MjpegCamera
from rtsp_camera import RtspCamera

from pipeline.errors import SourceError
from pipeline.sources.live import LiveConfig, LiveSource, hung_readers, open_live

QUICK = LiveConfig(open_timeout_s=4, timeout_s=0.5, retry_first_s=0.02, retry_most_s=0.05)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    hung_readers(5)
    assert set(threading.enumerate()) - before == set()


class Reading:
    """A source read in a thread, as a run does it."""

    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self.error: SourceError | None = None
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        try:
            for _ in self.source:
                pass
        except SourceError as error:
            self.error = error

    def until(self, done: Callable[[], bool], most_s: float = 15) -> None:
        """Wait for a state."""
        until_s = time.monotonic() + most_s
        while not done() and time.monotonic() < until_s:
            time.sleep(0.005)
        assert done(), self.source.state()

    def __enter__(self) -> "Reading":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        self._thread.join(0.5)
        assert not self._thread.is_alive()


@pytest.mark.parametrize("auth", ["", "Basic", "Digest"])
def test_pictures_come_with_and_without_a_password(auth: str, capfd: pytest.CaptureFixture[str]) -> None:
    with RtspCamera(auth=auth) as camera:
        source = open_live(camera.address("me:secret@" if auth else ""), QUICK)
        frames = list(islice(source, 5))
        source.close()
        assert hung_readers(5) == 0
    assert [frame.size for frame in frames] == [(160, 128)] * 5
    assert all(a.index < b.index and a.media_s < b.media_s for a, b in pairwise(frames))
    assert "secret" not in source.info.name + frames[0].source + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("auth", "user", "path", "says", "lasts"),
    [
        ("Digest", "", "1", "it wants a user and a password", True),
        ("Digest", "me:guessed@", "1", "the user or the password is wrong", True),
        ("Basic", "me:guessed@", "1", "the user or the password is wrong", True),
        ("Digest", "me:secret@", "2", "nothing at that path", False),
        ("Basic", "me:secret@", "2", "nothing at that path", False),
    ],
)
def test_why_there_is_no_picture_is_told_apart(
    auth: str, user: str, path: str, says: str, lasts: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    with RtspCamera(auth=auth) as camera, Reading(open_live(camera.address(user, path), QUICK)) as reading:
        reading.until(lambda: reading.source.state().error is not None)
        reading.until(lambda: reading.error is not None or not lasts)
        told = reading.source.state().error or ""
    assert says in told
    assert (reading.error is not None) == lasts
    assert not {"guessed", "secret"} & set(
        "".join((told, *capfd.readouterr())).replace(":", " ").replace("@", " ").split()
    )


def test_a_camera_with_sound_only_says_so() -> None:
    with RtspCamera(video=False) as camera, pytest.raises(SourceError, match="it has no video"):
        list(open_live(camera.address(), QUICK))


def test_what_speaks_no_rtsp_says_so() -> None:
    with MjpegCamera() as camera, pytest.raises(SourceError, match="does not speak RTSP; check the port"):
        list(open_live(camera.address.replace("http://", "rtsp://"), QUICK))


def test_a_camera_that_hangs_up_comes_back() -> None:
    def act(number: int) -> None:
        if number == 30:
            raise ConnectionResetError

    with RtspCamera(act) as camera, Reading(open_live(camera.address(), QUICK)) as reading:
        reading.until(lambda: reading.source.state().reconnects >= 1)
        assert camera.connections >= 2


def test_one_that_comes_back_with_another_resolution_goes_on() -> None:
    with RtspCamera() as camera:
        port = camera.port
        source = open_live(camera.address(), QUICK)
        frames = iter(source)
        assert next(frames).size == (160, 128)
    with RtspCamera(size=(320, 256), port=port):
        assert any(frame.size == (320, 256) for frame in frames)
        source.close()


def test_a_frozen_process_is_lost_in_time_closed_at_once_and_found_again_when_it_goes_on() -> None:
    command = [sys.executable, str(Path(__file__).resolve().parents[1] / "rtsp_camera.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            source = open_live(f"rtsp://127.0.0.1:{int(process.stdout.readline())}/1", QUICK)
            with Reading(source) as reading:
                reading.until(lambda: source.state().state == "running")
                process.send_signal(signal.SIGSTOP)
                reading.until(lambda: source.state().state == "lost", 2)
                assert "no picture for 0.5 s" in (source.state().error or "")
                process.send_signal(signal.SIGCONT)
                reading.until(lambda: source.state().reconnects == 1)
                process.send_signal(signal.SIGSTOP)
        finally:
            process.send_signal(signal.SIGCONT)
            process.stdin.close()
            process.wait(10)


@pytest.mark.parametrize(("transport", "asked"), [("tcp", "RTP/AVP/TCP"), ("udp", "RTP/AVP/UDP")])
def test_the_transport_that_is_set_is_asked_for(transport: str, asked: str, tmp_path: Path) -> None:
    config = tmp_path / "plain.yaml"
    config.write_text(f"stages: {{}}\nlive: {{transport: {transport}, retries: 0, open_timeout_s: 2}}\n")
    with RtspCamera() as camera:
        command = [sys.executable, "run.py", "live", camera.address(), "--seconds", "3", "-c", str(config)]
        root = Path(__file__).resolve().parents[2]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            until_s = time.monotonic() + 20
            while not camera.transports and process.poll() is None and time.monotonic() < until_s:
                time.sleep(0.01)
            process.terminate()
        assert camera.transports[0].startswith(asked)
