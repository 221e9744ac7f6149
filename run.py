"""The command line: reads arguments, calls one function, prints errors; decides nothing."""

import json
import logging
import os
import signal
import sys
from pathlib import Path

signal.signal(signal.SIGINT, signal.SIG_DFL)  # while libraries load, Ctrl-C ends the program and tells no story
os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # the thread budget is Sluice's; has to stand before libraries load

import click

from commands.lazy import LazyGroup
from commands.settings import load_settings
from commands.targets import Wanted
from pipeline.errors import ConfigError, PipelineError
from stages import CATALOGUE

signal.signal(signal.SIGINT, signal.default_int_handler)

HOME = Path(__file__).resolve().parent
PEOPLE, LIVE = HOME / "configs" / "people.yaml", HOME / "configs" / "live.yaml"

set_option = click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting: stages.ssd.min_score=0.4"
)


LAZY: dict[str, str] = {
    "events": "commands.events_cli:events",
    "faces": "commands.faces_cli:faces",
    "batch": "batch.cli:batch",
    "bench": "commands.bench_cli:bench_command",
    "image": "commands.image_cli:image_command",
    "new-stage": "commands.new_stage:new_stage",
    "plan": "commands.plan_cli:plan_command",
    "read": "commands.read_cli:read_command",
}
"""Commands in modules of their own, `module:command` by name, imported when they are used."""


@click.group(
    cls=LazyGroup, lazy=LAZY, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option("0.1.0", prog_name="sluice")
@click.option("-v", "--verbose", count=True, help="Say more: once for the run's progress, twice for every detail.")
def main(verbose: int) -> None:
    """Sluice: video in, what was found out, drawn on the picture and as data.

    Begin with `demo`, or with `annotate clip.mp4`.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="sluice: %(message)s")


@main.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("-o", "--output", help="Video to write (.mp4, .mkv), or a folder. [default: NAME.annotated.mp4 here]")
@click.option("-c", "--config", type=click.Path(path_type=Path), default=PEOPLE, help="[default: configs/people.yaml]")
@set_option
@click.option(
    "--jsonl", type=click.Path(path_type=Path), help="JSON Lines, a record a frame. [default: beside the video]"
)
@click.option("--no-jsonl", is_flag=True, help="Write no JSON Lines.")
@click.option("--no-video", is_flag=True, help="Write data alone: nothing is drawn or encoded.")
@click.option(
    "--export",
    "exports",
    multiple=True,
    metavar="KIND=FILE",
    help="Also as csv, mot (MOTChallenge), coco, parquet, sqlite or events (CSV).",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write what became of every frame, as JSON.")
@click.option("--limit", type=click.IntRange(min=1), help="Read so many frames of each input.")
def annotate(
    inputs: tuple[str, ...],
    output: str | None,
    config: Path,
    assignments: tuple[str, ...],
    jsonl: Path | None,
    no_jsonl: bool,
    no_video: bool,
    exports: tuple[str, ...],
    report: Path | None,
    limit: int | None,
) -> None:
    """Annotate recordings: videos, folders of images, or globs in quotes.

    \b
    python run.py annotate walk.mp4
    python run.py annotate walk.mp4 -o out.mkv --export mot=walk.txt --report run.json
    python run.py annotate *.mp4 -o results/ --set stages.ssd.min_score=0.4

    Exit codes: 0 the files are whole; 1 something was lost or could not be written; 2 a mistake in what was asked for;
    3 whole, but the input was damaged; 130 interrupted (what was read is whole).
    """
    from commands.annotate import annotate as run_annotate
    from pipeline.sinks.exports import parse_export

    settings = load_settings(config, assignments)
    wanted = Wanted(output, jsonl, no_jsonl, no_video, tuple(parse_export(export) for export in exports))
    sys.exit(run_annotate(inputs, settings, wanted, limit=limit, report=report))


@main.command()
@click.argument("sources", nargs=-1)
@click.option(
    "--sources", "listed", type=click.Path(path_type=Path), help="File with a source a line: hides passwords."
)
@click.option("-c", "--config", type=click.Path(path_type=Path), default=LIVE, help="[default: configs/live.yaml]")
@set_option
@click.option("--web", is_flag=False, flag_value="", metavar="[HOST:PORT]", help="Watch in a browser. [127.0.0.1:8080]")
@click.option("--token-file", type=click.Path(path_type=Path), help="Token for programs that ask the page, a line.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Password for people at the page, a line.")
@click.option("--web-name", "web_names", multiple=True, help="Name that the page is reached by, behind a proxy.")
@click.option("--window", is_flag=True, help="Watch in a window: q ends, space pauses, s snapshot, h shows the keys.")
@click.option("--record", type=click.Path(file_okay=False, path_type=Path), help="Record to this folder, in segments.")
@click.option("--events-only", is_flag=True, help="Record only around new tracks and alarms.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End after so long.")
@click.option("--realtime", is_flag=True, help="Play recordings at their own pace, as if they were cameras.")
@click.option("--loop", is_flag=True, help="Play them over and over.")
@click.option("--stats", type=click.Path(path_type=Path), help="Write what became of every frame, as JSON.")
@click.option("--stats-every", type=click.FloatRange(min=0.1), default=5.0, show_default=True, help="Seconds.")
def live(
    sources: tuple[str, ...],
    listed: Path | None,
    config: Path,
    assignments: tuple[str, ...],
    web: str | None,
    token_file: Path | None,
    password_file: Path | None,
    web_names: tuple[str, ...],
    window: bool,
    record: Path | None,
    events_only: bool,
    seconds: float | None,
    realtime: bool,
    loop: bool,
    stats: Path | None,
    stats_every: float,
) -> None:
    """Watch cameras and streams as they are now: what is too much is dropped and counted, never queued.

    \b
    python run.py live 0 --window
    python run.py live rtsp://USER:PASSWORD@gate/1 rtsp://yard/1 --web
    python run.py live street.mp4 --realtime --loop --web 9000 --stats stats.json
    python run.py live --sources cameras.txt --web

    A camera is named by number, path, or part of its name. A source that goes is opened again, for ever; the others
    do not notice. Ctrl-C ends it. Exit codes: 0 as asked for; 1 a run broke; 2 nothing could run.
    """
    from commands.live import LiveWanted
    from commands.live import live as run_live
    from commands.notify import Notifier
    from commands.source_list import read_sources
    from pipeline.sources.live import hung_readers
    from web.config import WebConfig, parse_address, read_secret

    if listed is not None:
        sources = (*sources, *read_sources(listed))
    if not sources:
        raise ConfigError("no source: name a camera, a stream or a file, or a list of them with --sources FILE")

    settings = load_settings(config, assignments)
    # OpenCV's FFmpeg reads this when it opens a stream: no queue of its own. It would spoil recordings.
    options = f"rtsp_transport;{settings.live.transport}|fflags;nobuffer|flags;low_delay"
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", options)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # what matters is told by the source
    page = None
    if web is not None:
        host, port = parse_address(web)
        secrets = [read_secret(file) if file else "" for file in (token_file, password_file)]
        page = WebConfig(host=host, port=port, token=secrets[0], password=secrets[1], names=web_names)
    if window and sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise ConfigError("no display for --window (DISPLAY is not set); use --web")
    changes = {name: True for name, on in (("realtime", realtime), ("loop", loop)) if on}
    watchdog_us = os.environ.get("WATCHDOG_USEC", "")
    notifier = Notifier(os.environ.get("NOTIFY_SOCKET"), int(watchdog_us) / 1e6 if watchdog_us.isdigit() else None)
    wanted = LiveWanted(seconds, stats, stats_every, page, window, record, events_only, notifier)
    code = run_live(sources, settings, settings.live.model_copy(update=changes), wanted)
    if hung_readers(1.0):  # inside FFmpeg or a driver: the interpreter cannot end them, and would abort
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


@main.command()
@click.argument("config", type=click.Path(path_type=Path))
@set_option
def check(config: Path, assignments: tuple[str, ...]) -> None:
    """Build a config without running it: settings, wiring and models."""
    from commands.describe import check as run_check

    run_check(load_settings(config, assignments))


@main.command()
def schema() -> None:
    """Print the JSON Schema of a config file, for editors."""
    from pipeline.schema import config_schema

    click.echo(json.dumps(config_schema(CATALOGUE), indent=2))


@main.command()
def stages() -> None:
    """List every stage and everything that can be set."""
    from commands.describe import list_stages

    list_stages(CATALOGUE)


@main.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("out/demo"), help="[default: out/demo]")
def demo(output: Path) -> None:
    """Fetch real clips and the models, annotate, and say where the result is."""
    from commands.demo import run_demo

    sys.exit(run_demo(output, load_settings(PEOPLE)))


@main.command()
def doctor() -> None:
    """Say what is here and what is missing: versions, runtimes, codecs, cameras, models."""
    from commands.doctor import examine

    sys.exit(examine())


def _run() -> None:
    try:
        main(prog_name="run.py", standalone_mode=False)
    except PipelineError as error:
        for line in str(error).splitlines():
            click.echo(f"sluice: {line}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("sluice: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    _run()
