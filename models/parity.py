"""Whether a converted file still computes what the original does."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from models.backend import open_file


def worst_difference(
    path: Path, cases: Iterable[tuple[np.ndarray, Sequence[np.ndarray]]], limit: float, original: str
) -> float:
    """Run a converted file on what the original was run on; for the processes that convert.

    Args:
        path: The file.
        cases: A batch, and the original's outputs for it, in order.
        limit: How far any value may be off.
        original: What it is called in a message: 'the graph'.

    Returns:
        Largest absolute difference.

    Raises:
        SystemExit: an output has another shape, or differs by more than `limit`; also where it is no number.
    """
    backend = open_file(path)
    worst = 0.0
    for batch, wants in cases:
        for want, got in zip(wants, backend.run(batch), strict=True):
            if got.shape != want.shape:
                sys.exit(f"{path.name} gives {got.shape} where {original} gives {want.shape}")
            worst = max(worst, float(np.abs(want - got).max()))
    backend.close()
    if not worst <= limit:
        sys.exit(f"{path.name} differs from {original} by {worst:.2g}, more than {limit:.2g}")
    return worst
