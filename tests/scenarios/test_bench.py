"""`run.py bench` and `plan`: figures that add up, on real recordings and networks; and work that may not grow."""

import json
from pathlib import Path

import cv2
import pytest
import yaml
from click.testing import CliRunner, Result

from commands.bench import Figures, Flow, bench
from commands.bench_advice import advise, tune
from commands.bench_parts import Job, Part
from commands.settings import load_settings
from models.cache import default_cache
from models.pull import is_pulled
from models.shelf import find
from pipeline.errors import PipelineError
from pipeline.latency import Summary
from recordings import noise, record
from run import main

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ROOT / "configs" / "people.yaml"
SIZE = (320, 240)
FRAME = SIZE[0] * SIZE[1] * 3
BASELINE = {"new_bytes": 2.8, "threads": 13, "cpu": 1.1}
"""Of the people config: bytes of new arrays by a frame's, threads, CPU in the flow by that of the parts alone."""
QUARTER = 1.25


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return record(tmp_path / "clip.mp4", noise(40, SIZE))


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    """A config without a network."""
    path = tmp_path / "drawing.yaml"
    path.write_text("stages:\n  overlay:\n")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=True)


def test_the_figures_add_up_and_go_to_a_table_json_and_a_picture(clip: Path, drawing: Path, tmp_path: Path) -> None:
    figures, picture = tmp_path / "f.json", tmp_path / "f.png"
    done = run("bench", "-c", drawing, clip, "--frames", 20, "--rounds", 1, "--json", figures, "--picture", picture)
    assert done.exit_code == 0, done.output
    told = json.loads(figures.read_text())
    assert [part["name"] for part in told["parts"]] == ["source", "overlay", "video", "jsonl"]
    assert sum(part["cpu_ms"] for part in told["parts"]) == pytest.approx(told["sum_of_parts_ms"], abs=0.01)
    assert told["bound_fps"] == pytest.approx(told["cores"] * 1e3 / told["sum_of_parts_ms"], rel=0.01)
    assert told["share_of_bound"] == pytest.approx(told["fps"] / told["bound_fps"], abs=0.001)
    assert told["cpu_ms_per_frame"] > 0
    assert told["frames"] == 20
    assert f"{told['fps']:.1f} frames a second" in " ".join(done.output.split())
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape[1] == 1200
    assert not list(tmp_path.glob("*.part*"))


def test_no_part_makes_more_pictures_than_it_has_to(clip: Path, drawing: Path) -> None:
    job = Job(str(clip), load_settings(drawing), 20)
    new = {part.name: part.new_bytes / FRAME for part in bench(job, 1).parts}
    assert new["source"] <= 1.3  # the frame, and the chroma planes side by side
    assert 1 <= new["overlay"] <= 1.3
    assert new["video"] <= 0.6  # the planes that the encoder takes
    assert new["jsonl"] <= 0.1


@pytest.mark.skipif(
    not is_pulled(find("person-ssdlite"), default_cache()),
    reason="no person detector in the cache: make models",
)
def test_copies_threads_and_cpu_of_the_people_config_do_not_grow_by_a_quarter(clip: Path) -> None:
    figures = bench(Job(str(clip), load_settings(PEOPLE, ("stages.ssd.workers=2",)), 40), 2)
    new = sum(part.new_bytes for part in figures.parts) / FRAME
    assert new <= BASELINE["new_bytes"] * QUARTER
    assert max(flow.threads for flow in figures.flows) <= BASELINE["threads"] * QUARTER
    assert min(flow.cpu_ms for flow in figures.flows) <= BASELINE["cpu"] * QUARTER * figures.sum_ms


def test_tune_writes_a_config_that_holds_and_says_what_it_brought(clip: Path, drawing: Path, tmp_path: Path) -> None:
    tuned = tmp_path / "tuned.yaml"
    done = run("bench", "-c", drawing, clip, "--frames", 20, "--rounds", 1, "--tune", "-o", tuned)
    assert done.exit_code == 0, done.output
    assert "times the rate" in tuned.read_text().splitlines()[1]
    assert yaml.safe_load(tuned.read_text())["stages"] == {"overlay": None}
    load_settings(tuned)


SLOW = "stages:\n  slow:\n    use: live_stages:Napper\n  overlay:\n"


def test_a_change_that_brings_something_is_kept_and_others_are_not(tmp_path: Path) -> None:
    slow = tmp_path / "slow.yaml"
    slow.write_text(SLOW)
    tried: list[int] = []

    def rate(job: Job) -> float:
        workers = job.settings.stages[0].config.workers
        tried.append(workers)
        return (30.0 if workers == 2 else 20.0) + (0.1 if job.settings.flow.capacity == 4 else 0.0)

    told: list[str] = []
    kept, gain = tune(
        Job("clip.mp4", load_settings(slow), 20),
        ["stages.slow.workers=2", "flow.capacity=4", "stages.slow.workers=3"],
        lambda more: load_settings(slow, more),
        rate,
        told.append,
    )
    assert kept == ("stages.slow.workers=2",)
    assert gain == pytest.approx(1.5)
    assert told[0] == "stages.slow.workers=2: 1.50 times the rate; kept"
    assert tried.count(3) == 1, "what is clearly worse is tried once"


def figures_of(slow_ms: float, workers: int, fps: float) -> Figures:
    """Of a config with one stage, on two cores."""
    parts = (
        Part("source", "source", 2, 2, 0),
        Part("slow", "stage", slow_ms, slow_ms, 0),
        Part("video", "sink", 4, 4, 0),
    )
    flow = Flow(100, 100 / fps, 20, {"slow": slow_ms}, {}, Summary(100, 5, 5, 5, 5), (0, 0), 1.0, 100, 9, 0.0)
    return Figures("clip.mp4", "slow.yaml", (640, 480), 2, parts, (flow,), {"slow": workers})


def test_one_slow_stage_in_one_thread_is_told_to_take_two(tmp_path: Path) -> None:
    slow = tmp_path / "slow.yaml"
    slow.write_text(SLOW)
    advice = advise(figures_of(slow_ms=20, workers=1, fps=49), load_settings(slow))[0]
    assert advice.assignment == "stages.slow.workers=2"
    assert advice.text == "slow is at work 98% of the time: raise stages.slow.workers to 2"


def test_near_the_bound_only_doing_less_is_told(tmp_path: Path) -> None:
    slow = tmp_path / "slow.yaml"
    slow.write_text(SLOW)
    (advice,) = advise(figures_of(slow_ms=20, workers=2, fps=73), load_settings(slow))
    assert advice.assignment is None
    assert advice.text == "slow is 77% of the work; doing less of it is what is left: stages.slow.every=2"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("bench", "nothing.mp4"), "nothing.mp4"),
        (("bench", "-c", "nothing.yaml", "x.mp4"), "no config file nothing.yaml"),
        (("bench", "--json", "no/where/f.json"), "no/where"),
        (("bench", "--picture", "frame.nothing"), "frame.nothing"),
        (("bench", "a.mp4", "b.mp4"), "bench measures one input, received 2"),
        (("plan", PEOPLE, "nothing.mp4"), "nothing.mp4"),
    ],
)
def test_what_is_not_there_is_told(arguments: tuple[object, ...], told: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, PipelineError)
    assert told in str(done.exception)


def test_a_plan_reads_no_frame_and_takes_what_bench_measured(
    clip: Path, drawing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = json.loads(run("plan", drawing, clip, "--json").output)
    assert before["bound_fps"] is None
    assert before["size"] == list(SIZE)
    assert [Path(file).name for file in before["writes"]] == ["clip.annotated.mp4", "clip.annotated.jsonl"]
    assert run("bench", "-c", drawing, clip, "--frames", 20, "--rounds", 1).exit_code == 0
    after = json.loads(run("plan", drawing, clip, "--json").output)
    assert after["bound_fps"] > 0
    assert after["memory_mb"] == pytest.approx(after["channels"] * 3 * 2 * FRAME / 2**20 + 2 * 2 * FRAME / 2**20)
    shown = run("plan", drawing, clip)
    assert "frames a second on" in " ".join(shown.output.split())


def test_a_plan_of_a_camera_shows_no_password(drawing: Path) -> None:
    done = run("plan", drawing, "rtsp://me:secret@gate/1")
    assert done.exit_code == 0
    assert "secret" not in done.output
    assert "gate" in done.output
