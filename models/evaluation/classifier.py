"""Any classifier in any form as one thing: pictures in, probabilities out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.data.pictures import fitted
from models.data.prepare import parse
from models.evaluation.fitting import fit
from models.experiments.run import MODEL, SPEC, STATE
from pipeline.errors import ModelError

BATCH = 256
"""Pictures that are run together, where a form can."""


class Classifier:
    """A network that is open. It serves one thread."""

    def __init__(
        self,
        labels: tuple[str, ...],
        size: tuple[int, int],
        channels: int,
        form: str,
        run: Callable[[np.ndarray], np.ndarray],
        prepare: tuple[str, ...] = (),
        close: Callable[[], None] = lambda: None,
        runtime: str = "",
        named: bool = True,
    ) -> None:
        """Make one of a function.

        Args:
            labels: Name of each class.
            size: (width, height) that `run` takes.
            channels: 1 or 3, that `run` takes.
            form: keras, onnx, tflite, onnx-int8 ...
            run: From `(B, height, width, channels) uint8` to `(B, K)` probabilities, B at most `BATCH`.
            prepare: OpenCV steps that the network was trained behind; `plain` takes them.
            close: Lets go of it.
            runtime: What runs it, with its version, for reports.
            named: False where nobody knows what the classes are called, and the labels are their numbers.
        """
        self.labels = labels
        self.size = size
        self.channels = channels
        self.form = form
        self.prepare = prepare
        self.named = named
        self.runtime = runtime or form
        self._run = run
        self._close = close

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """How likely each class is for each picture.

        Args:
            images: `(N, H, W, C) uint8` of any size, RGB where C is 3, grey where it is 1; may be a memory map.

        Returns:
            `(N, K) float32`, rows in [0, 1] that sum to 1.

        Raises:
            ValueError: not such an array.
            ModelError: the runtime failed, or the network gives no numbers.
        """
        rows = [
            self._run(fit(np.asarray(images[begin : begin + BATCH]), self.size, self.channels))
            for begin in range(0, len(images), BATCH)
        ]
        if not rows:
            return np.zeros((0, len(self.labels)), np.float32)
        found = np.concatenate(rows).astype(np.float64)
        if found.shape != (len(images), len(self.labels)):
            raise ModelError(
                f"the {self.form} form gives {found.shape[1:]} numbers for {len(self.labels)} labels;"
                " give it as many labels as classes"
            )
        if not np.isfinite(found).all():
            raise ModelError(f"the {self.form} form gives numbers that are not finite; train or export it again")
        total = np.maximum(found.sum(axis=1, keepdims=True), 1e-12)  # (N, 1)
        return np.asarray(found / total, np.float32)

    def plain(self, images: np.ndarray) -> np.ndarray:
        """The same for pictures as they are, before the steps that the network was trained behind; those come first."""
        if not self.prepare:
            return self(images)
        steps = parse(self.prepare)
        found = [np.zeros((0, len(self.labels)), np.float32)]
        for begin in range(0, len(images), BATCH):
            rows = np.asarray(images[begin : begin + BATCH])
            found.append(self(np.stack([fitted(image, self.size, self.channels, steps) for image in rows])))
        return np.concatenate(found)

    def close(self) -> None:
        """Let go of the network; may be called twice."""
        self._close()

    def __enter__(self) -> "Classifier":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_classifier(what: Path | str, form: str = "auto") -> Classifier:
    """A classifier, whatever it lies in.

    Args:
        what: The folder of a run or of an exported network, a `.keras`, `.onnx` or `.tflite` file, a spec (`.yaml`), or
            a name of the shelf.
        form: Which form of it: keras, onnx, tflite, onnx-int8, tflite-int8, tflite-fp16; 'auto' is the file itself, and
            of a run its Keras model.

    Raises:
        ModelError: nothing is there, it is damaged or no classifier, or has no such form.
    """
    from models.evaluation.file_form import open_spec
    from models.evaluation.keras_form import open_keras

    path = Path(what)
    if path.is_dir():
        if form in ("auto", "keras") and (path / MODEL).is_file():
            return open_keras(path / MODEL)
        if form != "keras" and (path / SPEC).is_file():
            return open_spec(str(path), form)
        raise ModelError(_what_is_missing(path, form))
    if path.suffix == ".keras":
        if form not in ("auto", "keras"):
            raise ModelError(f"{path} is a Keras model, not {form}; name its run's folder to have another form")
        return open_keras(path)
    if form == "keras":
        raise ModelError(f"{path} is no Keras model; leave --form out, or name a run's folder or a .keras file")
    return open_spec(str(what), form)


def _what_is_missing(folder: Path, form: str) -> str:
    """Why a folder has no such form, in a line."""
    if form in ("auto", "keras"):
        unfinished = "; its training has kept no weights yet" if (folder / STATE).is_file() else ""
        return f"{folder} has no {MODEL}{unfinished}; name the folder of a run, or a model file"
    return f"{folder} has no {form} form; make it with: python -m models export {folder}"


def forms_of(run: Path) -> tuple[str, ...]:
    """The forms that a run's folder holds, its Keras model first.

    Raises:
        ModelError: its spec is damaged.
    """
    from models.cache import default_cache
    from models.resolve import load_spec
    from models.shelf import cached_forms

    files = cached_forms(load_spec(run / SPEC), default_cache()) if (run / SPEC).is_file() else ()
    return (("keras",) if (run / MODEL).is_file() else ()) + files
