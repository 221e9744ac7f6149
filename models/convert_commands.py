"""The commands that make files of models: convert, quantize."""

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from models.agreement import MIN_SCORE
from models.dlib_network import SIDE
from models.dlib_resnet import convert_dlib
from models.feed import Feed
from models.frames import read_frames
from models.keras_export import KerasForm, convert_keras, input_of
from models.options import cache_option, complete_model
from models.origins import FrozenGraph
from models.pull import downloads
from models.quantize import Target, quantize
from models.resolve import resolve
from models.spec import InputSpec, ModelSpec
from models.wheels import Say
from models.workshop import REPORT, make_folder, require
from pipeline.errors import ConfigError, ModelError

frames_option = click.option(
    "--frames",
    "places",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    required=True,
    help="Recording, picture, or folder of them; may be given several times.",
)


@click.command("convert")
@click.argument("model", shell_complete=complete_model)
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to make.")
@click.option(
    "--frames",
    "places",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Recording, picture, or folder of them to prove it on.",
)
@click.option("--input", "entry", help="Frozen graph: the tensor that becomes the input, such as image:0.")
@click.option("--output", "outputs", multiple=True, help="Frozen graph: a tensor that becomes an output.")
@click.option("--size", type=(int, int), help="Frozen graph: width and height of its pictures.")
@click.option(
    "--to",
    "forms",
    type=click.Choice(get_args(KerasForm)),
    multiple=True,
    default=("onnx", "tflite"),
    show_default=True,
    help="Keras: form to make; may be given several times.",
)
@click.option("--colour", type=click.Choice(["rgb", "bgr"]), default="rgb", show_default=True, help="Channel order.")
@click.option("--mean", type=float, default=127.5, show_default=True, help="Subtracted from each pixel, grey levels.")
@click.option("--scale", type=float, default=1 / 127.5, show_default=True, help="Multiplied afterwards.")
@cache_option
def convert_model(
    model: str,
    into: Path,
    places: tuple[Path, ...],
    entry: str | None,
    outputs: tuple[str, ...],
    size: tuple[int, int] | None,
    forms: tuple[KerasForm, ...],
    colour: Literal["rgb", "bgr"],
    mean: float,
    scale: float,
    cache: Path,
) -> None:
    """Turn a model into ONNX and TFLite, and prove that it computes the same.

    MODEL is a frozen TensorFlow graph (.pb), a Keras model (.keras), dlib's face embedder (.dat), or a name of the
    shelf.
    """
    if into.exists():
        raise ConfigError(f"{into} is there already; name another folder with --into")
    console = Console(stderr=True)
    say = partial(_say, console, model)
    plain = InputSpec(size=size or (1, 1), colour=colour, dtype="float32", mean=mean, scale=scale)
    path, spec = Path(model), None
    if path.suffix not in (".pb", ".keras", ".h5", ".hdf5", ".dat"):
        spec = resolve(model)
        if spec.original is None or spec.original.convert is None:
            raise ModelError(f"model '{model}' is used as it is published: there is nothing to convert")
        path = downloads(spec, cache) / spec.original.file
        if isinstance(spec.original.convert, FrozenGraph):
            entry, outputs, size = spec.original.convert.input, spec.original.convert.outputs, spec.input.size
            plain = spec.input
    if not path.is_file():
        raise ModelError(f"no file {path}; name one that is there, or run: python -m models pull {model}")
    if path.suffix == ".dat":
        faces = InputSpec(size=(SIDE, SIDE), colour="rgb", dtype="float32", mean=0, scale=1)
        convert_dlib(path, into, say, _batches(places, faces))
    elif path.suffix == ".pb":
        if entry is None or not outputs or size is None:
            raise ConfigError(f"{path} is a frozen graph: say --input TENSOR, --output TENSOR and --size WIDTH HEIGHT")
        _convert_graph(path, into, entry, outputs, size, _batches(places, plain), spec, say)
    else:
        size = input_of(path)
        if not places:
            raise ConfigError(f"converting {path} is proven on real frames: name some with --frames")
        frames = _batches(places, plain.model_copy(update={"size": size}))
        convert_keras(path, into, frames, forms, say)
    _show(json.loads((into / REPORT).read_text(encoding="utf-8")))


def _convert_graph(
    path: Path,
    into: Path,
    entry: str,
    outputs: tuple[str, ...],
    size: tuple[int, int],
    frames: list[np.ndarray],
    spec: ModelSpec | None,
    say: Say,
) -> None:
    require(("tensorflow", "tf2onnx"), f"converting {path.name}")
    job: dict[str, object] = {"graph": str(path.resolve()), "input": entry, "outputs": list(outputs)}
    job["shape"] = (1, size[1], size[0], 3)
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        if frames:
            np.save(Path(folder) / "frames.npy", np.stack(frames))
            job["frames"] = str(Path(folder) / "frames.npy")
            job["spec"] = spec.model_dump(mode="json") if spec else None
        notice = "converting to ONNX and TFLite (TensorFlow, about 20 s)"
        make_folder("models.frozen_graph", job, into, f"convert {path.name}", say, notice)


def _batches(places: tuple[Path, ...], feed: InputSpec) -> list[np.ndarray]:
    if not places:
        return []
    frames = read_frames(places, Feed(feed), 60)
    return [*frames.calibration, *frames.held_out]


def _show(report: dict[str, Any]) -> None:
    """A row for each file: size, and how far it is from the original."""
    table = Table("file", "MB", "differs by", "relative", "boxes lost", "same class", box=None, pad_edge=False)
    for name, row in report["files"].items():
        real = row.get("frames", {})
        relative, top1 = row.get("relative", real.get("relative")), row.get("top1", real.get("top1"))
        lost = f"{real['lost']:.2%} of {real['boxes']}" if "lost" in real else "-"
        table.add_row(
            name,
            f"{row['bytes'] / 1e6:.1f}",
            f"{row['difference']:.2g}",
            "-" if relative is None else f"{relative:.2g}",
            lost,
            "-" if top1 is None else f"{top1:.1%}",
        )
    Console(soft_wrap=True).print(table)


@click.command("quantize")
@click.argument("name", shell_complete=complete_model)
@frames_option
@click.option(
    "--to",
    "targets",
    type=click.Choice(["onnx-int8", "tflite-int8", "tflite-fp16"]),
    multiple=True,
    default=("onnx-int8",),
    show_default=True,
    help="Form to make; may be given several times.",
)
@click.option("--limit", type=click.FloatRange(0, 100), default=1.0, show_default=True, help="Most to lose, per cent.")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=MIN_SCORE,
    show_default=True,
    help="Score from which a box counts for the limit.",
)
@click.option("--most-frames", type=click.IntRange(4, 5000), default=300, show_default=True, help="Taken in all.")
@click.option(
    "--float-first", type=click.IntRange(0), default=3, show_default=True, help="Convolutions that stay in float."
)
@cache_option
def quantize_model(
    name: str,
    places: tuple[Path, ...],
    targets: tuple[Target, ...],
    limit: float,
    min_score: float,
    most_frames: int,
    float_first: int,
    cache: Path,
) -> None:
    """Make a model smaller and faster, in eight bits or half precision, and prove what is left of it.

    The earlier half of each recording calibrates, the later half judges. A form that lost more than
    --limit is not kept.
    """
    spec = resolve(name)
    frames = read_frames(places, Feed(spec.input), most_frames)
    console = Console(stderr=True)
    with console.status(name):
        report = quantize(
            spec, cache, frames, targets, limit / 100, float_first, min_score, partial(_say, console, name)
        )
    table = Table("form", "MB", "ms", "of float", "lost", "extra", "raw", box=None, pad_edge=False)
    for form in targets:
        row = report["forms"][form]
        found = row["agreement"]
        cost = row["cost"]
        table.add_row(
            form,
            f"{row['bytes'] / 1e6:.1f}",
            f"{row['ms']:.2f}",
            f"{row['ms'] / row['float_ms']:.2f}",
            "-" if cost is None else f"{cost:.2%}",
            f"{found['extra']:.2%}" if "extra" in found else "-",
            f"{found['absolute']:.3g}",
        )
    Console(soft_wrap=True).print(table)


def _say(console: Console, name: str, line: str) -> None:
    console.print(f"{name}: {line}", highlight=False, soft_wrap=True)
