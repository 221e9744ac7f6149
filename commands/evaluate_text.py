"""`python -m models evaluate --task ocr`: how much of the text in pictures is found and read, and what is not."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import reduce
from operator import add
from pathlib import Path
from typing import Protocol

import click
import numpy as np
import orjson
from rich.table import Table

from commands.console import open_console
from commands.evaluate import Asked
from commands.progress import frame_progress
from commands.text_path import ONE_LINE, TextPath, settings_for_stills
from commands.text_scores import Found, Score, score
from commands.text_truth import Truth, find_truths
from pipeline.errors import ConfigError, SourceError
from pipeline.results.texts import Texts
from pipeline.sinks.staged import StagedText
from pipeline.sources import open_source

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "text.yaml"


class Reads(Protocol):
    """What is evaluated: pictures in, texts and seconds out."""

    def read(self, image: np.ndarray) -> tuple[Texts, float]:
        """What a picture says."""
        ...


def evaluate(asked: Asked) -> None:
    """Read the pictures of a folder with a config's stages, and print how right that is.

    Raises:
        ConfigError: no folder was named, or it has no truth; or the config does not read.
    """
    if asked.data is None:
        raise ConfigError("--task ocr needs --data FOLDER: pictures with their truth, laid out as docs/text.md says")
    changes = () if asked.model is None else (f"model={asked.model}",)
    config = asked.config or CONFIG
    truths = find_truths(asked.data)[: asked.limit]
    with ExitStack() as opened:
        report = None
        if asked.json_file is not None:
            report = StagedText(asked.json_file)
            opened.callback(report.close)
        page = opened.enter_context(TextPath(settings_for_stills(config, asked.assignments, *changes), config))
        line: TextPath | None = None
        if any(truth.layout == "words" for truth in truths):
            settings = settings_for_stills(config, asked.assignments, *ONE_LINE)
            line = opened.enter_context(TextPath(settings, config))
        scores, failed = measure(truths, asked.data, page, line or page)
        _print(scores)
        for name, why in failed.items():
            click.echo(f"sluice: {name}: {why}", err=True)
        if report is not None:
            report.write(orjson.dumps(as_json(scores, failed), option=orjson.OPT_INDENT_2) + b"\n")
            report.finish()
    if not scores:
        raise ConfigError(f"--data {asked.data}: no picture could be read")


def measure(truths: Sequence[Truth], folder: Path, page: Reads, line: Reads) -> tuple[list[Score], dict[str, str]]:
    """The score of each picture, and why others could not be opened.

    Args:
        truths: the pictures.
        folder: their names are told from here.
        page: reads whole pictures.
        line: reads pictures that are one line.
    """
    scores: list[Score] = []
    failed: dict[str, str] = {}
    with frame_progress("reading", len(truths)) as show:
        for done, truth in enumerate(truths):
            show(done)
            name = _name(truth.image, folder)
            try:
                image = picture(truth.image)
            except SourceError as error:
                failed[name] = str(error)
                continue
            texts, seconds = (line if truth.layout == "words" else page).read(image)
            scores.append(score(truth, Found(texts.quad, texts.text), name, seconds))
    return scores, failed


def picture(path: Path) -> np.ndarray:
    """A still picture, `(H, W, 3) uint8` BGR, as every command reads it.

    Raises:
        SourceError: it is none, or damaged.
    """
    source = open_source(path)
    try:
        return next(iter(source)).image
    finally:
        source.close()


def totals(scores: Sequence[Score]) -> Iterator[Score]:
    """The sums of each layout, and of all of them where there are several."""
    layouts = sorted({one.layout for one in scores})
    for layout in layouts:
        yield reduce(add, (one for one in scores if one.layout == layout), Score(f"all {layout}", layout, pictures=0))
    if len(layouts) > 1:
        yield reduce(add, scores, Score("all", "", pictures=0))


def as_json(scores: Sequence[Score], failed: dict[str, str]) -> dict[str, object]:
    """The same as the table, with the counts that the rates were taken of, and what was read."""
    return {
        "pictures": [_row(one) | {"read": one.read} for one in scores],
        "totals": [_row(one) for one in totals(scores)],
        "failed": failed,
    }


def _row(of: Score) -> dict[str, object]:
    counts = ("name", "layout", "pictures", "lines", "found", "right", "letters", "letter_edits", "words", "word_edits")
    rates = {key: None if rate is None else round(rate, 4) for key, rate in of.figures().items()}
    return {name: getattr(of, name) for name in counts} | rates | {"seconds": round(of.seconds, 3)}


def _print(scores: Sequence[Score]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in ("picture", "lines", "found", "precision", "recall", "H-mean", "CER", "CER plain", "WER", "ms"):
        table.add_column(head, justify="left" if head == "picture" else "right", no_wrap=head != "picture")
    for one in (*scores, *totals(scores)):
        rates = [("-" if rate is None else f"{rate * 100:.1f}") for rate in one.figures().values()]
        has_places = one.layout in ("boxes", "places", "")
        counts = [str(one.lines), str(one.found)] if has_places else ["-", "-"]
        table.add_row(one.name, *counts, *rates, f"{one.seconds / one.pictures * 1000:.0f}")
    open_console(140).print(table)


def _name(image: Path, folder: Path) -> str:
    root = folder.resolve()
    return str(image.relative_to(root)) if image.is_relative_to(root) else image.name
