"""`python -m models predict IMAGE... --model RUN|FILE`: what pictures are, each with its likeliest classes."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from pipeline.errors import ConfigError, SinkError, SourceError

if TYPE_CHECKING:
    from models.evaluation.classifier import Classifier
    from models.explain.network import Network

STDIN = "-"
BATCH = 32
"""Pictures that are read before they are asked about together."""
BAR = 24
"""Letters of the longest bar."""
EIGHTHS = " ▏▎▍▌▋▊▉"
WHY = "-why.png"
"""How the name of a drawing by --explain ends."""
Read = tuple[str, np.ndarray, np.ndarray]
"""Its name, the picture as the network takes it, and as it is (empty unless that is drawn)."""


@click.command()
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--model", required=True, help="Folder of a run, a model file, or a name of the shelf.")
@click.option("--form", default="auto", help="Of a run: keras, onnx, tflite, onnx-int8 ...")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="So many classes, the likeliest.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each picture.")
@click.option("--explain", is_flag=True, help="Draw beside each picture where the evidence lies (Grad-CAM).")
def predict(images: tuple[str, ...], model: str, form: str, top: int, as_json: bool, explain: bool) -> None:
    """Tell what pictures are.

    IMAGE is a picture of any size and format, a folder of them, or - for one on standard input. What is no picture is
    told in a line, the others are still done, and the command ends with 1.

    \b
      python -m models predict cat.jpg --model runs/first
      python -m models predict photos/ --model runs/first --form tflite --top 1
      curl -s ADDRESS | python -m models predict - --model runs/first --json
    """
    from models.evaluation.classifier import open_classifier

    path = Path(model)
    if explain or form == "keras" or path.suffix == ".keras" or (form == "auto" and path.is_dir()):
        from models.training.quiet import quiet

        quiet()
    looked_into = _opened_to_explain(path) if explain else None
    failed: list[str] = []
    with open_classifier(model, form) as classifier:
        for batch in _batches(_read(_spread(images, failed), classifier, failed, explain)):
            found = classifier(np.stack([fed for _, fed, _ in batch]))
            for (name, fed, image), row in zip(batch, found, strict=True):
                best = np.argsort(-row, kind="stable")[:top].tolist()
                answers = [(classifier.labels[one], float(row[one])) for one in best]
                drawn = None
                if looked_into is not None:
                    drawn = _explained(looked_into, (name, fed, image), best[0], answers[0], failed)
                click.echo(_line(name, answers, drawn) if as_json else _table(name, answers, drawn))
    if failed:
        click.echo(f"{len(failed)} not done: {', '.join(failed)}", err=True)
        raise SystemExit(1)


def _spread(images: Sequence[str], failed: list[str]) -> Iterator[Path]:
    """The files that names and folders stand for; what is named itself comes whatever it is called."""
    from models.data.pictures import is_picture

    for one in images:
        path = Path(one)
        if one == STDIN or not path.is_dir():
            yield path
            continue
        found = (file for file in path.rglob("*") if is_picture(file.name) and file.is_file())
        inside = sorted(file for file in found if not file.name.endswith(WHY))
        if not inside:
            _tell(f"no pictures in {path}; give a folder of JPEG or PNG files", str(path), failed)
        yield from inside


def _read(paths: Iterable[Path], classifier: "Classifier", failed: list[str], whole: bool) -> Iterator[Read]:
    """Each picture, as the network was trained to see it and, if asked for, as it is."""
    from models.data import pictures
    from models.data.prepare import parse

    steps, nothing = parse(classifier.prepare), np.zeros((0, 0, 3), np.uint8)
    for path in paths:
        name = "stdin" if str(path) == STDIN else str(path)
        try:
            data = _bytes(path)
            with pictures.quiet():
                fed = pictures.decode(data, name, classifier.size, classifier.channels, steps)
                image = pictures.decode(data, name) if whole else nothing
        except SourceError as error:
            _tell(str(error), name, failed)
            continue
        yield name, fed, image


def _bytes(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; check the path and your right to read it") from error


def _batches(read: Iterable[Read]) -> Iterator[list[Read]]:
    batch: list[Read] = []
    for one in read:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _opened_to_explain(path: Path) -> "Network":
    """The network, to be looked into.

    Raises:
        ConfigError: it is no Keras model.
    """
    from models.explain.maps import open_to_explain
    from models.explain.network import Network

    opened = open_to_explain(path, "grad-cam")
    if not isinstance(opened, Network):
        raise ConfigError(f"--explain looks into a Keras network, which {path} is not; name a run")
    return opened


def _explained(network: "Network", read: Read, number: int, best: tuple[str, float], failed: list[str]) -> Path | None:
    """Where the evidence for the likeliest class lies, drawn over the picture; None where it cannot be written."""
    name, fed, image = read
    label, share = best
    import cv2

    from models.evaluation.fitting import fit
    from models.evaluation.theme import write
    from models.explain.maps import heat
    from models.explain.scale import spread
    from models.explain.sheet import enlarged
    from vision.evidence import draw_legend, lay_over

    batch = fit(fed[None], network.size, network.channels)
    found = heat(network, batch, "grad-cam", np.array([number]))
    small = max(image.shape[:2]) < 224
    bgr = enlarged(image) if small else np.ascontiguousarray(image[..., ::-1])
    over = lay_over(bgr, spread(found, (bgr.shape[1], bgr.shape[0]))[0])
    draw_legend(over, "nothing", f"speaks for {label}, {share:.0%}")
    path = Path(name).with_name(f"{Path(name).stem}{WHY}")
    try:
        write(path, cv2.imencode(".png", over)[1].tobytes())
    except SinkError as error:
        _tell(str(error), name, failed)
        return None
    return path


def _tell(line: str, name: str, failed: list[str]) -> None:
    click.echo(f"error: {line}", err=True)
    failed.append(name)


def _line(name: str, answers: Sequence[tuple[str, float]], drawn: Path | None) -> str:
    top = [{"label": label, "probability": round(share, 6)} for label, share in answers]
    told: dict[str, object] = {"image": name, "top": top}
    return json.dumps(told if drawn is None else told | {"explained": str(drawn)}, ensure_ascii=False)


def _table(name: str, answers: Sequence[tuple[str, float]], drawn: Path | None) -> str:
    """Several lines, or one where only the likeliest class is asked for."""
    if len(answers) == 1:
        label, share = answers[0]
        return f"{name}: {label} {share:.1%}" + ("" if drawn is None else f" ({drawn})")
    width = max(len(label) for label, _ in answers)
    rows = [f"  {label:{width}}  {share:6.1%}  {bar(share)}".rstrip() for label, share in answers]
    return "\n".join([name, *rows, *([] if drawn is None else [f"  why: {drawn}"])])


def bar(share: float) -> str:
    """A share as a bar of letters, to an eighth of one.

    >>> bar(0.5), bar(0.0)
    ('████████████', '')
    """
    eighths = round(share * BAR * 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
