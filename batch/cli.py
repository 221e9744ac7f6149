"""`python run.py batch`: many recordings, on all cores of this machine or on a Ray cluster."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from batch.driver import Driver
from batch.engine import Engine
from batch.inputs import jobs_of
from batch.job import Job
from batch.local import LocalEngine
from batch.models import model_files
from batch.place import Place, staging_of
from batch.progress import Recording
from batch.records import bring_records, work_folder
from batch.report import reports_in, summary, write_reports
from batch.table import Table
from commands.interrupt import interruptible
from commands.options import config_option
from models.cache import default_cache
from pipeline.build import cores
from pipeline.errors import ConfigError
from pipeline.locks import lock, unlock

SPAN_S = 60.0


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FOLDER|ADDRESS", help="Where the results go.")
@config_option
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting of the config.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="Who works.")
@click.option("--address", help="ray: of a cluster; auto: the one of this machine. Without it one is started here.")
@click.option("--workers", type=click.IntRange(1, 4096), help="One core each.  [default: one for each core]")
@click.option(
    "--span", "span_s", type=click.FloatRange(min=1), default=SPAN_S, show_default=True, help="Seconds of a part."
)
@click.option(
    "--staging",
    type=click.Path(file_okay=False, path_type=Path),
    help="-o ADDRESS: where work lies meanwhile, seen by all workers.  [default: a folder in the cache]",
)
@click.option("--no-video", is_flag=True, help="Data alone.")
@click.option("--resume", is_flag=True, help="Keep what is whole: same recording, config and models.")
def batch(
    inputs: tuple[str, ...],
    output: str,
    config: Path,
    assignments: tuple[str, ...],
    engine: str,
    address: str | None,
    workers: int | None,
    span_s: float,
    staging: Path | None,
    no_video: bool,
    resume: bool,
) -> None:
    """Annotate many recordings: files, folders of them, globs in quotes, addresses that fsspec reads.

    \b
    python run.py batch recordings/ -o results/
    python run.py batch recordings/ -o results/ --resume           # after Ctrl-C, a crash, or with more recordings
    python run.py batch 's3://bucket/day/*.mp4' -o s3://bucket/results
    python run.py batch recordings/ -o /nfs/results --engine ray --address auto

    A long recording is cut at key frames and worked on in parts, where the config allows it; the data is the same,
    byte for byte, however many workers there are. What fails three times is set aside; report.json and report.html
    beside the results say what became of each.

    Exit codes: 0 all are whole; 1 some were set aside; 2 a mistake in what was asked for; 130 interrupted.
    """
    if address is not None and engine != "ray":
        raise ConfigError("--address is of a Ray cluster: add --engine ray")
    place = Place(output) if "://" in output else None
    if staging is not None and place is None:
        raise ConfigError("--staging is for results at an address: -o s3://..., or leave it out")
    out = Path(output) if place is None else staging or staging_of(output, default_cache())
    to = output if place else ""
    jobs = jobs_of(inputs, out, config, assignments, default_cache(), with_video=not no_video, to=to)
    recordings = [Recording(job) for job in jobs]
    try:
        work_folder(out).mkdir(parents=True, exist_ok=True)
        held = lock(work_folder(out) / ".lock", wait=False)
    except BlockingIOError:
        raise ConfigError(f"another batch writes into {out}; wait for it, or name another folder") from None
    except OSError as error:
        raise ConfigError(f"cannot write into {out}: {error.strerror}; name another folder with -o") from error
    console, table = Console(stderr=True), Table(recordings)
    try:
        if place is not None and resume:
            bring_records(place, out)
        with interruptible() as interrupt:
            made = _engine(engine, address, workers or cores(), jobs[0])
            try:
                with Live(table, console=console, refresh_per_second=4, transient=True) as live:
                    if not console.is_terminal:
                        live.stop()
                    driver = Driver(recordings, made, table.told(console), span_s=span_s, resume=resume)
                    driver.run(lambda: interrupt.signal is not None)
            finally:
                made.close()
        code = interrupt.exit_code if interrupt.signal is not None else int(any(it.error for it in recordings))
        write_reports(out, recordings, made, table.seconds, code)
        if place is not None:
            for path in reports_in(out):
                place.put(path, path.name)
    finally:
        unlock(held)
    click.echo(summary(recordings, table.seconds))
    if interrupt.signal is not None:
        click.echo("ended; go on with the same command and --resume", err=True)
    sys.exit(code)


def _engine(name: str, address: str | None, workers: int, job: Job) -> Engine:
    if name == "local":
        return LocalEngine(workers)
    from batch.on_ray import RayEngine

    return RayEngine(address, workers, model_files(job.settings, default_cache()))
