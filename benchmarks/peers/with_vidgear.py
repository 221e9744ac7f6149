"""vidgear: `CamGear` reads in a thread, `WriteGear` writes H.264 through an ffmpeg process. It has no tracker: none."""

from pathlib import Path

import cv2
import imageio_ffmpeg
from vidgear.gears import CamGear, WriteGear

from benchmarks.peers.network import detector, draw
from benchmarks.peers.told import run


def annotate(clip: Path, out: Path, network: Path) -> int:
    """As its documentation shows, with x264's preset that the other H.264 contestant has."""
    detect = detector(network)
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    stream = CamGear(source=str(clip)).start()
    writer = WriteGear(
        output=str(out),
        compression_mode=True,
        custom_ffmpeg=imageio_ffmpeg.get_ffmpeg_exe(),
        **{"-vcodec": "libx264", "-preset": "veryfast", "-input_framerate": rate, "-pix_fmt": "yuv420p"},
    )
    frames = 0
    while (image := stream.read()) is not None:
        boxes, scores = detect(image)
        draw(image, boxes, [f"person {score:.2f}" for score in scores.tolist()])
        writer.write(image)
        frames += 1
    stream.stop()
    writer.close()
    return frames


if __name__ == "__main__":
    run(annotate)
