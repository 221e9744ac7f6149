"""What a filter costs over the OpenCV calls it is made of, both in turns on the same frames.

    python -m benchmarks.filters [--size 1280x720] [--rounds 60] [--json FILE]

A filter is asked as the pipeline asks it: a packet in, a frame out. The bare calls are written out here. The figure is
the median over rounds of the ratio of the two, taken one right after the other with the order changing, so that what
else the machine does falls on both.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

from pipeline.config import find_stage
from pipeline.types import Frame, Packet
from stages.filters import FILTERS

Bare = Callable[[np.ndarray], np.ndarray]


def _bgr(grey: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def _grey(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _clahe(image: np.ndarray) -> np.ndarray:
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    lightness = cv2.createCLAHE(2.0, (8, 8)).apply(cv2.extractChannel(lab, 0))
    cv2.insertChannel(lightness, lab, 0)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)


def _equalise(image: np.ndarray) -> np.ndarray:
    ycrcb = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)
    cv2.insertChannel(cv2.equalizeHist(cv2.extractChannel(ycrcb, 0)), ycrcb, 0)
    return cv2.cvtColor(ycrcb, cv2.COLOR_YCrCb2BGR)


def _sharpen(image: np.ndarray) -> np.ndarray:
    return cv2.addWeighted(image, 2.0, cv2.GaussianBlur(image, (0, 0), 1.5), -1.0, 0.0)


def _sobel(image: np.ndarray) -> np.ndarray:
    grey = _grey(image)
    x = cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=3))
    return _bgr(cv2.addWeighted(x, 0.5, cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=3)), 0.5, 0))


def _background(made: Any) -> Bare:
    return lambda image: _bgr(cv2.threshold(made.apply(image), 200, 255, cv2.THRESH_BINARY)[1])


def bare_calls(size: tuple[int, int]) -> dict[str, tuple[dict[str, Any], Bare]]:
    """Settings of each filter, and the OpenCV calls that do the same; those that draw or only add up are left out."""
    width, height = size
    half = width // 2, height // 2
    table = np.rint(255 * (np.arange(256) / 255) ** (1 / 1.5)).astype(np.uint8)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    corners = np.array([[0.1, 0.1], [0.9, 0.2], [0.8, 0.9], [0.2, 0.8]]) * size
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 10, 1)
    camera = np.array([[width, 0, (width - 1) / 2], [0, width, (height - 1) / 2], [0, 0, 1]], np.float64)
    bends = np.array([-0.2, 0, 0, 0, 0])
    straight = cv2.getOptimalNewCameraMatrix(camera, bends, size, 0)[0]
    first, second = cv2.initUndistortRectifyMap(camera, bends, np.eye(3), straight, size, cv2.CV_16SC2)
    shares = (corners / size).tolist()
    return {
        "resize": ({"scale": 0.5}, lambda image: cv2.resize(image, half, interpolation=cv2.INTER_AREA)),
        "crop": ({"left": 0.5, "top": 0.5}, lambda image: image[half[1] :, half[0] :].copy()),
        "pad": ({"left": 20, "top": 20}, lambda image: cv2.copyMakeBorder(image, 20, 0, 20, 0, cv2.BORDER_CONSTANT)),
        "rotate": ({"angle": 10, "expand": False}, lambda image: cv2.warpAffine(image, turn, size)),
        "flip": ({}, lambda image: cv2.flip(image, 1)),
        "perspective": (
            {"corners": shares, "width": width, "height": height},
            lambda image: cv2.warpPerspective(image, warp, size),
        ),
        "undistort": ({"k1": -0.2}, lambda image: cv2.remap(image, first, second, cv2.INTER_LINEAR)),
        "box-blur": ({}, lambda image: cv2.blur(image, (5, 5))),
        "gaussian-blur": ({}, lambda image: cv2.GaussianBlur(image, (5, 5), 0)),
        "median-blur": ({}, lambda image: cv2.medianBlur(image, 5)),
        "bilateral": ({}, lambda image: cv2.bilateralFilter(image, 9, 50, 50)),
        "sharpen": ({}, _sharpen),
        "threshold": ({}, lambda image: _bgr(cv2.threshold(_grey(image), 128, 255, cv2.THRESH_BINARY)[1])),
        "otsu": ({}, lambda image: _bgr(cv2.threshold(_grey(image), 0, 255, cv2.THRESH_OTSU)[1])),
        "adaptive-threshold": (
            {},
            lambda image: _bgr(
                cv2.adaptiveThreshold(_grey(image), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 31, 10)
            ),
        ),
        "canny": ({}, lambda image: _bgr(cv2.Canny(_grey(image), 100, 200))),
        "sobel": ({}, _sobel),
        "laplacian": ({}, lambda image: _bgr(cv2.convertScaleAbs(cv2.Laplacian(_grey(image), cv2.CV_16S, ksize=3)))),
        "morphology": ({}, lambda image: cv2.morphologyEx(image, cv2.MORPH_OPEN, element)),
        "colour-space": ({"to": "hsv"}, lambda image: cv2.cvtColor(image, cv2.COLOR_BGR2HSV)),
        "equalise": ({}, _equalise),
        "clahe": ({}, _clahe),
        "gamma": ({}, lambda image: cv2.LUT(image, table)),
        "mog2": ({}, _background(cv2.createBackgroundSubtractorMOG2(500, 16.0, True))),
        "knn": ({}, _background(cv2.createBackgroundSubtractorKNN(500, 400.0, True))),
    }


def compare(name: str, settings: dict[str, Any], bare: Bare, frames: list[Frame], rounds: int) -> dict[str, float]:
    """Milliseconds of both, and the ratio of the filter's to the bare calls'."""
    kind = find_stage(name, FILTERS)
    stage: Any = kind(kind.Config.model_validate(settings))  # type: ignore[call-arg]
    packets = [Packet(frame) for frame in frames]
    spent: dict[str, list[float]] = {"filter": [], "bare": []}
    for number in range(rounds + 3):
        frame, packet = frames[number % len(frames)], packets[number % len(frames)]
        took = {}
        for who in ("filter", "bare") if number % 2 else ("bare", "filter"):
            began = time.perf_counter()
            made = stage.process(packet) if who == "filter" else bare(frame.image)
            took[who] = time.perf_counter() - began
            del made
        if number >= 3:
            for who, seconds in took.items():
                spent[who].append(seconds * 1e3)
    medians = {who: statistics.median(values) for who, values in spent.items()}
    return {**medians, "ratio": medians["filter"] / medians["bare"]}


@click.command()
@click.option("--size", default="1280x720", show_default=True)
@click.option("--rounds", type=click.IntRange(min=10), default=60, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures.")
def main(size: str, rounds: int, json_file: Path | None) -> None:
    """Print a line for each filter."""
    cv2.setNumThreads(1)
    width, height = (int(side) for side in size.split("x"))
    random = np.random.default_rng(0)
    images = [cv2.GaussianBlur(random.integers(0, 256, (height, width, 3)).astype(np.uint8), (0, 0), 3) for _ in "1234"]
    frames = [Frame(image, index, 0.0, 0.0, "bench") for index, image in enumerate(images)]
    figures = {}
    click.echo(f"{'filter':20} {'bare ms':>9} {'filter ms':>9} {'ratio':>7}")
    for name, (settings, bare) in bare_calls((width, height)).items():
        figure = figures[name] = compare(name, settings, bare, frames, rounds)
        click.echo(f"{name:20} {figure['bare']:9.3f} {figure['filter']:9.3f} {figure['ratio']:7.3f}")
    worst = max(figures, key=lambda name: figures[name]["ratio"])
    click.echo(f"the most over the bare calls: {worst}, {figures[worst]['ratio'] - 1:+.1%}")
    if json_file is not None:
        json_file.write_text(json.dumps({"size": [width, height], "filters": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
