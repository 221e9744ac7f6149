"""A training from its settings to a run folder that can be used, compared, and gone on with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.data.dataset import DataSet
from models.experiments.run import LAST, MODEL, Run, open_run
from models.training.begin import begin
from models.training.checkpoint import Checkpoint, load_checkpoint, put
from models.training.config import FineTuneConfig, TrainConfig
from models.training.quiet import quiet
from models.training.records import begin_records, draw_history, write_history, write_model, write_state
from pipeline.errors import ConfigError, ModelError
from pipeline.locks import lock, unlock

if TYPE_CHECKING:
    from models.training.loop import Loop, Step


CURVES_EVERY_S = 10.0
"""While it trains; at its end they are drawn always."""


@dataclass(frozen=True)
class Epoch:
    """What an epoch brought."""

    epoch: int
    """From 1."""
    epochs: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    rate: float
    """Learning rate of its last step."""
    images_per_s: float
    seconds: float
    best: bool
    """Whether no epoch before had a higher validation accuracy."""
    model: Callable[[], Any] = field(repr=False, compare=False)
    """Gives the network as it now is: a `keras.Model` in float32, pixels to probabilities."""


Told = Callable[[Epoch], bool | None]
"""Called after each epoch; False stops the training, which then counts as whole."""


def train(
    config: TrainConfig,
    folder: Path,
    told: Told = lambda epoch: None,
    stepped: "Callable[[Step], None]" = lambda step: None,
    data: DataSet | None = None,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Run:
    """Train a network; what it leaves is in `folder`, the best weights by validation accuracy as `model.keras`.

    Args:
        config: The settings.
        folder: Of the run; it must not be there yet, or be a run where `resume` is asked for.
        told: See `Told`.
        stepped: Called after each step.
        data: In place of what `config.data` names.
        resume: Go on after the last epoch that was whole; the result is that of a training in one go.
        say: Told what takes long.

    Returns:
        The run, whose state is 'done'.

    Raises:
        ConfigError: settings that do not go together, a folder that is there.
        ModelError: data, weights or the checkpoint cannot be used, the disk is full, or the loss became no number; the
            best weights until then stay.
        KeyboardInterrupt: interrupted; the run can be resumed.
    """
    if not resume and folder.exists():
        raise ConfigError(f"{folder} is there already; name another with --name, or go on with --resume {folder}")
    quiet()
    if data is None:
        from models.data.load import load

        data = load(config.data, say)
    return _Training(config, folder, data, told, stepped, say).run(resume)


class _Training:
    def __init__(
        self,
        config: TrainConfig,
        folder: Path,
        data: DataSet,
        told: Told,
        stepped: "Callable[[Step], None]",
        say: Callable[[str], None],
    ) -> None:
        self.config, self.data, self.told, self.stepped, self.say = config, data, told, stepped, say
        self.record = Run(folder)
        self.best: dict[str, float] = {}
        self.rows: list[dict[str, float]] = []
        self.drawn = time.monotonic()

    def run(self, resume: bool) -> Run:
        import keras

        keras.utils.set_random_seed(self.config.seed)
        run = self.record
        network, plain = self._networks()
        try:
            earlier = self._earlier() if resume else None
            if earlier is None:
                begin(network, self.config.net, self.data.train.images, self.say)
                begin_records(run, self.config, self.data, plain)
            held = self._held(run)
        except OSError as error:
            raise _no_room(run.folder, error) from error
        try:
            write_state(run, state="running", error=None)
            self._epochs(network, plain, earlier)
            draw_history(run, self.rows)
            write_state(run, state="done", ended=_now())
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt)
            told = None if stopped else str(error).splitlines()[0] if str(error) else type(error).__name__
            _try_to(lambda: write_state(run, state="stopped" if stopped else "failed", error=told))
            _try_to(lambda: draw_history(run, self.rows))
            if isinstance(error, OSError):
                raise _no_room(run.folder, error) from error
            raise
        finally:
            unlock(held)
            (run.folder / ".lock").unlink(missing_ok=True)
        return run

    def _networks(self) -> tuple[Any, Any]:
        """The one that trains, perhaps in mixed precision, and the same in float32 for keeps."""
        from models.data.statistics import statistics
        from models.training.network import build
        from models.training.precision import policy

        mean, deviation = statistics(self.data.train.images)
        dtype, shape, classes = policy(self.config.mixed_precision), self.data.shape, len(self.data.labels)
        network = build(self.config.net, shape, classes, mean, deviation, dtype=dtype)
        plain = network if dtype == "float32" else build(self.config.net, shape, classes, mean, deviation)
        return network, plain

    def _held(self, run: Run) -> int | None:
        try:
            return lock(run.folder / ".lock", wait=False)
        except BlockingIOError:
            raise ConfigError(f"{run.folder} is being trained by another process; wait, or name another") from None

    def _earlier(self) -> Checkpoint | None:
        """Where an earlier training of this folder came to; None where it came nowhere."""
        run = open_run(self.record.folder)
        state = run.state()
        if state["fingerprint"] != self.data.fingerprint:
            raise ModelError(f"{run.folder} was trained on other pictures (fingerprint); train anew under another name")
        if not run.path(LAST).is_file():
            return None
        found = load_checkpoint(run.path(LAST))
        self.best = dict(found.best)
        self.rows = run.history()[: found.epochs]
        return found

    def _epochs(self, network: Any, plain: Any, earlier: Checkpoint | None) -> None:
        from models.training.logs import Logs
        from models.training.loop import Loop

        config, first = self.config, 0 if earlier is None else earlier.epochs
        for epoch in range(max(first, 1)):  # what a whole training would have let go of by now
            self._let_go(network, epoch)
        loop = Loop(network, self.data.train, config, self._factors(network))
        if earlier is not None:
            put(network.variables, earlier.model, "weights")
            put(loop.optimiser.variables, earlier.optimiser, "optimiser")
            if loop.averages is not None:
                loop.averages.restore(earlier.averages)
        with Logs(self.record.folder, config.tensorboard) as logs:
            for epoch in range(first, config.epochs):
                if self._is_over():
                    break
                if epoch and self._let_go(network, epoch):
                    loop.compile()
                row = self._epoch(loop, plain, epoch)
                logs.write(row)
                if self._tell(row, loop, plain) is False:
                    break

    def _let_go(self, network: Any, epoch: int) -> bool:
        """Whether layers that were frozen are no more."""
        if self.config.fine_tune == FineTuneConfig():
            return False
        from models.training.fine_tune import apply

        changed: bool = apply(network, self.config.fine_tune, epoch)
        return changed

    def _factors(self, network: Any) -> dict[str, float]:
        if self.config.fine_tune.layer_decay == 1:
            return {}
        from models.training.fine_tune import rate_factors

        factors: dict[str, float] = rate_factors(network, self.config.fine_tune)
        return factors

    def _epoch(self, loop: "Loop", plain: Any, epoch: int) -> dict[str, float]:
        from models.training.loop import LossIsNoNumberError
        from models.training.no_number import explain

        begun = time.perf_counter()
        try:
            loss, accuracy = loop.epoch(epoch, [row["val_loss"] for row in self.rows], self.stepped)
        except LossIsNoNumberError as error:
            raise ModelError(explain(self.config, epoch, error.step, self.best, self.record.folder)) from error
        trained = time.perf_counter() - begun
        val_loss, val_accuracy = loop.judge(self.data.validation)
        row = {
            "epoch": epoch + 1.0,
            "loss": loss,
            "accuracy": accuracy,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "rate": float(np.asarray(loop.optimiser.learning_rate)),
            "images_per_s": len(self.data.train) / trained,
            "seconds": time.perf_counter() - begun,
        }
        self.rows.append(row)
        if (val_accuracy, -val_loss) > (self.best.get("val_accuracy", -1.0), -self.best.get("val_loss", np.inf)):
            self.best = {"epoch": epoch + 1, "val_accuracy": val_accuracy, "val_loss": val_loss}
            plain.set_weights(loop.weights())
            write_model(plain, self.record.path(MODEL))
        averages = loop.averages.state() if loop.averages is not None else []
        kept = [variable.numpy() for variable in loop.network.variables]
        memory = [variable.numpy() for variable in loop.optimiser.variables]
        Checkpoint(epoch + 1, kept, memory, averages, self.best).save(self.record.path(LAST))
        write_history(self.record, self.rows)
        if time.monotonic() - self.drawn > CURVES_EVERY_S:
            draw_history(self.record, self.rows)
            self.drawn = time.monotonic()
        seconds = sum(row["seconds"] for row in self.rows)
        write_state(self.record, best=self.best, epochs_done=epoch + 1, seconds=round(seconds, 1))
        return row

    def _tell(self, row: dict[str, float], loop: "Loop", plain: Any) -> bool | None:
        def model() -> Any:
            plain.set_weights(loop.weights())
            return plain

        numbers = {**row, "epoch": int(row["epoch"])}
        best = self.best["epoch"] == row["epoch"]
        return self.told(Epoch(epochs=self.config.epochs, best=best, model=model, **numbers))  # type: ignore[arg-type]

    def _is_over(self) -> bool:
        patience = self.config.early_stopping
        return bool(patience and self.rows and self.rows[-1]["epoch"] - self.best["epoch"] >= patience)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _no_room(folder: Path, error: OSError) -> ModelError:
    why = error.strerror or error
    return ModelError(
        f"cannot write to {folder}: {why}; free the disk or mend its rights, then go on with --resume {folder}"
    )


def _try_to(write: Callable[[], None]) -> None:
    try:
        write()
    except OSError:
        return  # the disk is full: what made the training fail is told already
