"""Real frames for calibration and proof: out of recordings and folders, half for the one and half for the other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np

from pipeline.errors import SourceError

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
RECORDINGS = {".mp4", ".avi", ".mkv", ".mov", ".webm", ".gif", ".ts", ".m4v", ".mpg"}
Feed = Callable[[np.ndarray], np.ndarray]


class Frames(NamedTuple):
    """What a network is fed, a batch of one each."""

    calibration: list[np.ndarray]
    """The earlier half of each recording, and every other picture."""
    held_out: list[np.ndarray]
    """The rest: nothing is measured on what was calibrated on."""


def read_frames(places: Sequence[Path], feed: Feed, most: int = 200) -> Frames:
    """Frames from everywhere, as many of one recording as of the next.

    Args:
        places: Recordings, pictures, or folders of them.
        feed: From `(H, W, 3) uint8` BGR to a batch, which may be overwritten by the next call.
        most: Frames in all, about.

    Raises:
        SourceError: a place holds nothing that can be read, or there are fewer than two frames.
    """
    files = [file for place in places for file in _files(place)]
    pictures = [file for file in files if file.suffix.lower() in PICTURES]
    recordings = [file for file in files if file.suffix.lower() not in PICTURES]
    share = max(2, most // (len(recordings) + bool(pictures)))
    calibration, held_out = list[np.ndarray](), list[np.ndarray]()
    for place in recordings:
        kept = _spread(place, feed, share)
        calibration += kept[: len(kept) // 2]
        held_out += kept[len(kept) // 2 :]
    for number, place in enumerate(pictures[:: -(-len(pictures) // share) or 1]):
        image = cv2.imread(str(place))
        if image is None:
            raise SourceError(f"cannot read {place}: it is no picture; leave it out or mend it")
        (held_out if number % 2 else calibration).append(feed(image).copy())
    if not calibration or not held_out:
        named = ", ".join(str(place) for place in places)
        raise SourceError(f"{named} has fewer than two frames; name a recording, or a folder with pictures")
    return Frames(calibration, held_out)


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        known = PICTURES | RECORDINGS
        found = sorted(path for path in place.rglob("*") if path.suffix.lower() in known and path.is_file())
        if not found:
            raise SourceError(f"{place} holds neither recordings nor pictures; name another folder or a video")
        return found
    if not place.is_file():
        raise SourceError(f"no recording or folder {place}; name one that is there")
    return [place]


def _spread(place: Path, feed: Feed, most: int) -> list[np.ndarray]:
    """`most` frames or a few less, evenly from the whole: in one pass, since few files say how long they are."""
    kept, stride = list[np.ndarray](), 1
    try:
        with av.open(str(place)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if index % stride == 0:
                    kept.append(feed(frame.to_ndarray(format="bgr24")).copy())
                if len(kept) > most:
                    kept, stride = kept[::2], stride * 2
    except (av.FFmpegError, IndexError) as error:
        raise SourceError(f"cannot read {place}: {' '.join(str(error).split())[:120]}; name another") from error
    return kept
