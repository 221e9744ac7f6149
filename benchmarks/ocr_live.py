"""Whether reading stalls a live picture: 1280 x 720 at 30 frames a second with ten lines of text, one of them a clock.

python -m benchmarks.ocr_live [--seconds 10] [--fps 30] [--json FILE]

Counts the frames that come out, drawn, and how old they are; once without reading and once with each reader.
"""

import json
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import click
import cv2
import numpy as np

from benchmarks.ocr import drawn_pages
from pipeline.errors import PipelineError
from pipeline.results.texts import Texts
from pipeline.runner import Runner
from pipeline.station import StagePlan
from pipeline.types import Damage, Frame, Packet, SourceInfo
from readers.choice import Kind
from stages.overlay import Overlay, OverlayConfig
from stages.read import TextReader
from stages.read_settings import ReadConfig

SIZE = (1280, 720)


class Camera:
    """A page with a clock on it, at the pace of a camera."""

    def __init__(self, fps: float, seconds: float) -> None:
        self.info = SourceInfo("camera", *SIZE, fps, Fraction(1, 90_000), live=True)
        self.damage = Damage()
        self._fps, self._count = fps, round(fps * seconds)
        self._page = drawn_pages(1)[0].image

    def __iter__(self) -> Iterator[Frame]:
        begin = time.monotonic()
        for index in range(self._count):
            time.sleep(max(0.0, begin + index / self._fps - time.monotonic()))
            image = self._page.copy()
            clock = f"12:{index // 1800:02}:{index // 30 % 60:02}"
            cv2.putText(image, clock, (900, 360), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (40, 40, 40), 3, cv2.LINE_AA)
            yield Frame(image, index, index / self._fps, time.monotonic(), "camera", 1 / self._fps)

    def close(self) -> None:
        """Nothing is open."""


class Screen:
    """Notes how old each picture is, and what it shows."""

    name = "screen"

    def __init__(self) -> None:
        self.age_s: list[float] = []
        self.said: set[str] = set()

    def write(self, packet: Packet) -> None:
        """Take the next picture."""
        self.age_s.append(time.monotonic() - packet.frame.captured_s)
        texts = packet.find("read", Texts)
        self.said |= set(texts.text) if texts is not None else set()

    def finish(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing is open."""


def watch(kind: Kind | None, fps: float, seconds: float) -> dict[str, object]:
    """One run."""
    plans = []
    if kind is not None:
        config = ReadConfig.model_validate({"reader": kind, "find_px": 640})
        plans.append(StagePlan("read", config, (TextReader(config),)))
    overlay = OverlayConfig(on="")
    plans.append(StagePlan("overlay", overlay, (Overlay(overlay),)))
    screen, camera = Screen(), Camera(fps, seconds)
    with Runner(camera, plans, [screen]) as runner:
        runner.wait(seconds * 3 + 30)
    asked = runner.timings()["read"].calls if kind is not None else 0
    return {
        "reader": kind or "none",
        "shown": len(screen.age_s),
        "of": round(fps * seconds),
        "age_median_ms": round(float(np.median(screen.age_s)) * 1000, 1),
        "age_p99_ms": round(float(np.percentile(screen.age_s, 99)) * 1000, 1),
        "looks_a_second": round(asked / seconds, 1),
        "different_texts": len(screen.said),
    }


@click.command()
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--fps", default=30.0, show_default=True)
@click.option("--json", "into", type=click.Path(path_type=Path), help="Write the figures there as well.")
def main(seconds: float, fps: float, into: Path | None) -> None:
    """One run after the other."""
    cv2.setNumThreads(1)
    rows = []
    kinds: tuple[Kind | None, ...] = (None, "tesserocr", "ppocr")
    for kind in kinds:
        try:
            rows.append(watch(kind, fps, seconds))
        except PipelineError as error:
            click.echo(f"{kind}: left out: {error}")
            continue
        click.echo("  ".join(f"{key} {value}" for key, value in rows[-1].items()))
    if into is not None:
        into.write_text(json.dumps({"fps": fps, "seconds": seconds, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
