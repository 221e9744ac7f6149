"""How late a camera's pictures come out when there is much work: Sluice, a plain loop, and Roboflow's pipeline.

    python -m benchmarks.peers.live [--seconds 30] [--work-ms 56] [--json FILE]

The camera sends 30 numbered pictures a second (1280 x 720, MJPEG over HTTP on the loopback); a look at one takes 56 ms
of real work. Ages are read off the pictures as they come out. Sluice in line with one worker and with two, and with a
detector that nobody waits for.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.live import ROOT, camera, plain, sluice, summary
from benchmarks.peers.__main__ import last_object
from benchmarks.peers.environments import NotInstalledError, python_of
from benchmarks.peers.network import hand_over
from commands.demo import clip as demo_clip
from models.cache import default_cache

P50_MS, P99_MS = 65, 110
"""What is aimed at, for Sluice with two workers."""


def inference(address: str, began_s: float, seconds: float, work_ms: float) -> dict[str, object]:
    """The pipeline of the package `inference`, in its own environment.

    Raises:
        NotInstalledError: it cannot be had on this Python, or fails.
    """
    python = python_of("inference", default_cache() / "peers", lambda line: click.echo(line, err=True))
    with tempfile.TemporaryDirectory() as name:
        network = hand_over(Path(name))
        script = [str(python), "-W", "ignore", "-m", "benchmarks.peers.live_inference"]
        command = [*script, address, str(began_s), str(seconds), str(work_ms), str(network)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds + 120)
    if done.returncode:
        raise NotInstalledError((done.stderr.splitlines() or ["it failed without a word"])[-1])
    told = last_object(done.stdout)
    return summary("inference: InferencePipeline", [(at, age) for at, age in told["ages"]], seconds, told["work_ms"])


@click.command()
@click.option("--seconds", type=click.FloatRange(min=3), default=30.0, show_default=True, help="Of each way.")
@click.option("--work-ms", type=click.FloatRange(min=1), default=56.0, show_default=True, help="Of each look.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures there too.")
def main(seconds: float, work_ms: float, json_file: Path | None) -> None:
    """Measure, print the table, and say how the aim stands."""
    console = Console(width=140)
    with camera(demo_clip("bikes.mp4")) as (address, began_s):
        rows = [plain(address, began_s, seconds, work_ms)]
        try:
            rows.append(inference(address, began_s, seconds, work_ms))
        except NotInstalledError as error:
            console.print(f"inference is left out: {error}", markup=False)
        for every, workers in ((1, 1), (1, 2), ("auto", 1)):
            rows.append(sluice(address, began_s, seconds, every, workers, work_ms))
    table = Table("", "shown fps", "work ms", "age p50", "p99", "first seconds", "last seconds", box=None)
    for row in rows:
        keys = ("way", "shown_fps", "work_ms", "p50_ms", "p99_ms", "first_ms", "last_ms")
        table.add_row(*(str(row[key]) for key in keys))
    console.print(table)
    best = rows[-2]
    console.print(f"{best['way']}: {best['p50_ms']} / {best['p99_ms']} ms; aimed at: {P50_MS} / {P99_MS}", markup=False)
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
