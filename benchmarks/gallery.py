"""How long it takes to ask a gallery who a face is: `python -m benchmarks.gallery [--json FILE]`."""

import json
import time
from pathlib import Path

import click
import numpy as np

from gallery.known import Known

SIZES = (100, 1_000, 10_000, 100_000)


def search_ms(embeddings: int, faces: int, repeat: int = 200) -> tuple[float, float]:
    """Median and 95th percentile of one search, milliseconds."""
    random = np.random.default_rng(0)
    vectors = random.normal(0, 0.1, (embeddings, 128)).astype(np.float32)
    people = max(1, embeddings // 10)
    person = np.sort(np.arange(embeddings) % people).astype(np.int32)
    empty = np.zeros((0, 128), np.float32)
    known = Known("bench", tuple(map(str, range(people))), vectors, person, empty, np.zeros(0, np.int32))
    asked = vectors[:faces] + np.float32(0.01)
    times_ms = []
    for _ in range(repeat):
        began_s = time.perf_counter()
        known.match(asked)
        times_ms.append(1000 * (time.perf_counter() - began_s))
    return float(np.median(times_ms)), float(np.percentile(times_ms, 95))


@click.command()
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures.")
def main(json_file: Path | None) -> None:
    """Print a table."""
    rows = []
    for size in SIZES:
        for faces in (1, 4):
            median, late = search_ms(size, faces)
            rows.append({"embeddings": size, "faces": faces, "median_ms": median, "p95_ms": late})
            click.echo(f"{size:7d} embeddings, {faces} faces: {median:.3f} ms, 95 % within {late:.3f} ms")
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
