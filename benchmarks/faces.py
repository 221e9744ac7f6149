"""Faces found and named in a recording: the stages `faces` and `identify` beside a loop of face_recognition.

    python -m benchmarks.faces FOLDER [--frames 100] [--rounds 3] [--json FILE]

FOLDER has a folder of photographs for each person. Of each of the first four, one photograph is cut out and moves
through a picture of 1280 x 720 (near and far, turned a little, brighter and darker), so that who is where is known on
every frame; three others are enrolled, the same ones on both sides. The loop is what its documentation shows: on each
frame `face_locations`, `face_encodings`, and the nearest person within 0.6. Both decode the same file, neither draws or
writes; they take turns. Printed: frames a second, right, wrong and missing names a frame, and what `identify` takes of
the run, at first and once everybody is known. Needs `face_recognition` on `dlib-bin`.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
import cv2
import numpy as np

from gallery.store import FacePicture, Gallery
from models.face_embedder import FaceEmbedder
from models.face_finder import FaceFinder
from pipeline.build import build
from pipeline.config import check_settings
from pipeline.config_file import Document
from pipeline.results.faces import Identities
from pipeline.runner import Runner
from pipeline.sources import open_source
from pipeline.types import Packet
from stages import CATALOGUE

SIZE = (1280, 720)
PEOPLE, ENROLLED = 4, 3
LIMIT = 0.6
"""Of face_recognition: its `tolerance`."""
KNOWN_BY = 50
"""Frame by which everybody is known."""
Named = list[tuple[float, float, str | None]]
"""Middle of each face and its name."""


@dataclass(frozen=True)
class Score:
    """Of one program over all frames."""

    fps: float
    right: float
    """Share of faces in the picture that were found and had their name."""
    wrong: float
    """That had another's name."""
    identify_share: float | None = None
    """What recognition took of the time of both stages; None where it is no stage."""
    identify_later: float | None = None
    """The same after the first two seconds, when everybody is known."""


def photographs(folder: Path) -> dict[str, list[Path]]:
    """Photographs of each of the first four people who have enough of them."""
    endings = {".jpg", ".jpeg", ".png"}
    people = {
        entry.name: sorted(path for path in entry.iterdir() if path.suffix.lower() in endings)
        for entry in sorted(folder.iterdir())
        if entry.is_dir()
    }
    enough = {name: files for name, files in people.items() if len(files) > ENROLLED}
    return dict(list(enough.items())[:PEOPLE])


def pixels(path: Path) -> np.ndarray:
    """A photograph, `(H, W, 3) uint8` BGR."""
    image = cv2.imread(str(path))
    if image is None:
        raise click.UsageError(f"cannot read {path}")
    return np.asarray(image)


def places(person: int, frame: int) -> tuple[float, float, float, float]:
    """Where a person's head is on a frame: x, y, side of the photograph in pixels, angle in degrees."""
    t = frame / 25 + person
    x = SIZE[0] * (person + 0.5) / PEOPLE + 40 * np.sin(t)
    y = SIZE[1] / 2 + 90 * np.sin(0.7 * t + person)
    return x, y, 270 + 50 * np.sin(0.9 * t), 10 * np.sin(0.8 * t)


def make_clip(path: Path, heads: list[np.ndarray], frames: int) -> None:
    """The recording."""
    random = np.random.default_rng(0)
    ground = cv2.resize(random.integers(60, 150, (9, 16, 3), np.uint8), SIZE, interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            picture = ground.copy()
            for person, head in enumerate(heads):
                x, y, side, angle = places(person, number)
                scale = side / max(head.shape[:2])
                matrix = cv2.getRotationMatrix2D((head.shape[1] / 2, head.shape[0] / 2), angle, scale)
                matrix[:, 2] += [x - head.shape[1] / 2, y - head.shape[0] / 2]
                lit = np.clip(head * (1 + 0.15 * np.sin(number / 30 + person)), 0, 255).astype(np.uint8)
                cv2.warpAffine(lit, matrix, SIZE, dst=picture, borderMode=cv2.BORDER_TRANSPARENT)
            frame = av.VideoFrame.from_ndarray(np.asarray(picture, np.uint8), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def enrol(path: Path, people: dict[str, list[Path]]) -> None:
    """A gallery of three photographs each."""
    finder, embedder = FaceFinder(), FaceEmbedder()
    with Gallery.open(path, create=True) as gallery:
        for name, files in people.items():
            rows = []
            for file in files[1 : 1 + ENROLLED]:
                image = pixels(file)
                found = finder(image)
                points = finder.refined(image, found.xyxy[0], found.points[0])[None]
                vectors, views = embedder(image, points, found.score[:1])
                rows.append(FacePicture(file.name, f"{name}/{file.name}", float(views.quality[0]), vectors[0].copy()))
            gallery.enrol(name, rows, embedder.fingerprint)
    finder.close()
    embedder.close()


class Collect:
    """A sink that keeps the names of each frame."""

    name = "names"

    def __init__(self) -> None:
        self.frames: list[Named] = []
        self.when_known: Callable[[], None] = lambda: None

    def write(self, packet: Packet) -> None:
        """Keep what was said."""
        if len(self.frames) == KNOWN_BY:
            self.when_known()
        found = packet.result("identify", Identities)
        middles = (found.faces.xyxy[:, :2] + found.faces.xyxy[:, 2:]) / 2
        self.frames.append([(float(x), float(y), name) for (x, y), name in zip(middles, found.name, strict=True)])

    def finish(self) -> None:
        """Nothing to finish."""

    def close(self) -> None:
        """Nothing to close."""


def ours(video: Path, gallery: Path, frames: int) -> tuple[list[Named], float, float, float]:
    """Names of each frame, frames a second, and the share of `identify` in the time of both stages: all, and later."""
    document = Document("benchmark", {"stages": {"faces": None, "identify": {"gallery": str(gallery)}}})
    plans, sink = build(check_settings(document, CATALOGUE)), Collect()
    source = open_source(video, limit=frames)
    started = time.perf_counter()
    early: dict[str, float] = {"faces": 0.0, "identify": 0.0}
    run = Runner(source, plans, [sink])
    sink.when_known = lambda: early.update(_spent(run))
    with run:
        run.wait()
    fps = len(sink.frames) / (time.perf_counter() - started)
    spent = _spent(run)
    later = {name: spent[name] - early[name] for name in spent}
    return sink.frames, fps, _share(spent), _share(later)


def _spent(run: Runner) -> dict[str, float]:
    """Seconds in each stage so far."""
    return {name: timing.wall_s for name, timing in run.timings().items()}


def _share(spent: dict[str, float]) -> float:
    return spent["identify"] / (spent["identify"] + spent["faces"])


def pictures(video: Path, frames: int) -> Iterator[np.ndarray]:
    """`(720, 1280, 3) uint8` RGB."""
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == frames:
                return
            yield frame.to_ndarray(format="rgb24")


def theirs(video: Path, people: dict[str, list[Path]], frames: int) -> tuple[list[Named], float]:
    """The loop of face_recognition's own example, on every frame at its full size."""
    import face_recognition  # type: ignore[import-not-found,unused-ignore]

    names, encodings = [], []
    for name, files in people.items():
        for file in files[1 : 1 + ENROLLED]:
            for encoding in face_recognition.face_encodings(pixels(file)[..., ::-1].copy())[:1]:
                names.append(name)
                encodings.append(encoding)
    told: list[Named] = []
    started = time.perf_counter()
    for rgb in pictures(video, frames):
        boxes = face_recognition.face_locations(rgb)
        found: Named = []
        for (top, right, bottom, left), encoding in zip(
            boxes, face_recognition.face_encodings(rgb, boxes), strict=True
        ):
            far = face_recognition.face_distance(encodings, encoding)
            best = int(far.argmin())
            found.append(((left + right) / 2, (top + bottom) / 2, names[best] if far[best] <= LIMIT else None))
        told.append(found)
    return told, len(told) / (time.perf_counter() - started)


def judge(told: list[Named], names: list[str]) -> tuple[float, float]:
    """Shares of right and of wrong names among the faces that were in the picture."""
    right = wrong = 0
    for number, faces in enumerate(told):
        for person, name in enumerate(names):
            x, y, side, _ = places(person, number)
            said = {given for fx, fy, given in faces if np.hypot(fx - x, fy - y) < side / 3}
            right += name in said
            wrong += bool(said - {name, None})
    return right / (len(told) * len(names)), wrong / (len(told) * len(names))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--frames", default=100, show_default=True, help="of the recording, on both sides")
@click.option(
    "--long", "long_frames", default=500, show_default=True, help="of the run that shows what names cost later"
)
@click.option("--rounds", default=3, show_default=True, help="turns of each; the best counts")
@click.option("--alone", is_flag=True, help="leave face_recognition out")
@click.option("--json", "report", type=click.Path(path_type=Path), help="write the figures")
def main(folder: Path, frames: int, long_frames: int, rounds: int, alone: bool, report: Path | None) -> None:
    """Compare the two on the same recording."""
    people = photographs(folder)
    names = list(people)
    with tempfile.TemporaryDirectory() as made:
        video, gallery = Path(made) / "four.mp4", Path(made) / "people.gallery"
        make_clip(video, [pixels(files[0]) for files in people.values()], max(frames, long_frames))
        enrol(gallery, people)
        scores: dict[str, Score] = {}
        for _ in range(rounds):
            told, fps, *shares = ours(video, gallery, frames)
            _keep(scores, "sluice", Score(fps, *judge(told, names), *shares))
            if not alone:
                other, other_fps = theirs(video, people, frames)
                _keep(scores, "face_recognition", Score(other_fps, *judge(other, names)))
        told, fps, *shares = ours(video, gallery, long_frames)
        scores[f"sluice, {long_frames} frames"] = Score(fps, *judge(told, names), *shares)
    click.echo(f"{len(names)} faces, {SIZE[0]} x {SIZE[1]}, {frames} frames, best of {rounds}")
    click.echo(f"{'':<26}{'fps':>8}{'right':>9}{'wrong':>9}{'identify':>10}{'later':>8}")
    for who, score in scores.items():
        parts = ["-" if part is None else f"{part:.1%}" for part in (score.identify_share, score.identify_later)]
        click.echo(f"{who:<26}{score.fps:>8.1f}{score.right:>9.1%}{score.wrong:>9.1%}{parts[0]:>10}{parts[1]:>8}")
    if "face_recognition" in scores:
        click.echo(f"ratio {scores['sluice'].fps / scores['face_recognition'].fps:.1f}")
    if report is not None:
        report.write_text(json.dumps({who: asdict(score) for who, score in scores.items()}, indent=1) + "\n")


def _keep(scores: dict[str, Score], who: str, score: Score) -> None:
    if who not in scores or score.fps > scores[who].fps:
        scores[who] = score


if __name__ == "__main__":
    main()
