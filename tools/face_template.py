"""Where dlib's face chips have the six points of BlazeFace: measured on photographs, printed for `models/templates.py`.

    python tools/face_template.py --landmarks shape_predictor_5_face_landmarks.dat FOLDER...

dlib cuts its chips by five points of its own (corners of the eyes, base of the nose). For each face that BlazeFace and
dlib's detector both find, the similarity of dlib's chip is worked out from dlib's points and applied to BlazeFace's,
looked at again as in use (`FaceFinder.refined`). What a point has in common over all faces is its place in the
template, by the median; the inverse of how much it scatters about it is its weight. Needs the package dlib-bin.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.face_finder import FaceFinder
from vision.align import Template, fit
from vision.blazeface import POINTS
from vision.boxes import iou

DLIB_MEAN = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ],
    np.float32,
)
"""dlib's mean shape of five points, as `get_face_chip_details` has it (dlib/image_transforms/interpolation.h)."""
SIDE, PADDING = 150, 0.25


def dlib_template() -> np.ndarray:
    """Where dlib puts its five points in a chip: `(5, 2) float32` pixels."""
    return np.asarray((DLIB_MEAN + PADDING) / (2 * PADDING + 1) * SIDE)


def chip_matrix(five: np.ndarray) -> np.ndarray:
    """The similarity from picture to chip that dlib takes for its `(5, 2)` points: `(2, 3) float32`."""
    points, target = np.full((1, 6, 2), np.nan, np.float32), np.zeros((6, 2), np.float32)
    points[0, :5], target[:5] = five, dlib_template()
    matrix: np.ndarray = fit(points, Template(target, np.ones(6, np.float32), SIDE)).matrix[0]
    return matrix


def pictures(folders: list[Path]) -> list[Path]:
    """Every picture below the folders, in order."""
    endings = {".jpg", ".jpeg", ".png", ".pgm"}
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in endings)


def measured(paths: list[Path], landmarks: Path) -> np.ndarray:
    """BlazeFace's points in dlib's chips: `(N, 6, 2) float32`."""
    import dlib  # type: ignore[import-not-found,unused-ignore]

    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(landmarks))
    finder, rows = FaceFinder(), []
    for path in paths:
        image = cv2.imread(str(path))
        if image is None:
            continue
        if max(image.shape[:2]) < 300:
            image = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        rgb = np.ascontiguousarray(image[..., ::-1])
        found = finder(image)
        for rectangle in detector(rgb, 0):
            box = np.array([[rectangle.left(), rectangle.top(), rectangle.right(), rectangle.bottom()]], np.float32)
            overlap = iou(box, found.xyxy)[0]  # (K,)
            if not len(overlap) or overlap.max() < 0.4:
                continue
            row = int(overlap.argmax())
            points = finder.refined(image, found.xyxy[row], found.points[row])
            parts = predictor(rgb, rectangle).parts()
            matrix = chip_matrix(np.array([[part.x, part.y] for part in parts], np.float32))
            rows.append(points @ matrix[:, :2].T + matrix[:, 2])
    return np.array(rows, np.float32)


def main() -> int:
    """Measure and print: the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--landmarks", type=Path, required=True, help="dlib's five-point predictor")
    parser.add_argument("folders", type=Path, nargs="+", help="photographs of faces")
    asked = parser.parse_args()
    points = measured(pictures(asked.folders), asked.landmarks)
    place = np.median(points, axis=0)  # (6, 2)
    # 1.4826: makes the median distance a standard deviation where scatter is normal.
    scatter = 1.4826 * np.median(np.abs(points - place), axis=0)  # (6, 2)
    variance = (scatter**2).sum(axis=1)
    weight = (1 / variance) / (1 / variance).max()
    print(f"{len(points)} faces")  # noqa: T201 - the answer
    for name, xy, sigma, w in zip(POINTS, place, scatter, weight, strict=True):
        told = f"{name:<10} ({xy[0]:.1f}, {xy[1]:.1f})  scatter {sigma[0]:.1f}, {sigma[1]:.1f}  weight {w:.2f}"
        print(told)  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
