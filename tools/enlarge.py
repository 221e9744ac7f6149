"""The demo's clip at 640 x 480, what a board's camera gives: `python -m tools.enlarge OUT.mp4 FRAMES`."""

import sys
from pathlib import Path

import av
import cv2
import numpy as np

from commands.demo import clip

SIZE = (640, 480)


def enlarge(target: Path, frames: int) -> None:
    """Write so many frames, scaled, 25 a second."""
    with av.open(str(clip("carphone_pristine.mp4"))) as source, av.open(str(target), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            if number == frames:
                break
            picture = frame.to_ndarray(format="bgr24")
            picture = np.asarray(cv2.resize(picture, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode(None))


if __name__ == "__main__":
    enlarge(Path(sys.argv[1]), int(sys.argv[2]))
