import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_trainings import digits, is_same, settings, weights_of

from models.data.dataset import DataSet
from models.training.loop import Step
from models.training.train import Epoch, train
from pipeline.errors import ConfigError, ModelError
from pipeline.locks import lock, unlock


@pytest.fixture(scope="module")
def data() -> DataSet:
    return digits()


def losses(folder: Path) -> list[str]:
    """The history without its times."""
    lines = (folder / "history.csv").read_text().splitlines()
    return [",".join(line.split(",")[:6]) for line in lines]


def interrupt_after(epoch: int, step: int) -> Callable[[Step], None]:
    """An interrupt in the middle of an epoch, from 1."""
    seen = {"epoch": 1}

    def stepped(at: Step) -> None:
        if (seen["epoch"], at.done) == (epoch, step):
            raise KeyboardInterrupt
        seen["epoch"] += at.done == at.of

    return stepped


CHANCE: dict[str, Any] = {
    "ema": 0.8,
    "augment": {"crop_padding": 2, "cutout": 4, "mixup": 0.2},
    "schedule": {"kind": "plateau", "patience": 1, "warmup": 0.1},
    "optimiser": {"kind": "adamw", "weight_decay": 0.01, "clip_norm": 1.0},
}


def test_a_training_that_is_interrupted_and_gone_on_with_ends_as_one_in_one_go(tmp_path: Path, data: DataSet) -> None:
    config = settings(**CHANCE)
    train(config, tmp_path / "whole", data=data)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "parts", data=data, stepped=interrupt_after(2, 3))
    assert json.loads((tmp_path / "parts/run.json").read_text())["state"] == "stopped"
    assert len(losses(tmp_path / "parts")) == 2  # the header, and the epoch that was whole
    train(config, tmp_path / "parts", data=data, resume=True)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert all(is_same(tmp_path / "parts", tmp_path / "whole"))


def test_one_that_was_ended_before_its_first_epoch_begins_anew(tmp_path: Path, data: DataSet) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(settings(epochs=1), tmp_path / "run", data=data, stepped=interrupt_after(1, 1))
    assert not (tmp_path / "run/model.keras").exists()
    run = train(settings(epochs=1), tmp_path / "run", data=data, resume=True)
    assert run.state()["state"] == "done"
    assert "error" not in run.state()


def test_what_it_leaves_can_be_used_and_says_what_it_is(tmp_path: Path, data: DataSet) -> None:
    import keras

    told: list[Epoch] = []
    run = train(settings(epochs=9, net={"name": "simple-cnn"}), tmp_path / "run", told.append, data=data)
    assert [epoch.epoch for epoch in told] == list(range(1, 10))
    assert told[-1].loss < told[0].loss - 0.5
    state = run.state()
    best = max(told, key=lambda epoch: (epoch.val_accuracy, -epoch.val_loss))
    assert state["best"]["epoch"] == best.epoch
    assert (state["data"], state["shape"], state["fingerprint"]) == ("digits", [28, 28, 1], data.fingerprint)
    model = keras.models.load_model(run.path("model.keras"), compile=False)
    probability = model.predict_on_batch(data.validation.images.astype(np.float32))
    np.testing.assert_allclose(probability.sum(1), 1, atol=1e-5)
    right = float((probability.argmax(1) == data.validation.classes).mean())
    assert right == pytest.approx(best.val_accuracy)
    assert run.config() == settings(epochs=9, net={"name": "simple-cnn"})
    assert run.path("curves.png").stat().st_size > 10_000
    assert not list(run.folder.glob(".*"))


def test_the_weights_that_are_kept_are_those_of_the_best_epoch(tmp_path: Path, data: DataSet) -> None:
    kept: dict[int, list[np.ndarray]] = {}

    def told(epoch: Epoch) -> None:
        kept[epoch.epoch] = epoch.model().get_weights()

    run = train(settings(epochs=4, optimiser={"rate": 0.02}), tmp_path / "run", told, data=data)
    best = run.state()["best"]["epoch"]
    assert all(np.array_equal(a, b) for a, b in zip(weights_of(run.folder), kept[best], strict=True))
    others = [epoch for epoch in kept if epoch != best]
    assert not any(np.array_equal(kept[best][0], kept[epoch][0]) for epoch in others)


def test_a_loss_that_is_no_number_says_when_and_why_and_keeps_what_was_learned(tmp_path: Path, data: DataSet) -> None:
    seen: list[int] = []

    def told(epoch: Epoch) -> None:
        seen.append(epoch.epoch)

    hot = settings(optimiser={"kind": "sgd", "rate": 1e12}, schedule={"kind": "constant", "warmup": 0}, epochs=3)
    with pytest.raises(
        ModelError, match=r"no number any more at step \d+ of epoch 1; .*rate 1e\+12 is too high for sgd"
    ):
        train(hot, tmp_path / "hot", told, data=data)
    assert seen == []
    state = json.loads((tmp_path / "hot/run.json").read_text())
    assert state["state"] == "failed"
    assert "no number" in state["error"]


def test_early_stopping_waits_for_so_many_epochs_and_no_more(tmp_path: Path, data: DataSet) -> None:
    still = settings(epochs=9, early_stopping=2, optimiser={"kind": "sgd", "rate": 1e-12})
    run = train(still, tmp_path / "run", data=data)
    best = run.state()["best"]["epoch"]
    assert len(run.history()) == best + 2 < 9
    assert run.state()["state"] == "done"


def test_whoever_is_told_of_epochs_can_end_the_training(tmp_path: Path, data: DataSet) -> None:
    run = train(settings(epochs=5), tmp_path / "run", lambda epoch: epoch.epoch < 2, data=data)
    assert len(run.history()) == 2
    assert run.state()["state"] == "done"


@pytest.mark.parametrize(
    "changed",
    [
        {"loss": {"kind": "sparse-cross-entropy"}, "optimiser": {"kind": "rmsprop"}},
        {"loss": {"kind": "mse"}, "optimiser": {"kind": "sgd", "rate": 0.1}, "schedule": {"kind": "one-cycle"}},
        {"mixed_precision": "on", "optimiser": {"kind": "lion", "rate": 3e-4}, "class_weights": "balanced"},
        {"adversarial": {"kind": "fgsm"}, "net": {"name": "simple-cnn", "l1": 1e-5, "l2": 1e-4}},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_every_kind_of_training_learns_something(changed: dict[str, Any], tmp_path: Path, data: DataSet) -> None:
    run = train(settings(epochs=4, **({"net": {"name": "simple-cnn"}} | changed)), tmp_path / "run", data=data)
    first, *_, last = (row["loss"] for row in run.history())
    assert last < first


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(ConfigError, match="is there already; name another"):
        train(settings(), tmp_path / "run", data=data)


def test_two_processes_do_not_go_on_with_one_run(tmp_path: Path, data: DataSet) -> None:
    run = train(settings(epochs=1), tmp_path / "run", data=data)
    held = lock(run.path(".lock"), wait=False)
    try:
        with pytest.raises(ConfigError, match="is being trained by another process"):
            train(settings(epochs=1), run.folder, data=data, resume=True)
    finally:
        unlock(held)


def test_a_run_is_not_gone_on_with_on_other_pictures(tmp_path: Path, data: DataSet) -> None:
    run = train(settings(epochs=1), tmp_path / "run", data=data)
    other = DataSet("digits", data.labels, data.train, data.validation, data.test, "0" * 64)
    with pytest.raises(ModelError, match="was trained on other pictures"):
        train(settings(epochs=1), run.folder, data=other, resume=True)


def test_a_damaged_checkpoint_is_told_in_a_line(tmp_path: Path, data: DataSet) -> None:
    run = train(settings(epochs=1), tmp_path / "run", data=data)
    run.path("last.npz").write_bytes(run.path("last.npz").read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"last\.npz is damaged"):
        train(settings(epochs=1), run.folder, data=data, resume=True)
