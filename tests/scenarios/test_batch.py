"""Many recordings on several workers: the data of one, byte for byte, whatever dies on the way."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from batch.driver import Driver
from batch.engine import Done, Engine, Task
from batch.inputs import jobs_of
from batch.local import LocalEngine
from batch.progress import Recording
from pipeline.errors import ConfigError
from recordings import moving, record, times_of

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
stages:
  find: {use: "square_finder:SquareFinder", every: 2}
  track: {}
  zones: {lines: {middle: {points: [[0.5, 0], [0.5, 1]]}}}
  overlay: {}
"""
CLOSED = {"g": "10", "bf": "0"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A config whose detector stands beside it, one long recording with sound and two short ones."""
    shutil.copy(ROOT / "tests" / "square_finder.py", tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    clips = tmp_path / "clips"
    clips.mkdir()
    record(clips / "long.mp4", moving(150), options=CLOSED, sound=True)
    record(clips / "one.mp4", moving(20), options={"g": "600"})
    record(clips / "two.mkv", moving(25), options={"g": "600"})
    return tmp_path


def recordings(place: Path, out: str, *names: str) -> list[Recording]:
    inputs = [str(place / "clips" / name) for name in names] or [str(place / "clips")]
    jobs = jobs_of(inputs, place / out, place / "config.yaml", (), place, with_video=True)
    return [Recording(job) for job in jobs]


def work(
    wanted: list[Recording],
    engine: Engine,
    told: Callable[[Recording | None], None] = lambda one: None,
    *,
    span_s: float = 1.5,
    resume: bool = False,
) -> None:
    Path(wanted[0].job.out).mkdir(parents=True, exist_ok=True)
    Driver(wanted, engine, told, span_s=span_s, resume=resume).run()


def data(place: Path, out: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((place / out).glob("*.jsonl"))}


class Here:
    """An engine that does each task at once, in this process."""

    name, workers = "here", 1

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._over: list[Done] = []

    def start(self, task: Task) -> None:
        from batch.serving import answer

        self.kinds.append(task.kind)
        self._over.append(Done(task, *answer(task)))

    def wait(self, timeout_s: float) -> list[Done]:
        over, self._over = self._over, []
        return over

    def close(self) -> None:
        """Nothing to end."""


def test_the_data_is_the_same_byte_for_byte_in_one_or_in_parts_by_one_worker_or_three(place: Path) -> None:
    work(recordings(place, "whole"), Here(), span_s=1000)
    in_parts = recordings(place, "parts")
    here = Here()
    work(in_parts, here)
    assert here.kinds.count("look") == here.kinds.count("render") == len(in_parts[0].spans) == 4
    engine = LocalEngine(3)
    try:
        work(recordings(place, "three"), engine)
    finally:
        engine.close()
    assert data(place, "whole") == data(place, "parts") == data(place, "three")
    rows = [json.loads(line) for line in data(place, "whole")["long.annotated.jsonl"].splitlines()]
    assert [row["frame"] for row in rows] == list(range(150))
    assert max(len(row["objects"]) for row in rows) == 1
    assert times_of(place / "parts/long.annotated.mp4") == times_of(place / "three/long.annotated.mp4")


def test_a_video_made_of_parts_plays_as_one_with_its_sound(place: Path) -> None:
    wanted = recordings(place, "parts", "long.mp4")
    work(wanted, Here())
    video = place / "parts/long.annotated.mp4"
    assert times_of(video) == pytest.approx(times_of(place / "clips/long.mp4"), abs=1e-3)
    with av.open(str(video)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 150
    with av.open(str(video)) as made, av.open(str(place / "clips/long.mp4")) as source:
        copied = [bytes(packet) for packet in made.demux(audio=0) if packet.size]
        assert copied == [bytes(packet) for packet in source.demux(audio=0) if packet.size]
    assert wanted[0].found["followed"] == {"square": wanted[0].found["followed"]["square"]}
    assert not list((place / "parts/.batch").glob("long*-*"))


def test_workers_that_are_killed_change_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batch.driver.TRIES", 20)  # chance may kill one task's workers three times
    work(recordings(place, "calm"), Here())
    engine, chance = LocalEngine(2), random.Random(3)
    killed: list[int] = []

    def told(one: Recording | None) -> None:
        if len(killed) < 8 and chance.random() < 0.5:
            killed.append(chance.choice(engine.pids()))
            os.kill(killed[-1], signal.SIGKILL)

    wanted = recordings(place, "killed")
    try:
        work(wanted, engine, told)
    finally:
        engine.close()
    assert len(killed) >= 4
    assert {one.state for one in wanted} == {"done"}
    assert data(place, "killed") == data(place, "calm")


def test_what_is_whole_is_kept_and_what_was_begun_goes_on(place: Path) -> None:
    first, here = recordings(place, "out"), Here()
    folder = place / "out"
    folder.mkdir()
    driver = Driver(first, here, lambda one: None, span_s=1.5, resume=False)
    driver.run(lambda: here.kinds.count("render") == 2)  # left in the middle of the long one
    again, then = recordings(place, "out"), Here()
    work(again, then, resume=True)
    assert then.kinds.count("look") == 0
    assert then.kinds.count("render") in (2, 3)
    third, last = recordings(place, "out"), Here()
    work(third, last, resume=True)
    assert {one.state for one in third} == {"kept"}
    assert set(last.kinds) == {"open"}
    (folder / "one.annotated.jsonl").write_text("something else")
    fourth = recordings(place, "out")
    work(fourth, Here(), resume=True)
    assert [one.state for one in fourth] == ["kept", "done", "kept"]


def test_another_config_is_another_batch(place: Path) -> None:
    work(recordings(place, "out", "one.mp4"), Here())
    (place / "config.yaml").write_text(CONFIG.replace("every: 2", "every: 3"))
    again = recordings(place, "out", "one.mp4")
    work(again, Here(), resume=True)
    assert again[0].state == "done"


def test_a_poisoned_recording_is_set_aside_and_the_others_are_done(place: Path) -> None:
    (place / "clips/bad.mp4").write_bytes(b"no recording at all" * 100)
    wanted = recordings(place, "out")
    work(wanted, Here())
    assert [(one.job.stem, one.state) for one in wanted] == [
        ("bad.annotated", "set aside"),
        ("long.annotated", "done"),
        ("one.annotated", "done"),
        ("two.annotated", "done"),
    ]
    assert wanted[0].tries == 3
    assert "not a recording, or damaged from its start" in wanted[0].error
    assert not (place / "out/bad.annotated.mp4").exists()


def test_a_recording_that_changes_meanwhile_is_not_called_done(place: Path) -> None:
    wanted = recordings(place, "out", "one.mp4")

    def told(one: Recording | None) -> None:
        with (place / "clips/one.mp4").open("ab") as file:
            file.write(b"more")

    work(wanted, Here(), told)
    assert wanted[0].state == "set aside"
    assert "changed while it was worked on" in wanted[0].error


def test_two_recordings_of_one_name_are_refused(place: Path) -> None:
    (place / "clips/night").mkdir()
    shutil.copy(place / "clips/one.mp4", place / "clips/night/one.mp4")
    with pytest.raises(ConfigError, match="would both be written to"):
        recordings(place, "out")


def batch(place: Path, *arguments: str, timeout_s: float = 100) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "run.py", "batch", *arguments, "-c", str(place / "config.yaml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)


def test_the_command_tells_what_became_of_each_and_reports_it(place: Path) -> None:
    done = batch(place, str(place / "clips"), "-o", str(place / "out"), "--span", "1.5")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 recordings done; 195 frames" in done.stdout
    assert "long.mp4: 150 frames in 4 parts" in done.stderr
    report = json.loads((place / "out/report.json").read_text())
    assert [row["state"] for row in report["recordings"]] == ["done"] * 3
    assert "long.mp4" in (place / "out/report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.mp4", "-o", "out"], "no such file"),
        (["{clips}", "-o", "{clips}/one.mp4"], "cannot write into"),
        (["{clips}", "-o", "out", "--address", "auto"], "add --engine ray"),
        (["{clips}", "-o", "out", "--engine", "ray", "--address", "127.0.0.1:9"], "does not answer"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(place: Path, arguments: list[str], says: str) -> None:
    if "ray" in arguments:
        pytest.importorskip("ray")
    done = batch(place, *(one.format(clips=place / "clips") for one in arguments))
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(180)
def test_a_cluster_of_another_version_is_told_with_its_versions(place: Path) -> None:
    """A real cluster, whose own record of its versions is changed to those of another."""
    raylet = pytest.importorskip("ray._raylet")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ray = [str(Path(sys.executable).with_name("ray"))]
    head = [
        "start",
        "--head",
        f"--port={port}",
        "--num-cpus=1",
        "--include-dashboard=false",
        "--node-ip-address=127.0.0.1",
    ]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    blocked = subprocess.Popen(
        [*ray, *head, "--block"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        client = _gcs(raylet.GcsClient, f"127.0.0.1:{port}")
        theirs = json.dumps({"ray_version": "2.9.3", "python_version": "3.12.1"}).encode()
        client.internal_kv_put(b"CLUSTER_METADATA", theirs, True, b"cluster")
        done = batch(place, str(place / "clips"), "-o", "out", "--engine", "ray", "--address", f"127.0.0.1:{port}")
    finally:
        blocked.terminate()
        blocked.wait(30)
    assert done.returncode == 2, done.stderr
    assert f"127.0.0.1:{port} runs Ray: 2.9.3 Python: 3.12.1; use the same versions" in done.stderr
    assert "Traceback" not in done.stderr


def _gcs(kind: type[Any], address: str) -> Any:
    """The cluster's store, once it knows its versions."""
    host, _, port = address.rpartition(":")
    for _ in range(300):
        try:
            socket.create_connection((host, int(port)), 1).close()
            client = kind(address=address)
            if client.internal_kv_get(b"CLUSTER_METADATA", b"cluster"):
                return client
        except (OSError, RuntimeError):
            pass
        time.sleep(0.2)
    raise AssertionError("no cluster came")


def test_ray_gives_the_same_data(place: Path) -> None:
    pytest.importorskip("ray")
    work(recordings(place, "here"), Here())
    done = batch(
        place, str(place / "clips"), "-o", str(place / "ray"), "--span", "1.5", "--engine", "ray", "--workers", "2"
    )
    assert done.returncode == 0, done.stderr
    assert data(place, "ray") == data(place, "here")
