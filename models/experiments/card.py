"""The model card of a run (Mitchell et al. 2019): what it is, how it came about, how right it is, and its limits."""

from typing import Any

from models.backbones import BACKBONES
from models.ensembles.spec import FILE as ENSEMBLE
from models.experiments.listing import Row, read_row
from models.experiments.measured import read_metrics
from models.experiments.run import CARD, CURVES, Run
from models.training.config import TrainConfig
from pipeline.errors import ModelError
from pipeline.whole import write_whole

DATA_LICENCES = {
    "digits": "CC BY 4.0 (Alpaydin and Kaynak, UCI, 1998)",
    "mnist": "CC BY-SA 3.0 (LeCun and Cortes)",
    "fashion-mnist": "MIT (Zalando SE)",
    "cifar10": "none is stated by its authors (Krizhevsky 2009); it is a subset of Tiny Images, which was withdrawn",
    "cifar100": "none is stated by its authors (Krizhevsky 2009); it is a subset of Tiny Images, which was withdrawn",
}
"""As their authors or distributors state them."""
_LABELS = 20
_WORST = 3


def write_card(run: Run) -> str:
    """Write `README.md` into the run's folder, in place of an older one, and return it.

    Raises:
        ModelError: the run is damaged, or the card cannot be written.
    """
    text = card(run)
    path = run.path(CARD)
    try:
        write_whole(path, text)
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror}; free the disk or mend its rights") from error
    return text


def card(run: Run) -> str:
    """The card as Markdown, of a run in any state; of an ensemble, which has one of its own, that.

    Raises:
        ModelError: the run is damaged.
    """
    if run.path(ENSEMBLE).is_file() and run.path(CARD).is_file():
        return run.path(CARD).read_text(encoding="utf-8")
    row, state, config = read_row(run.folder), run.state(), run.config()
    if row.state == "damaged":
        raise ModelError(row.reason or f"{run.folder} is damaged")
    metrics = read_metrics(run) or {}
    parts = [
        _title(run, row, state),
        _data(state, config),
        _training(run, row, state, config),
        _right(run, row, metrics),
        _limits(row, state, metrics),
        _licence(config),
        _use(run, state),
    ]
    return "\n\n".join(parts) + "\n"


def _title(run: Run, row: Row, state: dict[str, Any]) -> str:
    labels = [str(label) for label in state.get("labels", ())]
    named = ", ".join(f"`{label}`" for label in labels[:_LABELS])
    more = f" and {len(labels) - _LABELS} more" if len(labels) > _LABELS else ""
    parameters = f" with {row.parameters:,} parameters" if row.parameters is not None else ""
    unfinished = {
        "done": "",
        "running": "\n\n**It is still being trained.**",
        "stopped": "\n\n**Its training was interrupted: what is said here is of the best epoch until then.**",
    }.get(row.state, f"\n\n**Its training ended early: {row.reason}**")
    return (
        f"# {run.name}\n\nTells which of {len(labels)} classes a picture shows: {named}{more}. A network `{row.net}`"
        f"{parameters}, for pictures of {_size(state)}.{unfinished}"
    )


def _size(state: dict[str, Any]) -> str:
    shape = state.get("shape") or [0, 0, 0]
    return f"{shape[1]} x {shape[0]} pixels, {'grey' if shape[2] == 1 else 'in colour'}"


def _data(state: dict[str, Any], config: TrainConfig) -> str:
    counts = state.get("pictures") or {}
    names = {"train": "training"}
    told = ", ".join(f"{count:,} for {names.get(part, part)}" for part, count in counts.items())
    lines = [
        "## Data\n",
        f"- set: `{state.get('data', config.data.source)}`" + (f": {told}" if told else ""),
        f"- splits by seed {config.data.seed}; fingerprint of pictures, classes and splits:"
        f" `{state.get('fingerprint')}`",
    ]
    if config.data.prepare:
        lines.append(f"- each picture is prepared by: {', '.join(config.data.prepare)}")
    if state.get("skipped"):
        lines.append(f"- {len(state['skipped'])} files could not be read and were left out; `run.json` lists them")
    return "\n".join(lines)


def _training(run: Run, row: Row, state: dict[str, Any], config: TrainConfig) -> str:
    best, git = state.get("best") or {}, state.get("git") or {}
    used = state.get("versions") or {}
    packages = ", ".join(
        f"{name} {used[name]}" for name in ("python", "keras", "tensorflow", "numpy") if used.get(name)
    )
    took = "" if row.seconds is None else f" in {_time(row.seconds)}"
    lines = [
        "## How it was trained\n",
        f"- {row.epochs} of {row.of_epochs} epochs{took}, seed {config.seed}",
        f"- {config.loss.kind}, {config.optimiser.kind} with rate {config.optimiser.rate:g}, {config.schedule.kind} "
        f"schedule, {config.batch} pictures a step",
    ]
    changed = _changed(config)
    if changed:
        lines.append(f"- unlike the defaults: {', '.join(f'`{one}`' for one in changed)}")
    if "epoch" in best:  # an ensemble has none
        lines.append(
            f"- the weights are those of epoch {best['epoch']}, the best on the validation pictures "
            f"({best['val_accuracy']:.2%})"
        )
    lines.append(f"- on {used.get('processor', 'an unknown machine')}, {used.get('cores', '?')} cores; {packages}")
    if git.get("commit"):
        lines.append(
            f"- program at commit `{git['commit'][:12]}`" + (", with changes since" if git.get("dirty") else "")
        )
    lines.append("- the settings, whole, are in `config.yaml`; the same on the same machine give the same numbers")
    if run.path(CURVES).exists():
        lines.append(f"\n![Loss and accuracy over the epochs]({CURVES})")
    return "\n".join(lines)


def _changed(config: TrainConfig) -> list[str]:
    """Settings that differ from the defaults and are not told elsewhere."""
    told = {"data", "out", "seed", "epochs", "batch", "tensorboard"}
    told |= {"loss.kind", "optimiser.kind", "optimiser.rate", "schedule.kind", "net.name"}
    found = []
    for name, value in config.model_dump(mode="json", exclude_defaults=True).items():
        if name in told:
            continue
        for key, inner in value.items() if isinstance(value, dict) else [("", value)]:
            path = f"{name}.{key}" if key else name
            found += [] if path in told else [f"{path}={inner}"]
    return found


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _right(run: Run, row: Row, metrics: dict[str, Any]) -> str:
    head = "## How right it is\n"
    if not metrics:
        known = (
            ""
            if row.val_accuracy is None
            else f" On its validation pictures, which it was chosen by: {row.val_accuracy:.2%}."
        )
        return f"{head}\nNot measured yet: `python -m models evaluate {run.folder}` does it.{known}"
    low, high = metrics.get("accuracy_low"), metrics.get("accuracy_high")
    ends = "" if low is None or high is None else f" (95 % interval {low:.2%} to {high:.2%})"
    chosen = (
        ", by which it was chosen, so that others will see a little less" if metrics["split"] == "validation" else ""
    )
    lines = [
        head,
        f"- **{metrics['accuracy']:.2%} right**{ends} of {metrics['pictures']:,} {metrics['split']} pictures of "
        f"`{metrics['data']}`{chosen}",
    ]
    small = {"f1_macro": "macro F1", "log_loss": "log-loss", "brier": "Brier", "ece": "calibration error"}
    told = [f"{name} {metrics[key]:.3f}" for key, name in small.items() if metrics.get(key) is not None]
    if told:
        lines.append(f"- {', '.join(told)}")
    lines += [f"- {line}" for line in _confusions(metrics)]
    return "\n".join(lines)


def _confusions(metrics: dict[str, Any]) -> list[str]:
    """What it mixes up, in words."""
    pictures = {one["label"]: one["pictures"] for one in metrics.get("classes") or ()}
    lines = []
    for one in (metrics.get("most_confused") or ())[:_WORST]:
        of = f" of {pictures[one['truth']]:,}" if one["truth"] in pictures else ""
        lines.append(f"`{one['truth']}` is called `{one['said']}` {one['pictures']:,} times{of}")
    there = [one for one in metrics.get("classes") or () if one["pictures"]]
    if len(there) > 1:
        worst, best = (chosen(there, key=lambda one: one["recall"]) for chosen in (min, max))
        if worst["recall"] < best["recall"]:
            lines.append(
                f"best at `{best['label']}` ({best['recall']:.1%} of them are found), worst at `{worst['label']}` "
                f"({worst['recall']:.1%})"
            )
    return lines


def _limits(row: Row, state: dict[str, Any], metrics: dict[str, Any]) -> str:
    lines = [
        "## What it is for, and what not\n",
        f"- for pictures like those of `{row.data}`: it names one of its classes for any picture, also for one that "
        "shows none",
        "- how right it is was measured on pictures of the same kind; others (another camera, light, background) will "
        "see less, and how much less is only known once it is measured there",
        "- not for decisions about people, or where a mistake does harm, without a person who looks at it",
    ]
    shape = state.get("shape") or [0, 0, 0]
    if shape[2] == 1:
        lines.append("- it sees no colour: colour pictures are made grey first")
    if max(shape[:2]) <= 64:
        lines.append(f"- every picture is brought to {shape[1]} x {shape[0]} pixels: small things in it vanish")
    corrupted = metrics.get("corruptions")
    if corrupted:
        lines.append(
            f"- under common corruptions (noise, blur, weather, compression) {corrupted['mean']:.1%} are right, where "
            f"{corrupted['clean']:.1%} are without"
        )
    return "\n".join(lines)


def _licence(config: TrainConfig) -> str:
    if config.net.weights == "imagenet":
        lite = config.net.name in BACKBONES and BACKBONES[config.net.name].wheel is not None
        makers = "the makers of EfficientNet-Lite (Apache-2.0)" if lite else "Keras Applications"
        weights = (
            f"It began with weights trained on ImageNet, from {makers}: their licence, and ImageNet's terms "
            "(research and teaching), go on with it."
        )
    elif config.net.weights != "none":
        weights = f"It began with weights from `{config.net.weights}`, whose licence goes on with it."
    else:
        weights = "It was trained from nothing: the weights are yours, as far as the pictures' licence lets them be."
    known = DATA_LICENCES.get(config.data.source)
    pictures = (
        f"Pictures: {known}." if known else "The licence of the pictures is not known here: it is for you to say."
    )
    return f"## Licence\n\n{weights} {pictures}"


def _use(run: Run, state: dict[str, Any]) -> str:
    folder = run.folder
    return f"""## How to run it

```sh
python -m models predict PICTURE.png --model {folder}
python -m models export {folder}        # ONNX and TFLite, for the pipeline
python run.py annotate CLIP.mp4 -c configs/classify.yaml --set stages.classify.model={folder}
```

From Python, it takes `(N, {_shape(state)}) float32`, 0 to 255, and gives probabilities:

```python
import keras
model = keras.models.load_model("{folder}/model.keras")
```"""


def _shape(state: dict[str, Any]) -> str:
    return ", ".join(str(side) for side in state.get("shape") or ("H", "W", "C"))
