"""A network learns clean digits, then meets others; each way to carry it over, and what cannot work."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from models.__main__ import main
from models.adaptation.adapt import ADAPTATION, Adapted, adapt
from models.adaptation.config import AdaptConfig
from models.data.dataset import DataConfig
from models.evaluation.classifier import open_classifier
from models.experiments.run import Run
from models.training.config import NetConfig, OptimiserConfig, TrainConfig
from models.training.train import train
from pipeline.errors import ConfigError, ModelError

DIGITS = DataConfig(source="digits", size=(10, 10), limit=100)
PALE = "contrast:5"
pytestmark = pytest.mark.timeout(400)  # one network is trained and carried over three times before the first test


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    config = TrainConfig(
        data=DIGITS,
        net=NetConfig(name="resnet9", options={"width": 8}),
        optimiser=OptimiserConfig(rate=5e-3),
        epochs=4,
        batch=32,
        mixed_precision="off",
        tensorboard=False,
    )
    return train(config, tmp_path_factory.mktemp("runs") / "clean")


def carried(run: Run, folder: Path, method: str, **settings: Any) -> Adapted:
    config = AdaptConfig.model_validate({"method": method, "data": {"source": "digits"}, "epochs": 1, **settings})
    return adapt(run, config, folder)


@pytest.fixture(scope="module")
def done(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Adapted]:
    """By each method; self-training goes on from what CORAL made."""
    folder = tmp_path_factory.mktemp("carried")
    made = {method: carried(run, folder / method, method, corruption=PALE) for method in ("adabn", "coral")}
    made["self-training"] = carried(
        made["coral"].run, folder / "self-training", "self-training", corruption=PALE, rounds=1
    )
    assert sorted(path.name for path in folder.iterdir()) == ["adabn", "coral", "self-training"]
    return made


@pytest.mark.parametrize("method", ["adabn", "coral", "self-training"])
def test_each_method_helps_against_a_lack_of_contrast_and_gives_a_run_like_any_other(
    run: Run, done: dict[str, Adapted], method: str
) -> None:
    found = done[method]
    assert found.new is not None
    assert found.new.after > 0.75
    if method == "self-training":
        assert [set(one) for one in found.rounds] == [{"guesses", "least_of_a_class", "right"}]
    else:
        assert found.new.verdict == "better"
        assert found.new.after > found.new.before + 0.4
    assert (found.old is None) == (method == "adabn")
    files = [ADAPTATION, "config.yaml", "model.keras", "run.json"]
    assert sorted(path.name for path in found.run.folder.iterdir()) == sorted(files)
    assert found.run.state()["state"] == "done"
    assert found.run.config().net == run.config().net
    assert json.loads(found.run.path(ADAPTATION).read_text())["new"]["after"] == found.new.after
    with open_classifier(found.run.folder) as classifier:
        assert classifier.labels == tuple("0123456789")
        assert classifier(np.zeros((2, 10, 10, 1), np.uint8)).shape == (2, 10)


def test_a_second_step_still_learns_from_the_pictures_of_the_first_training(run: Run, done: dict[str, Adapted]) -> None:
    origin = done["self-training"].run.state()["adapted"]
    assert origin["from"] == str(done["coral"].run.folder)
    assert origin["old"] == {
        "data": run.config().data.model_dump(mode="json"),
        "fingerprint": run.state()["fingerprint"],
    }


def test_pictures_in_a_plain_folder_have_no_classes_and_damaged_ones_are_left_out(run: Run, tmp_path: Path) -> None:
    folder, heard = tmp_path / "plain", list[str]()
    folder.mkdir()
    for number in range(5):
        drawn = np.random.default_rng(number).integers(0, 255, (17 + number, 12, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), drawn)
    for name in ("bad.png", "empty.jpg"):
        (folder / name).write_bytes(b"" if name == "empty.jpg" else b"no picture")
    config = AdaptConfig(method="adabn", data=DataConfig(source=str(folder)))
    done = adapt(run, config, tmp_path / "new", heard.append)
    assert done.new is None
    assert heard[-1].startswith("2 of 7 pictures in")
    assert done.run.config().data == run.config().data
    assert json.loads((tmp_path / "new" / ADAPTATION).read_text())["learned_from"] == 5


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"corruption": "rain:3"}, ConfigError, "corruption: 'rain:3' is none; write one of gaussian-noise"),
        ({"data": {"source": "digits", "size": (8, 8)}}, ConfigError, "data.size: the network takes"),
        ({"data": {"source": "digits", "colour": "rgb"}}, ConfigError, "data.colour: the network takes grey"),
        ({"method": "self-training", "threshold": 0.999999}, ModelError, "is as sure as 0.999999; set threshold lower"),
    ],
)
def test_what_cannot_work_is_said_in_a_line_and_leaves_nothing(
    run: Run, tmp_path: Path, settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as told:
        carried(run, tmp_path / "new", **{"method": "adabn", **settings})
    assert "\n" not in str(told.value)
    assert not list(tmp_path.iterdir())


def test_other_pictures_than_it_was_trained_on_are_noticed(run: Run, tmp_path: Path) -> None:
    state = run.state()
    try:
        (run.folder / "run.json").write_text(json.dumps({**state, "fingerprint": "0"}))
        with pytest.raises(ModelError, match=r"holds other pictures than .* was trained on"):
            carried(run, tmp_path / "new", "coral")
    finally:
        (run.folder / "run.json").write_text(json.dumps(state))


def test_the_command_says_what_it_brought_and_refuses_a_folder_that_is_there(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "new"
    words = ["adapt", str(run.folder), "--data", "digits", "--method", "adabn", "-o", str(output)]
    done = CliRunner().invoke(main, [*words, "--set", f"corruption={PALE}"], catch_exceptions=False)
    assert "better" in done.output
    assert "270" in done.output
    with pytest.raises(ConfigError, match="is there already; name another with -o"):
        CliRunner().invoke(main, words, catch_exceptions=False)
    slip = [*words[:-1], str(tmp_path / "other"), "--set", "round=3"]
    with pytest.raises(ConfigError, match="round: there is no such setting; there are method, data, pictures"):
        CliRunner().invoke(main, slip, catch_exceptions=False)
