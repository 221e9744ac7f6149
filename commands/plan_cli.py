"""`run.py plan`: what a config would do with an input, before a frame is read."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from commands.console import open_console
from commands.plan import Planned, plan
from commands.settings import load_settings
from pipeline.build import cores


@click.command("plan")
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("source", metavar="INPUT")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option("-o", "--output", help="Video that would be written, or a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def plan_command(config: Path, source: str, assignments: tuple[str, ...], output: str | None, as_json: bool) -> None:
    """Say what CONFIG would do with INPUT: stages, memory, expected rate, files and addresses. Reads no frame.

    \b
    python run.py plan configs/people.yaml street.mp4

    The expected rate is put together from what `bench` measured on this machine.
    """
    planned = plan(load_settings(config, assignments), source, output)
    if as_json:
        figures = {"memory_mb": planned.memory_mb, "frame_ms": planned.frame_ms, "bound_fps": planned.bound_fps}
        click.echo(json.dumps(asdict(planned) | figures))
    else:
        show(planned, open_console())


def show(planned: Planned, console: Console) -> None:
    """Print it for people."""
    picture = "a size that the first frame tells" if planned.size is None else "{} x {}".format(*planned.size)
    length = "" if planned.duration_s is None else f", {planned.duration_s:.1f} s"
    rate = f", {planned.fps:.3g} frames a second" if planned.fps else ""
    console.print(f"{planned.source}: {picture}{rate}{length}\n", style="bold", highlight=False)
    table = Table("stage", "gives", "threads", "every", "ms a call", box=None)
    for stage in planned.stages:
        cost = "not measured" if stage.cpu_ms is None else f"{stage.cpu_ms:.2f}"
        table.add_row(stage.name, stage.gives, str(stage.workers), stage.every, cost)
    console.print(table)
    memory = "" if planned.memory_mb is None else f", at most {planned.memory_mb:.0f} MB of pictures"
    console.print(
        f"\n{planned.channels} channels of {planned.capacity}: {planned.packets} packets under way{memory}",
        highlight=False,
    )
    if planned.bound_fps is None or planned.frame_ms is None:
        console.print("expected rate: not known; run `run.py bench` with this config and input once", highlight=False)
    else:
        fps = 0.9 * planned.bound_fps
        took = "" if not planned.duration_s or not planned.fps else f"; {planned.duration_s * planned.fps / fps:.0f} s"
        console.print(
            f"expected: {planned.frame_ms:.1f} ms of CPU a frame, about {fps:.0f} frames a second on {cores()} cores"
            f" (they allow {planned.bound_fps:.0f}){took}",
            highlight=False,
        )
    for title, names in (("reads", planned.reads), ("writes", planned.writes)):
        for name in names:
            console.print(f"{title:6} {name}", highlight=False, soft_wrap=True)
