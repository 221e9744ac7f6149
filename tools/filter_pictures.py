"""Makes the pictures of docs/filters.md: what each filter does to a frame of a free clip.

python -m tools.filter_pictures [FOLDER]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from commands.demo import clip
from commands.image import parse_filter, sheet, write_picture
from pipeline.sources import SourceConfig, open_source
from pipeline.types import Frame, Packet

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "filters"
CLIP, SHOWN = "carphone_pristine.mp4", 60
"""A frame of it is shown; filters that remember see all those before it."""
WIDTH = 240
GROUPS: dict[str, tuple[str, ...]] = {
    "moves": (
        "resize:scale=0.5",
        "crop:left=0.3,top=0.1,right=0.8,bottom=0.9",
        "pad:left=0.1,right=0.1,border=reflect",
        "rotate:angle=15",
        "flip",
        "perspective:corners=[[0.2,0.1],[0.8,0.2],[0.9,0.9],[0.1,0.8]]",
        "undistort:k1=-0.4",
    ),
    "soft": (
        "box-blur:size=9",
        "gaussian-blur:size=15",
        "median-blur:size=9",
        "bilateral:sigma_colour=80",
        "sharpen:amount=2",
    ),
    "noise": ("denoise:strength=12,colour=12", "temporal-denoise:keep=0.8"),
    "forms": (
        "threshold:level=110",
        "otsu",
        "adaptive-threshold",
        "canny:low=50,high=150",
        "sobel",
        "laplacian:scale=2",
        "morphology:operation=dilate",
    ),
    "light": (
        "colour-space:to=hsv",
        "equalise",
        "clahe:clip=4",
        "gamma:value=2",
        "white-balance",
        "deflicker",
    ),
    "background": ("mog2", "mog2:show=tint", "knn", "knn:show=background"),
    "drawing": (
        "draw-shape:shape=ellipse,points=[[0.3,0.2],[0.7,0.9]]",
        "draw-shape:shape=rectangle,points=[[0,0.6],[1,1]],fill=true,opacity=0.4,colour=red",
        "draw-text:text='gate 2  {time}'",
    ),
}
"""What is shown together, each as `run.py image --filter` takes it."""
SPOILED = {"noise": "noise", "light": "a cast of colour, and a lamp that flickers"}


def frames(count: int) -> list[Frame]:
    """The first frames of the clip, small."""
    source = open_source(str(clip(CLIP)), SourceConfig())
    found: list[Frame] = []
    try:
        for frame in source:
            height = round(WIDTH * frame.size[1] / frame.size[0])
            image = cv2.resize(frame.image, (WIDTH, height), interpolation=cv2.INTER_AREA)
            found.append(Frame(image, frame.index, frame.media_s, 0.0, "gate"))
            if len(found) == count:
                break
    finally:
        source.close()
    return found


def spoiled(frame: Frame, how: str) -> Frame:
    """The frame with what some filters are there to mend."""
    random = np.random.default_rng(frame.index)
    image = frame.image.astype(np.float64)
    if how == "noise":
        image += random.normal(0, 14, image.shape)
    elif how == "light":
        image *= np.array([0.75, 0.9, 1.1]) * (0.7 if frame.index % 2 else 0.9)
    return Frame(np.clip(image, 0, 255).astype(np.uint8), frame.index, frame.media_s, 0.0, frame.source)


def shown(given: list[Frame], asked: str) -> np.ndarray:
    """The last of the frames after a filter that has seen them all."""
    stage = parse_filter(asked).stage
    made = given[-1]
    for frame in given if stage.in_order else given[-1:]:
        found = stage.process(Packet(frame))
        assert isinstance(found, Frame)
        made = found
    return made.image


def main(folder: Path) -> None:
    """Write a sheet for each group."""
    folder.mkdir(exist_ok=True)
    clean = frames(SHOWN)
    for group, filters in GROUPS.items():
        given = [spoiled(frame, group) for frame in clean]
        first = SPOILED.get(group, "as it was")
        pictures = [(first, given[-1].image)]
        pictures += [
            (asked.replace("corners=[[0.2,0.1],[0.8,0.2],[0.9,0.9],[0.1,0.8]]", "corners=..."), shown(given, asked))
            for asked in filters
        ]
        pictures = [
            (name.replace("draw-shape:shape=", "draw-shape: ").partition(",points")[0], image)
            for name, image in pictures
        ]
        write_picture(folder / f"{group}.jpg", sheet(pictures, columns=4))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
