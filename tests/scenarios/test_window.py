"""The window, on a real display where one can be had (Xvfb), and its keys everywhere."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from commands.live_run import LiveRun
from commands.window import Window
from fakes import FakeSource
from pipeline.config import check_settings
from pipeline.config_file import Document
from pipeline.sources.live import SourceStatus

ROOT = Path(__file__).resolve().parents[2]


class Camera(FakeSource):
    """Twenty frames, then nothing."""

    def state(self) -> SourceStatus:
        return SourceStatus("running", 0.0, 0, 0, time.monotonic(), None)


@pytest.fixture
def run() -> Iterator[LiveRun]:
    made = LiveRun(Camera(20, live=True), check_settings(Document("none", {}), {}))
    made.start()
    assert made.newest(-1, 5) is not None
    yield made
    made.stop()


def test_the_keys_pause_help_snapshot_and_end(run: LiveRun, tmp_path: Path) -> None:
    window = Window([run], tmp_path)
    assert window.press(ord(" "))
    assert window.press(ord("h"))
    assert window.press(ord("r")), "without a folder to record to nothing happens"
    assert window.press(ord("s"))
    (picture,) = tmp_path.glob("*.png")
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape == (24, 32, 3)
    assert window.press(255), "no key"
    assert not window.press(ord("q"))
    assert not window.press(27)


def test_what_is_shown_says_how_old_it_is_and_which_keys_there_are(run: LiveRun) -> None:
    window = Window([run])
    plain = window.drawn(run, run.newest(-1, 0))
    window.press(ord("h"))
    assert not np.array_equal(plain, window.drawn(run, run.newest(-1, 0)))


def test_without_a_display_one_line_says_what_to_do() -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    command = [sys.executable, "run.py", "live", "http://127.0.0.1:9/x", "--window"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if sys.platform == "linux":
        assert done.returncode == 2
        assert "no display for --window" in done.stderr


def test_q_ends_a_run_in_a_real_window(tmp_path: Path, person_clip: Path) -> None:
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb and xdotool are not installed: apt-get install xvfb xdotool")
    display = f":{90 + os.getpid() % 100}"
    server = subprocess.Popen(["Xvfb", display, "-screen", "0", "800x600x24"], stderr=subprocess.DEVNULL)
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    (tmp_path / "none.yaml").write_text("stages: {}\n")
    command = [sys.executable, "run.py", "live", str(person_clip), "--realtime", "--loop", "--window"]
    process = subprocess.Popen(
        [*command, "-c", str(tmp_path / "none.yaml")], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        found = ["xdotool", "search", "--name", person_clip.name]
        until_s = time.monotonic() + 20
        while time.monotonic() < until_s and process.poll() is None:
            shown = subprocess.run(found, env=environment, capture_output=True, text=True, check=False).stdout.split()
            if shown:
                subprocess.run(["xdotool", "key", "--window", shown[-1], "q"], env=environment, check=False)
            time.sleep(0.1)
        assert process.poll() == 0, process.stderr.read() if process.stderr else ""
    finally:
        process.kill()
        process.communicate()
        server.send_signal(signal.SIGTERM)
        server.wait()
