from pathlib import Path

import pytest
from small_runs import changed, judged, small_run

from models.experiments.card import card, write_card
from pipeline.errors import ModelError


def test_a_card_says_what_it_is_how_it_came_about_how_right_it_is_and_where_it_ends(tmp_path: Path) -> None:
    config = {"optimiser": {"rate": 0.01, "kind": "sgd"}, "ema": 0.99, "epochs": 3}
    run = judged(small_run(tmp_path / "clothes", config={"data": {"source": "fashion-mnist"}} | config), slice(0, 30))
    text = write_card(run)
    assert (run.folder / "README.md").read_text() == text
    assert [path.name for path in run.folder.glob(".*")] == []
    for told in (
        "# clothes\n\nTells which of 3 classes a picture shows: `bag`, `coat`, `shirt`. A network `simple-cnn` with ",
        "for pictures of 28 x 28 pixels, grey",
        "`fashion-mnist`: 5,400 for training, 600 for validation, 300 for test",
        "fingerprint of pictures, classes and splits: `9a94`",
        "3 of 3 epochs in 4 s, seed 0",
        "cross-entropy, sgd with rate 0.01, cosine schedule, 128 pictures a step\n- unlike the defaults: `ema=0.99`\n",
        "the weights are those of epoch 3, the best on the validation pictures (80.00%)",
        "on a processor, 2 cores; python 3.11.2, keras 3.15.1",
        "commit `6f68b9e6f372`, with changes since",
        "**90.00% right** (95 % interval 86.08% to 92.91%) of 300 test pictures of `fashion-mnist`",
        "`shirt` is called `coat` 17 times of 100",
        "best at `bag` (90.0% of them are found), worst at `shirt` (70.0%)",
        "colour pictures are made grey first",
        "Pictures: MIT (Zalando SE).",
        f"python -m models predict PICTURE.png --model {run.folder}",
        f"--set stages.classify.model={run.folder}",
        "it takes `(N, 28, 28, 1) float32`",
    ):
        assert told in text, told


def test_a_card_of_what_is_not_finished_or_not_measured_says_so(tmp_path: Path) -> None:
    fresh = card(small_run(tmp_path / "fresh"))
    assert f"Not measured yet: `python -m models evaluate {tmp_path / 'fresh'}` does it." in fresh
    assert "which it was chosen by: 80.00%" in fresh
    failed = changed(small_run(tmp_path / "failed"), state="failed", error="no disk space", best=None, git=None)
    assert "**Its training ended early: no disk space**" in card(failed)
    assert "its process ended without a word" in card(changed(small_run(tmp_path / "died"), state="running"))


def test_a_card_says_whose_weights_and_pictures_are_in_it(tmp_path: Path) -> None:
    config = {"net": {"name": "mobilenet-v2", "weights": "imagenet"}, "data": {"source": "photos/"}}
    text = card(small_run(tmp_path / "photos", config=config))
    assert "began with weights trained on ImageNet" in text
    assert "The licence of the pictures is not known here" in text
    config["net"] = {"name": "efficientnet-lite0", "weights": "imagenet"}
    assert "EfficientNet-Lite (Apache-2.0)" in card(small_run(tmp_path / "lite", config=config))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("metrics.json", "{}", "is damaged or of another version"), ("run.json", '{"state": "?"}', "is damaged")],
)
def test_a_card_of_a_damaged_run_is_one_line_and_nothing_is_written(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    run = judged(small_run(tmp_path / "a"), slice(0, 3))
    run.path(name).write_text(content)
    with pytest.raises(ModelError, match=says):
        write_card(run)
    assert not run.path("README.md").exists()


def test_a_card_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    run = small_run(tmp_path / "a")
    run.path("README.md").mkdir()
    with pytest.raises(ModelError, match=r"cannot write .*README\.md"):
        write_card(run)
    assert not list(run.folder.glob(".*"))


def test_an_ensemble_keeps_the_card_that_it_has(tmp_path: Path) -> None:
    run = small_run(tmp_path / "together")
    run.path("ensemble.yaml").write_text("method: soup")
    run.path("README.md").write_text("# A soup of three")
    assert write_card(run) == run.path("README.md").read_text() == "# A soup of three"
