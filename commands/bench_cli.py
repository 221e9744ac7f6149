"""`run.py bench`: how fast a config is on this machine, what it could be, and what to change."""

import json
from contextlib import ExitStack, closing
from pathlib import Path

import click
import yaml
from rich.console import Console
from rich.table import Table

from commands.bench import Figures, bench
from commands.bench_advice import advise, moves, rates
from commands.bench_advice import tune as try_moves
from commands.bench_cache import remember
from commands.bench_parts import Job
from commands.bench_picture import bar_file, check_format
from commands.console import open_console
from commands.settings import load_settings
from pipeline.config import Settings
from pipeline.config_file import read_document, with_overrides
from pipeline.errors import ConfigError
from pipeline.sinks.staged import StagedText

DISTURBED = 0.1
"""Of the cores' time in other processes, from which on the figures say little."""
PEOPLE = Path(__file__).resolve().parents[1] / "configs" / "people.yaml"


@click.command("bench")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("-c", "--config", type=click.Path(path_type=Path), default=PEOPLE, help="[default: configs/people.yaml]")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option("--frames", type=click.IntRange(min=20), default=400, show_default=True, help="Frames of each run.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs that medians are of.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures as JSON.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw where a frame's time goes (.png).")
@click.option("--tune", is_flag=True, help="Try what might help, and write the config with what did.")
@click.option(
    "--quality", is_flag=True, help="Measure what doing less costs and brings; several INPUTs count together."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The tuned config, or the folder for --quality. [default: NAME.tuned.yaml, NAME.quality]",
)
def bench_command(
    inputs: tuple[str, ...],
    config: Path,
    assignments: tuple[str, ...],
    frames: int,
    rounds: int,
    json_file: Path | None,
    picture: Path | None,
    tune: bool,
    quality: bool,
    output: Path | None,
) -> None:
    """Measure each part of a config alone, then the pipeline, and say what to change.

    \b
    python run.py bench
    python run.py bench -c configs/people.yaml street.mp4 --json figures.json --picture frame.png
    python run.py bench street.mp4 --set stages.ssd.workers=1 --tune -o faster.yaml
    python run.py bench --quality street.mp4 square.mp4 -o less/

    The bound is the cores by the sum of the parts: no arrangement of threads gives more. What is measured is kept, and
    `plan` takes it from there. Without INPUT a clip of 1280 x 720 is fetched. Nothing else should run meanwhile.
    """
    settings = load_settings(config, assignments)
    if quality:
        from commands.bench_quality import bench_quality

        clips = inputs or (_clip(inputs),)
        bench_quality(clips, settings, output or Path(f"{config.stem}.quality"), json_file, rounds)
        return
    console = open_console()
    if picture is not None:
        check_format(picture)
    with ExitStack() as opened:  # what cannot be written is told before anything is measured
        data, drawn, tuned = (
            None if path is None else opened.enter_context(closing(StagedText(path)))
            for path in (json_file, picture, (output or Path(f"{config.stem}.tuned.yaml")) if tune else None)
        )
        job = Job(_clip(inputs), settings, frames)
        figures = bench(job, rounds, lambda line: console.print(line, style="dim", highlight=False))
        remember(figures, settings)
        show(figures, settings, console)
        if data is not None:
            data.finish(json.dumps(figures.as_data(), indent=2).encode() + b"\n")
        if drawn is not None:
            drawn.finish(bar_file(figures, drawn.path))
            console.print(f"picture: {drawn.path}", highlight=False)
        if tuned is not None:
            _tune(job, figures, config, assignments, tuned, console)


def show(figures: Figures, settings: Settings, console: Console) -> None:
    """Print the parts, the bound, the share of it, where the rest goes, and what to change."""
    table = Table("part", "ms alone", "ms in the flow", "share", "threads", "new kB a frame", box=None)
    flow = figures.middle
    for part in figures.parts:
        inside = sum(
            ms for name, ms in flow.threads_ms.items() if name == part.name or name.startswith(f"{part.name}-")
        )
        table.add_row(
            part.name,
            f"{part.cpu_ms:.2f}",
            f"{inside:.2f}",
            f"{part.cpu_ms / figures.sum_ms:.0%}",
            str(figures.workers.get(part.name, 1)),
            f"{part.new_bytes / 1024:.0f}",
        )
    console.print(table)
    console.print(
        f"\n{figures.fps:.1f} frames a second: {figures.share:.0%} of the {figures.bound_fps:.1f} that {figures.cores}"
        f" cores allow ({figures.sum_ms:.2f} ms of CPU a frame alone, {figures.cpu_ms:.2f} in the flow)",
        style="bold",
        highlight=False,
    )
    console.print(
        f"latency {flow.latency.p50:.0f} ms (p99 {flow.latency.p99:.0f}); first result after"
        f" {figures.flows[0].first_s:.1f} s; memory {figures.flows[0].peak_mb:.0f} MB; a thread that"
        f" wants to run waits {flow.late_ms[0]:.2f} ms (p99 {flow.late_ms[1]:.1f})\n",
        highlight=False,
    )
    rest = Table("where the cores' time goes", "ms a frame", box=None)
    for name, ms in figures.lost().items():
        rest.add_row(name, f"{ms:.2f}")
    console.print(rest)
    waits = Table("channel", "producer waited s", "consumer waited s", box=None)
    for name, (put_s, get_s) in flow.waits_s.items():
        waits.add_row(name, f"{put_s:.2f}", f"{get_s:.2f}")
    console.print()
    console.print(waits)
    console.print()
    if flow.others_ms > DISTURBED * figures.cores * 1e3 / flow.fps:
        console.print("other processes kept the cores busy: measure again when nothing else runs", style="yellow")
    for advice in advise(figures, settings):
        console.print(f"-> {advice.text}", highlight=False)


def _clip(inputs: tuple[str, ...]) -> str:
    if len(inputs) > 1:
        raise ConfigError(f"bench measures one input, received {len(inputs)}; name one")
    if inputs:
        return inputs[0]
    from commands.demo import clip_720p

    return str(clip_720p())


def _tune(
    job: Job, figures: Figures, config: Path, assignments: tuple[str, ...], target: StagedText, console: Console
) -> None:
    def load(more: tuple[str, ...]) -> Settings:
        return load_settings(config, (*assignments, *more))

    def told(line: str) -> None:
        console.print(f"   {line}", style="dim", highlight=False)

    with rates(job) as rate:
        kept, gain = try_moves(job, moves(figures, job.settings), load, rate, told)
    document = with_overrides(read_document(config), (*assignments, *kept))
    head = f"# {config.name}, tuned by `run.py bench --tune` on {figures.cores} cores with {Path(job.source).name}:\n"
    head += f"# {', '.join(kept) or 'nothing that was tried brought more'}; {gain:.2f} times the rate.\n"
    target.finish((head + yaml.safe_dump(document.data, sort_keys=False, allow_unicode=True)).encode())
    console.print(f"{target.path}: {gain:.2f} times the rate ({', '.join(kept) or 'as it was'})", highlight=False)
