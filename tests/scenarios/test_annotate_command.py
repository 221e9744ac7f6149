"""`run.py annotate` as a person types it: in a process of its own, with a real decoder, network and encoder."""

import hashlib
import json
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from recordings import moving, noise, record, record_sound, times_of

ROOT = Path(__file__).resolve().parents[2]


def sluice(*arguments: str | Path, cwd: Path, largest_file: int | None = None) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        preexec_fn=limit,
    )


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".part" in path.name)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return record(tmp_path / "walk.mp4", moving(30), sound=True)


@pytest.mark.usefixtures("person_model")
def test_data_alone_is_the_same_data_and_nothing_is_drawn(tmp_path: Path, clip: Path) -> None:
    assert sluice("annotate", clip, cwd=tmp_path).returncode == 0
    with_video = (tmp_path / "walk.annotated.jsonl").read_bytes()
    for file in tmp_path.glob("walk.annotated.*"):
        file.unlink()
    done = sluice("annotate", clip, "--no-video", "--report", "run.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "walk.annotated.jsonl" in done.stdout
    assert sorted(path.name for path in tmp_path.glob("walk.annotated.*")) == ["walk.annotated.jsonl"]
    assert (tmp_path / "walk.annotated.jsonl").read_bytes() == with_video
    run = json.loads((tmp_path / "run.json").read_text())["runs"][0]
    assert set(run["stages"]) == {"ssd", "track"}
    assert (run["video"], run["ledger"]["written"]) == (None, 30)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--no-video", "--no-jsonl"), "nothing would be written"),
        (("--no-video", "-o", "out.mp4"), "-o out.mp4 names a video, and --no-video wants none"),
    ],
)
@pytest.mark.usefixtures("person_model")
def test_data_alone_has_to_be_wanted_somewhere(
    tmp_path: Path, clip: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = sluice("annotate", clip, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walk.mp4"]


@pytest.mark.usefixtures("person_model")
def test_a_recording_becomes_a_video_data_and_a_report_that_agree(tmp_path: Path, clip: Path) -> None:
    done = sluice("annotate", clip, "--report", "run.json", "--export", "mot=walk.txt", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "30 read = 30 written + 0 dropped + 0 failed" in done.stdout
    assert times_of(tmp_path / "walk.annotated.mp4") == pytest.approx(times_of(clip), abs=1e-3)
    records = [json.loads(line) for line in (tmp_path / "walk.annotated.jsonl").read_text().splitlines()]
    assert [record["frame"] for record in records] == list(range(30))
    assert list(records[0]) == ["schema", "source", "frame", "time_s", "width", "height", "objects"]
    report = json.loads((tmp_path / "run.json").read_text())
    run = report["runs"][0]
    assert run["ledger"] == {"read": 30, "written": 30, "dropped": {}, "failed": {}, "in_flight": 0}
    assert run["files"][0]["sha256"] == hashlib.sha256((tmp_path / "walk.annotated.mp4").read_bytes()).hexdigest()
    assert run["video"]["frames"] == 30
    assert set(run["stages"]) == {"ssd", "track", "overlay"}
    assert leftovers(tmp_path) == []
    with av.open(str(tmp_path / "walk.annotated.mp4")) as made, av.open(str(clip)) as given:
        assert len(made.streams.audio) == 1
        sent = [bytes(packet) for packet in given.demux(audio=0) if packet.size]
        assert [bytes(packet) for packet in made.demux(audio=0) if packet.size] == sent, "copied, not encoded again"


@pytest.mark.usefixtures("person_model")
def test_the_data_is_the_same_byte_for_byte_with_any_number_of_workers(tmp_path: Path, person_clip: Path) -> None:
    said = set()
    for run, workers in enumerate((1, 2, 4, 2)):
        name = f"w{run}.jsonl"
        done = sluice(
            *("annotate", person_clip, "-o", f"w{run}.mp4", "--jsonl", name, "--limit", "40"),
            *("--set", f"stages.ssd.workers={workers}"),
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        said.add((tmp_path / name).read_bytes())
    assert len(said) == 1
    assert b'"track_id":1' in said.pop(), "someone was found and followed, so that the comparison says something"


@pytest.mark.usefixtures("person_model")
def test_several_inputs_go_into_a_folder_and_one_that_fails_stops_no_other(tmp_path: Path, clip: Path) -> None:
    other = record(tmp_path / "other.mp4", moving(5))
    (tmp_path / "text.mp4").write_text("no video")
    done = sluice("annotate", clip, "text.mp4", other, "-o", "all", cwd=tmp_path)
    assert done.returncode == 2
    assert "text.mp4" in done.stderr
    made = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert made == ["other.annotated.jsonl", "other.annotated.mp4", "walk.annotated.jsonl", "walk.annotated.mp4"]


BAD_INPUT = {
    "no such file": (["annotate", "wlk.mp4"], "wlk.mp4"),
    "text named mp4": (["annotate", "text.mp4"], "text.mp4"),
    "an empty file": (["annotate", "empty.mp4"], "empty.mp4"),
    "an empty folder": (["annotate", "folder"], "folder"),
    "a truncated mp4": (["annotate", "cut.mp4"], "cut.mp4"),
    "sound alone": (["annotate", "sound.mp4"], "sound.mp4"),
    "output equals input": (["annotate", "walk.mp4", "-o", "walk.mp4"], "the output walk.mp4 is the input"),
    "output below a file": (["annotate", "walk.mp4", "-o", "text.mp4/x.mp4"], "text.mp4"),
    "an unknown suffix": (["annotate", "walk.mp4", "-o", "x.wmv"], ".wmv"),
    "an unknown stage": (["annotate", "walk.mp4", "--set", "stages.trak={}"], "did you mean 'track'?"),
    "an unknown key": (["annotate", "walk.mp4", "--set", "stages.ssd.min_scor=1"], "did you mean 'min_score'?"),
    "a wrong type": (["annotate", "walk.mp4", "--set", "stages.ssd.min_score=lots"], "stages.ssd.min_score"),
    "out of range": (["annotate", "walk.mp4", "--set", "stages.ssd.min_score=1.5"], "less than 1"),
    "no such model": (["annotate", "walk.mp4", "--set", "stages.ssd.model=person-ssdlit"], "person-ssdlite"),
    "no model file": (["annotate", "walk.mp4", "--set", "stages.ssd.model=gone.onnx"], "gone.onnx"),
    "a damaged model": (["annotate", "walk.mp4", "--set", "stages.ssd.model=bad.onnx"], "bad.onnx"),
    "an unknown export": (["annotate", "walk.mp4", "--export", "cvs=x"], "did you mean csv=x?"),
    "no such config": (["annotate", "walk.mp4", "-c", "gone.yaml"], "gone.yaml"),
    "an unknown reader": (["annotate", "walk.mp4", "--set", "source.reader=vlc"], "source.reader"),
    "no room for a report": (["annotate", "walk.mp4", "--report", "gone/run.json"], "gone/run.json"),
    "one data file for two": (["annotate", "walk.mp4", "walk.mp4", "--jsonl", "x.jsonl"], "one at a time"),
}


BAD_SPEC = """
task: detect
files: {onnx: {file: bad.onnx}}
input: {size: [300, 300], colour: rgb, dtype: float32, mean: 127.5, scale: 0.0078}
output: {form: tflite-detection}
labels: [thing]
"""


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    walk = record(folder / "walk.mp4", moving(30))
    (folder / "text.mp4").write_text("this is no video\n" * 20)
    (folder / "empty.mp4").touch()
    (folder / "folder").mkdir()
    (folder / "cut.mp4").write_bytes(walk.read_bytes()[: walk.stat().st_size // 2])
    (folder / "bad.onnx").write_bytes(b"no network" * 50)
    (folder / "bad.yaml").write_text(BAD_SPEC)
    record_sound(folder / "sound.mp4")
    return folder


@pytest.mark.usefixtures("person_model")
@pytest.mark.parametrize("case", BAD_INPUT)
def test_a_mistake_is_one_line_and_leaves_nothing_behind(bad: Path, case: str) -> None:
    arguments, named = BAD_INPUT[case]
    before = {path.name: path.stat().st_mtime_ns for path in bad.rglob("*")}
    done = sluice(*arguments, cwd=bad)
    assert done.returncode == 2, done.stdout + done.stderr
    lines = set(done.stderr.splitlines())
    assert len(lines) == 1, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.stat().st_mtime_ns for path in bad.rglob("*")} == before


@pytest.mark.usefixtures("person_model")
def test_a_full_disk_fails_the_run_and_leaves_no_file_under_the_final_name(tmp_path: Path, clip: Path) -> None:
    done = sluice("annotate", clip, "-o", "full.mp4", cwd=tmp_path, largest_file=8 * 1024)
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "full" in done.stderr
    assert not (tmp_path / "full.mp4").exists()
    assert not (tmp_path / "full.jsonl").exists()


@pytest.mark.usefixtures("person_model")
def test_damaged_input_is_read_as_far_as_it_can_be_and_said(tmp_path: Path) -> None:
    clip = record(tmp_path / "hurt.mp4", noise(100, (160, 120)))
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    size = int.from_bytes(data[start - 8 : start - 4])
    begin, end = start + size // 2, start + size // 2 + size // 10
    data[begin:end] = random.Random(0).randbytes(end - begin)
    clip.write_bytes(data)
    done = sluice("annotate", clip, "--report", "run.json", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "hurt.mp4" in done.stderr
    run = json.loads((tmp_path / "run.json").read_text())["runs"][0]
    assert run["damage"]["corrupt_packets"] + run["damage"]["corrupt_frames"] > 0
    assert run["ledger"]["read"] == run["ledger"]["written"] > 50


def start(clip: Path, cwd: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "annotate", str(clip), "-o", "long.mp4", *more],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_part(folder: Path, size: int) -> Path:
    part = folder / "long.part.mp4"
    until = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > size):
        assert time.monotonic() < until, "nothing was written"
        time.sleep(0.02)
    return part


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "long-in.mp4"
    return record(path, moving(100, (320, 240)) * 30, sound=True, options={"preset": "ultrafast"})


@pytest.mark.usefixtures("person_model")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_once_it_finishes_what_it_read(tmp_path: Path, long_clip: Path, number: signal.Signals) -> None:
    process = start(long_clip, tmp_path)
    wait_for_part(tmp_path, 30_000)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert "interrupted; finishing what was read" in err
    times = times_of(tmp_path / "long.mp4")
    assert 0 < len(times) < 3000
    assert f"{len(times)} written + 0 dropped + 0 failed" in out
    records = (tmp_path / "long.jsonl").read_text().splitlines()
    assert len(records) == len(times)
    assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("person_model")
def test_killed_it_leaves_a_part_that_plays_and_nothing_under_the_final_name(tmp_path: Path, long_clip: Path) -> None:
    process = start(long_clip, tmp_path)
    part = wait_for_part(tmp_path, 60_000)
    process.kill()
    process.communicate(timeout=60)
    assert not (tmp_path / "long.mp4").exists()
    with av.open(str(part)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 25
    again = sluice("annotate", long_clip, "-o", "long.mp4", "--limit", "10", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert len(times_of(tmp_path / "long.mp4")) == 10
