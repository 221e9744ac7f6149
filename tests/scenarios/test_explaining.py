"""Somebody asks a trained network why: of its own pictures, of files, and over a clip."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result
from planted import CORNERS, LABELS, SIDE, plant

from recordings import record, times_of

pytest.importorskip("keras")

from models.__main__ import main
from models.experiments.run import CONFIG, MODEL, STATE
from pipeline.errors import PipelineError


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on digits whose network has learnt nothing, so that most of what it says is wrong."""
    from models.training.config import NetConfig
    from models.training.network import build

    folder = tmp_path_factory.mktemp("runs") / "digits"
    folder.mkdir()
    build(NetConfig(), (28, 28, 1), 10, np.array([0.3]), np.array([0.3])).save(folder / MODEL)
    (folder / CONFIG).write_text(yaml.safe_dump({"data": {"source": "digits", "limit": 20}}))
    (folder / STATE).write_text(json.dumps({"state": "done", "labels": [f"digit {number}" for number in range(10)]}))
    return folder


@pytest.fixture
def planted_run(pooled_file: Path) -> Path:
    """A run whose network finds squares and stripes."""
    (pooled_file.parent / STATE).write_text(json.dumps({"state": "done", "labels": LABELS}))
    return pooled_file.parent


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A colour picture four times as large as the network takes, with a square in its last corner."""
    image = np.full((SIDE, SIDE, 1), 30, np.uint8)
    plant(image, 1, CORNERS[3])
    large = cv2.resize(image, (4 * SIDE, 4 * SIDE), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(tmp_path / "square.png"), cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
    return tmp_path / "square.png"


def test_a_run_shows_some_right_and_the_surest_wrong_of_its_own_pictures(digits_run: Path, tmp_path: Path) -> None:
    done = _call("explain", digits_run, "--method", "grad-cam", "-o", tmp_path)
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "explain.json").read_text())
    wrong = [one for one in told if one["said"] != one["truth"]]
    assert len(wrong) == 6 and len(told) - len(wrong) <= 3
    assert [one["asked"] == one["said"] for one in wrong] == [True, False] * 3  # what it says, then what it is
    sure = [one["probability"] for one in wrong[::2]]
    assert sure == sorted(sure, reverse=True)
    assert _size_of(tmp_path / "explain.png")[0] > 300


def test_a_picture_is_explained_by_every_method_that_its_network_can(
    planted_run: Path, picture: Path, tmp_path: Path
) -> None:
    done = _call("explain", planted_run, picture, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    (told,) = json.loads((tmp_path / "explain.json").read_text())
    assert (told["picture"], told["said"], told["asked"]) == ("square.png", "square", "square")
    assert list(told["methods"]) == ["cam", "grad-cam", "grad-cam++", "occlusion", "integrated-gradients"]
    assert told["methods"]["integrated-gradients"]["share_missed"] < 0.05
    assert "integrated gradients: complete but for" in done.output


def test_another_class_can_be_asked_for_by_its_name(planted_run: Path, picture: Path, tmp_path: Path) -> None:
    _call("explain", planted_run, picture, "--method", "grad-cam", "--class", "stripes", "-o", tmp_path)
    (told,) = json.loads((tmp_path / "explain.json").read_text())
    assert (told["said"], told["asked"]) == ("square", "stripes") and told["probability"] < 0.5


def test_what_the_layers_see_is_drawn_for_all_of_them_and_for_one(planted_run: Path, picture: Path) -> None:
    folder = picture.parent
    assert _call("activations", planted_run, picture, "-o", folder).exit_code == 0
    assert _call("activations", planted_run, picture, "--layer", "conv3", "-o", folder).exit_code == 0
    assert _size_of(folder / "activations.png")[1] > 300 and _size_of(folder / "activations-conv3.png")[1] > 300


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--method", "saliency"), "--method: there is no 'saliency'; there are cam"),
        (("--class", "cat"), "--class: the model has no class 'cat'; it has nothing, square, stripes"),
        (("--layer", "conv9"), "'conv9' is no layer of model.keras with a map; there are standardise"),
        (("--video", "no.mp4"), "leave out the pictures"),
        (("--limit", "3"), "--limit counts frames of a clip"),
    ],
)
def test_a_slip_is_told_in_one_line(planted_run: Path, picture: Path, words: tuple[str, ...], says: str) -> None:
    done = _call("explain", planted_run, picture, *words, "-o", picture.parent)
    assert isinstance(done.exception, PipelineError) and says in str(done.exception)
    assert not list(picture.parent.glob("*.json"))


def test_a_clip_keeps_its_times_and_shows_where_the_evidence_lies(planted_run: Path, tmp_path: Path) -> None:
    frames = []
    for _ in range(6):
        image = np.full((SIDE, SIDE, 1), 30, np.uint8)
        plant(image, 1, CORNERS[0])
        large = cv2.resize(image, (8 * SIDE, 8 * SIDE), interpolation=cv2.INTER_NEAREST)
        frames.append(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
    clip = record(tmp_path / "walk.mp4", frames, times_ms=[0, 40, 90, 130, 200, 240])
    done = _call("explain", planted_run, "--video", clip, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    made = tmp_path / "walk.explained.mp4"
    assert np.allclose(times_of(made), times_of(clip), atol=1e-3)
    with av.open(str(made)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="bgr24").astype(int)
    yellow = first[..., 1] - first[..., 0]  # cividis: what counts has less blue than green
    assert yellow[8:64, 8:64].max() > 80 and yellow[80:150, 80:150].max() < 20
    assert not list(tmp_path.glob("*.part*"))


def test_a_clip_that_cannot_be_read_leaves_nothing_behind(planted_run: Path, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"nothing")
    done = _call("explain", planted_run, "--video", tmp_path / "no.mp4", "-o", tmp_path / "out.mp4")
    assert isinstance(done.exception, PipelineError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["no.mp4"]


def _call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def _size_of(path: Path) -> tuple[int, int]:
    image = cv2.imread(str(path))
    assert image is not None
    return image.shape[1], image.shape[0]
