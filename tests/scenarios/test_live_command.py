"""`run.py live` as a person starts it: real processes, real streams."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from live_servers import Connection, MjpegCamera

ROOT = Path(__file__).resolve().parents[2]
RETRY = ("--set", "live.retry_first_s=0.1", "--set", "live.open_timeout_s=2", "--set", "live.timeout_s=0.5")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Stages that cost nothing."""
    path = tmp_path / "plain.yaml"
    path.write_text("stages: {}\n")
    return path


def start(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "run.py", "live", *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def sources_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["sources"]
    return found


def test_every_frame_is_accounted_for_and_a_dead_source_costs_the_others_nothing(config: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    with MjpegCamera() as dead:
        port = dead.port
    with MjpegCamera() as camera:
        gone = f"http://me:secret@127.0.0.1:{port}/video"
        done = run(camera.address, gone, "--seconds", "3", "--stats", str(stats), "-c", str(config), *RETRY)
    assert done.returncode == 0, done.stderr
    alive, silent = sources_of(stats)
    for source in (alive, silent):
        lost = sum(source["dropped"].values()) + sum(source["failed"].values())
        assert source["captured"] == source["delivered"] + lost
        assert source["in_flight"] == 0
    assert alive["delivered"] > 20
    assert alive["latency_ms"]["p50"] > 0
    assert (silent["captured"], silent["state"]) == (0, "ended")
    assert "refuses the connection" in silent["error"]
    assert "secret" not in stats.read_text() + done.stdout + done.stderr


def test_a_camera_that_hangs_up_comes_back(config: Path, tmp_path: Path) -> None:
    def act(connection: Connection, number: int) -> None:
        if number == 20:
            connection.end()

    stats = tmp_path / "stats.json"
    with MjpegCamera(act) as camera:
        done = run(camera.address, "--seconds", "4", "--stats", str(stats), "-c", str(config), *RETRY)
    assert done.returncode == 0, done.stderr
    assert sources_of(stats)[0]["reconnects"] >= 1
    assert "trying again in" in done.stderr


def test_ctrl_c_ends_it_and_the_figures_are_written(config: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    with MjpegCamera() as camera:
        process = start(camera.address, "--stats", str(stats), "--stats-every", "0.1", "-c", str(config))
        until_s = time.monotonic() + 20
        while time.monotonic() < until_s and not (stats.is_file() and _delivered(stats)):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "shown" in out
    assert _delivered(stats)


def _delivered(stats: Path) -> int:
    return sum(source["delivered"] for source in sources_of(stats))


def test_the_page_shows_what_runs_and_a_setting_can_be_changed(tmp_path: Path) -> None:
    config = tmp_path / "drawn.yaml"
    config.write_text("stages:\n  nothing: {use: 'live_stages:FindsNothing'}\n  overlay:\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with MjpegCamera() as camera:
        command = [sys.executable, "run.py", "live", camera.address, "--web", "127.0.0.1:0", "-c", str(config)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert line.startswith("sluice: watch at http://127.0.0.1:"), line
            address = line.split()[-1]
            until_s = time.monotonic() + 20
            while time.monotonic() < until_s and not _healthy(address):
                time.sleep(0.05)
            assert _healthy(address)
            metrics = urllib.request.urlopen(f"{address}metrics", timeout=5).read().decode()
            assert "sluice" in metrics
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
    assert process.returncode == 0


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_what_is_recorded_plays(config: Path, tmp_path: Path) -> None:
    with MjpegCamera() as camera:
        done = run(camera.address, "--seconds", "3", "--record", str(tmp_path / "kept"), "-c", str(config))
    assert done.returncode == 0, done.stderr
    segments = sorted((tmp_path / "kept").rglob("*.mp4"))
    assert segments
    with av.open(str(segments[0])) as container:
        assert sum(1 for _ in container.decode(video=0)) > 10


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no source: name a camera"),
        (["77"], "no camera '77'; those here: "),
        (["nowhere.mp4", "--realtime"], "no camera 'nowhere.mp4'"),
        (["http://127.0.0.1:9/x", "--web", "0.0.0.0:9000"], "a token or a password is needed"),
        (["http://127.0.0.1:9/x", "--web", "one:two:three"], "is not HOST:PORT"),
        (["http://127.0.0.1:9/x", "--stats", "nowhere/x.json"], "there is no folder nowhere"),
        (["http://127.0.0.1:9/x", "--set", "live.retries=0"], "refuses the connection"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(config: Path, arguments: list[str], says: str) -> None:
    done = run(*arguments, "-c", str(config))
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_camera_that_does_not_see_any_more_is_told_on_the_page_and_in_the_metrics(tmp_path: Path) -> None:
    config = tmp_path / "health.yaml"
    config.write_text("stages:\n  health: {black_s: 0.5}\n")
    dark = cv2.imencode(".jpg", np.zeros((120, 160, 3), np.uint8))[1].tobytes()

    def act(connection: Connection, number: int) -> None:
        while not camera.over.wait(0.02):
            connection.send(dark)

    with MjpegCamera(act) as camera:
        command = [sys.executable, "run.py", "live", camera.address, "--web", "127.0.0.1:0", "-c", str(config)]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            address = process.stderr.readline().split()[-1]
            until_s = time.monotonic() + 20
            told = ""
            while time.monotonic() < until_s and "sluice_picture_alarm{" not in told:
                time.sleep(0.1)
                told = urllib.request.urlopen(f"{address}metrics", timeout=5).read().decode()
            assert 'kind="black"' in told
            status = urllib.request.urlopen(f"{address}api/status", timeout=5).read().decode()
            assert "the picture is black" in status
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def test_systemd_is_told_that_it_runs_that_it_lives_and_that_it_stops(config: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, MjpegCamera() as camera:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        listed = tmp_path / "sources"
        listed.write_text(f"# as the service names its cameras\n{camera.address}\n")
        process = start("--sources", str(listed), "-c", str(config), *RETRY, environment=environment)
        try:
            assert b"READY=1" in systemd.recv(4096)
            assert b"WATCHDOG=1" in systemd.recv(4096)
            process.send_signal(signal.SIGTERM)
            while b"STOPPING=1" not in systemd.recv(4096):
                pass
        finally:
            process.terminate()
            process.communicate(timeout=30)
