"""Four live sources at once beside one with as much to do: what is lost by sharing, and whether it is shared fairly.

    python -m benchmarks.sources [--seconds 20] [--rounds 3] [--json FILE]

One source of 125 frames a second (1280 x 720, H.264, played at its own pace) against four of 25, the detector in line:
both offer more than two cores can do, so what comes out is what the machine gives. The one has a detector for each core
(`workers: 0`), the four have one each. Each way runs in a process of its own; rounds interleave.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import click
from rich.console import Console
from rich.table import Table

from benchmarks.annotate import repeated
from commands.demo import clip_720p

ROOT = Path(__file__).resolve().parents[1]
STAGES = "stages:\n  ssd: {{min_score: 0.1, workers: {workers}}}\n  track:\n  overlay:\n"


def paced(clip: Path, factor: int, into: Path) -> Path:
    """The clip's pictures, packets copied, `factor` times as fast as before."""
    with av.open(str(clip)) as source, av.open(str(into), "w") as target:
        stream = source.streams.video[0]
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts, packet.dts, packet.duration = packet.pts // factor, packet.dts // factor, 0
            packet.stream = copied
            target.mux(packet)
    return into


def measure(clips: list[Path], workers: int, folder: Path, seconds: float) -> list[float]:
    """Frames a second that each source delivered."""
    stats, config = folder / "stats.json", folder / "people.yaml"
    config.write_text(STAGES.format(workers=workers))
    command = [sys.executable, "run.py", "live", *map(str, clips), "-c", str(config), "--realtime", "--loop"]
    subprocess.run(
        [*command, "--seconds", str(seconds), "--stats", str(stats)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return [source["delivered"] / seconds for source in json.loads(stats.read_text())["sources"]]


@click.command()
@click.option("--seconds", type=click.FloatRange(min=3), default=20.0, show_default=True, help="Of each run.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures there too.")
def main(seconds: float, rounds: int, json_file: Path | None) -> None:
    """Measure, print a table, and say how the aims stand."""
    runs: dict[str, list[list[float]]] = {"one of 125 fps": [], "four of 25 fps": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long = repeated(clip_720p(), 8, folder / "long.mp4")
        fast = paced(long, 5, folder / "fast.mp4")
        slow = [paced(long, 1, folder / f"slow{number}.mp4") for number in range(4)]
        for _ in range(rounds):
            runs["one of 125 fps"].append(measure([fast], 0, folder, seconds))
            runs["four of 25 fps"].append(measure(slow, 1, folder, seconds))
    table = Table("", "frames a second in all", "least source's share of a fair one", box=None)
    for way, turns in runs.items():
        fair = [min(turn) * len(turn) / sum(turn) for turn in turns]
        table.add_row(way, ", ".join(f"{sum(turn):.1f}" for turn in turns), ", ".join(f"{share:.2f}" for share in fair))
    ratio = statistics.median(
        sum(four) / sum(one) for one, four in zip(runs["one of 125 fps"], runs["four of 25 fps"], strict=True)
    )
    console = Console()
    console.print(table)
    console.print(f"four to one: {ratio:.2f} (aim 0.9)", highlight=False)
    if json_file is not None:
        json_file.write_text(json.dumps({"runs": runs, "ratio": ratio}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
