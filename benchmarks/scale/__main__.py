"""Many cameras: what one costs here, and what ten thousand would take.

    python -m benchmarks.scale [--cameras 10,100,1000,10000] [--node 32] [--set spare=2] [--json FILE] [-o PNG]
    python -m benchmarks.scale --measure costs.json       measures this machine first, and goes on with that

Costs are measured, everything else is assumed: `--assumptions` shows it, `--set name=value` says otherwise.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.scale.assume import Assumptions, assumptions
from benchmarks.scale.costs import TODAYS, read_costs, write_costs
from benchmarks.scale.picture import draw
from benchmarks.scale.study import SPARES, study
from pipeline.errors import ConfigError, PipelineError

MOST = 100_000


def _counts(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    """Numbers of cameras, `10,100`, in order."""
    try:
        counts = tuple(sorted({int(part) for part in value.split(",")}))
    except ValueError:
        counts = ()
    if not counts or counts[0] < 1 or counts[-1] > MOST:
        raise click.BadParameter(f"'{value}' are no numbers of cameras; write 10,100,1000 (each 1 to {MOST:,})")
    return counts


@click.command()
@click.option("--cameras", callback=_counts, metavar="N,N,...", default="10,100,1000,10000", show_default=True)
@click.option("--node", type=click.IntRange(1, 1024), default=32, show_default=True, help="Cores of a node.")
@click.option("--costs", "costs_file", type=click.Path(path_type=Path), default=TODAYS, help="Of an earlier --measure.")
@click.option("--measure", "measured", type=click.Path(path_type=Path), help="Measure here first, and write the costs.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Assume something else.")
@click.option("--assumptions", "list_them", is_flag=True, help="Show what is assumed, and end.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write everything there too.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Draw it: .png, .svg or .pdf.")
def main(
    cameras: tuple[int, ...],
    node: int,
    costs_file: Path,
    measured: Path | None,
    changes: tuple[str, ...],
    list_them: bool,
    seed: int,
    json_file: Path | None,
    output: Path | None,
) -> None:
    """Measure where asked, simulate, print tables."""
    console = Console(width=110)
    try:
        assume = assumptions(node, changes)
        if list_them:
            _show_assumptions(assume, console)
            return
        told = Console(stderr=True)
        if measured is not None:
            from benchmarks.scale.measure import measure

            costs = measure(lambda line: told.print(f"measuring {line}", highlight=False))
            write_costs(costs, measured)
        else:
            costs = read_costs(costs_file)
        with told.status("simulating") as status:
            result = study(cameras, costs, assume, seed, lambda line: status.update(f"simulating: {line}"))
        _show(result, console)
        if output is not None:
            draw(result, output)
        if json_file is not None:
            _write(result, json_file)
    except PipelineError as error:
        click.echo(f"scale: {error}", err=True)
        sys.exit(error.exit_code)


def _show(result: dict[str, Any], console: Console) -> None:
    node, camera = result["node"], result["camera"]
    carried = ", ".join(f"{what} {many:,}" for what, many in node["carries"].items())
    console.print(f"costs of {result['costs']['date']}: {result['costs']['processor']}", highlight=False)
    console.print(
        f"a camera takes {camera['cores']:.3f} cores, {camera['memory_mb']:.0f} MB, {camera['in_mbit']:.1f} Mbit/s;"
        f" a node carries {node['room']} ({carried})\n",
        highlight=False,
    )
    rows = result["rows"]
    table = Table("cameras", *(f"{row['cameras']:,}" for row in rows), box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("nodes that work", *(f"{row['nodes']:,}" for row in rows))
    table.add_row("they run out of", *(row["tighter"] for row in rows))
    table.add_row("streams in, Gbit/s", *(f"{row['in_gbit']:.2f}" for row in rows))
    table.add_row("events and recordings out, Gbit/s", *(f"{row['out_gbit']:.3f}" for row in rows))
    table.add_row("stored, TB a day", *(f"{row['tb_a_day']:.2f}" for row in rows))
    table.add_row("written in the busiest second, MB", *(f"{row['peak_mb_s']:,.0f}" for row in rows))
    table.add_row("broker, messages a second", *(f"{row['messages_per_s']:,.1f}" for row in rows))
    table.add_row("... in the busiest", *(f"{row['peak_messages']:,}" for row in rows))
    table.add_row("... an event waits at most, s", *(f"{row['event_late_s']:.1f}" for row in rows))
    table.add_row("camera-hours lost a month", *(f"{row['lost_hours_a_month']:,.2f}" for row in rows))
    table.add_row("price of a camera and month", *(f"{row['price']:.2f}" for row in rows))
    console.print(table)
    told = [f"{what} from {at:,}" if at else f"{what} never" for what, at in result["broken_at"].items()]
    console.print(f"\nbreaks, one of each: {'; '.join(told)} cameras", highlight=False)
    lost = Table("opened at once", *(f"{spare} spare" for spare in SPARES), box=None)
    for column in lost.columns[1:]:
        column.justify = "right"
    for at_once in sorted({row["at_once"] for row in result["lost"]}):
        lost.add_row(str(at_once), *(f"{row['hours']:,.1f}" for row in result["lost"] if row["at_once"] == at_once))
    console.print(f"\ncamera-hours lost a month, {result['day']['cameras']:,} cameras", highlight=False)
    console.print(lost)


def _show_assumptions(assume: Assumptions, console: Console) -> None:
    table = Table("assumed", "is", box=None)
    for name, value in assume.model_dump().items():
        table.add_row(name, str(value))
    console.print(table)


def _write(result: dict[str, Any], path: Path) -> None:
    try:
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}; choose another place") from error


if __name__ == "__main__":
    main()
