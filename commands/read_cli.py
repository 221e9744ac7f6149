"""`python run.py read`: the text in a picture or a recording, as text, as JSON, or as subtitles."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import click
import orjson

from commands.evaluate_text import CONFIG, picture
from commands.interrupt import Interrupt, interruptible
from commands.progress import frame_progress
from commands.settings import load_settings
from commands.text_path import TextPath, settings_for_stills, text_stages, until
from pipeline.build import build
from pipeline.config import Settings
from pipeline.errors import ConfigError
from pipeline.results.text_spans import Span
from pipeline.results.texts import Texts
from pipeline.runner import Runner
from pipeline.sinks.subtitles import SubtitleFile, TextSpansSink
from pipeline.sources import open_source
from pipeline.sources.images import is_image
from pipeline.stage import Source
from stages.overlay import clock
from vision.quads import page_order

LOOKS_A_SECOND = 5


@click.command("read")
@click.argument("target", metavar="IMAGE|VIDEO")
@click.option("-c", "--config", type=click.Path(path_type=Path), default=CONFIG, help="[default: configs/text.yaml]")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting of the config.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line: text, score, quad, from_s, to_s.")
@click.option("--srt", type=click.Path(path_type=Path), help="Write what was on the screen when, as subtitles.")
@click.option("--every", type=click.IntRange(min=1), help="Look at each nth frame. [default: five a second]")
@click.option("--limit", type=click.IntRange(min=1), help="Read so many frames.")
def read_command(
    target: str,
    config: Path,
    assignments: tuple[str, ...],
    as_json: bool,
    srt: Path | None,
    every: int | None,
    limit: int | None,
) -> None:
    """Read the text in a picture or a recording.

    \b
    python run.py read sign.jpg
    python run.py read receipt.jpg --json
    python run.py read lecture.mp4 --srt lecture.srt

    Of a picture, its lines; of a recording, each text with when it was there, as soon as it is over. Exit codes: 0 it
    was read to its end; 1 frames were lost; 2 a mistake in what was asked for; 3 the input was damaged.
    """
    if is_image(Path(target)) and Path(target).is_file():
        if srt is not None:
            raise ConfigError(f"--srt {srt}: {target} is a picture, where nothing comes and goes; leave --srt out")
        sys.exit(_read_picture(Path(target), config, assignments, as_json))
    with ExitStack() as opened, interruptible() as interrupt:
        source = open_source(target, load_settings(config, assignments).source, limit)
        opened.callback(source.close)
        settings = _often_enough(config, assignments, every, source.info.fps)
        stages = text_stages(settings, config)
        file = None
        if srt is not None:
            file = SubtitleFile(srt, source.info)
            opened.callback(file.close)
        sys.exit(_read_recording(source, settings, stages, as_json, file, interrupt))


def _often_enough(config: Path, assignments: tuple[str, ...], every: int | None, fps: float) -> Settings:
    """The settings with how often a stage that reads is asked, where neither config nor user says it: nothing that a
    person could read is there for less than a fifth of a second."""
    settings = load_settings(config, assignments)
    often = every or max(1, round(fps / LOOKS_A_SECOND))
    asked = [
        f"stages.{stage.name}.every={often}"
        for stage in settings.stages
        if issubclass(stage.kind.gives, Texts) and (every or "every" not in stage.config.model_fields_set)
    ]
    return load_settings(config, (*assignments, *asked)) if asked else settings


def _read_picture(path: Path, config: Path, assignments: tuple[str, ...], as_json: bool) -> int:
    image = picture(path)
    with TextPath(settings_for_stills(config, assignments), config) as reading:
        texts, _ = reading.read(image)
        _tell_given_up(reading.given_up)
    rows = page_order(texts.quad)
    if as_json:
        told = texts.rows()
        for index in (index for row in rows for index in row):
            _print({key: told[index][key] for key in ("text", "score", "quad")})
    else:
        for row in rows:
            click.echo("  ".join(texts.text[index] for index in row))
    return 0


def _read_recording(
    source: Source,
    settings: Settings,
    stages: list[str],
    as_json: bool,
    file: SubtitleFile | None,
    interrupt: Interrupt,
) -> int:
    spans: list[Span] = []

    def tell(span: Span) -> None:
        spans.append(span)
        try:
            show_span(span)
        except BrokenPipeError:  # whoever read along, as `head` does, has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if file is None:
                run.stop()

    def show_span(span: Span) -> None:
        if as_json:
            quad = [[round(value, 1) for value in point] for point in span.quad.tolist()]
            times = {"from_s": round(span.from_s, 3), "to_s": round(span.to_s, 3)}
            _print({"text": span.text, "score": round(span.score, 3), **times, "quad": quad})
        else:
            click.echo(f"{clock(span.from_s)}  {clock(span.to_s)}  {span.text}")

    plans = until(build(settings), stages)
    run = Runner(source, plans, [TextSpansSink(stages, tell)], settings.flow.capacity)
    with run, frame_progress(source.info.name, source.info.frames_hint) as show:
        interrupt.on_ask(run.stop)
        while not run.wait(0.1):
            show(run.balance().written)
    _tell_given_up(sum(getattr(stage, "given_up", 0) for plan in plans for stage in plan.workers))
    if file is not None:
        file.finish(spans)
    for message in source.damage.messages:
        click.echo(f"sluice: {source.info.name}: {message}", err=True)
    if interrupt.signal is not None:
        return interrupt.exit_code
    balance = run.balance()
    return 1 if balance.failed or balance.dropped else 3 if source.damage.any else 0


def _print(row: dict[str, object]) -> None:
    click.echo(orjson.dumps(row).decode())


def _tell_given_up(crops: int) -> None:
    if crops:
        click.echo(
            f"sluice: the reader was given up on {crops} lines that took too long or broke it; the others are whole",
            err=True,
        )
