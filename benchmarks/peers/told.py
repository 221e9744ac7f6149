"""How a contestant is started and what it tells: `python -m benchmarks.peers.with_x CLIP OUT NETWORK`, one JSON line.

The line has frames and seconds, from opening the clip to the closed file, the network's loading included and the
imports not: an import of eleven seconds is a fact of that library, and not of its rate.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def run(annotate: Callable[[Path, Path, Path], int]) -> None:
    """Call `annotate(clip, out, network)`, which returns the frames it wrote, and print the line."""
    clip, out, network = (Path(given) for given in sys.argv[1:4])
    began = time.perf_counter()
    frames = annotate(clip, out, network)
    sys.stdout.write("\n" + json.dumps({"frames": frames, "seconds": time.perf_counter() - began}) + "\n")
