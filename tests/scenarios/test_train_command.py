"""`python -m models train` as a person starts it, and as a power cut ends it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_trainings import is_same

from commands.train_settings import train_settings
from pipeline.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--set", "data.limit=20", "--set", "batch=16", "--set", "epochs=5", "--set", "net.dropout=0.2")


def command(out: Path, *arguments: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "models",
        "train",
        *arguments,
        *(() if "--resume" in arguments else ("--set", f"out={out}")),
    ]


@pytest.mark.timeout(400)
def test_a_training_that_was_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = subprocess.run(
        command(tmp_path, *SMALL, "--name", "whole"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert whole.returncode == 0, whole.stderr
    assert re.search(r"whole: best validation accuracy \d+\.\d+% in epoch \d", whole.stdout)
    assert len(re.findall(r"epoch +\d/5 .*images/s", whole.stderr)) == 5
    assert "tensorflow" not in whole.stderr.lower()

    with subprocess.Popen(
        command(tmp_path, *SMALL, "--name", "cut"), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("epoch   2/5" in line for line in process.stderr)
        process.kill()
    state = json.loads((tmp_path / "cut/run.json").read_text())
    assert state["state"] == "running"
    assert state["epochs_done"] >= 2

    again = subprocess.run(
        command(tmp_path, "--resume", str(tmp_path / "cut")), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "epoch   1/5" not in again.stderr
    assert all(is_same(tmp_path / "cut", tmp_path / "whole"))
    assert not [path.name for path in (tmp_path / "cut").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("optimizer: {kind: sgd}\n", r"train.yaml:1: optimizer: there is no such setting"),
        ("epochs: 3\noptimiser:\n  rate: -1\n", r"train.yaml:3: optimiser.rate: Input should be greater than 0"),
        ("loss: {kind: sparse-cross-entropy}\naugment: {mixup: 0.2}\n", "mixup and cutmix mix classes"),
        ("schedule: {kind: linear}\n", "train.yaml:1: schedule.kind: Input should be 'constant', 'cosine'"),
    ],
)
def test_a_slip_in_the_settings_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says):
        train_settings(path, ())


def test_what_is_set_on_the_command_line_comes_last(tmp_path: Path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text("epochs: 3\nnet: {name: resnet9}\n")
    config = train_settings(path, ("epochs=7", "data.size=[64, 48]"))
    assert (config.epochs, config.net.name, config.data.size) == (7, "resnet9", (64, 48))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--resume", "nowhere"], "nowhere is no run of `python -m models train`"),
        (["--resume", "x", "--name", "y"], "leave out --config, --set and --name"),
        (["--name", "a/b"], "a name without slashes is expected"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "models", "train", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
