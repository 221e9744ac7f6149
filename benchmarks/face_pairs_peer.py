"""What face_recognition makes of pictures: paths in, encodings out; run by an interpreter that has it."""

import json
import sys
import time

import face_recognition  # type: ignore[import-not-found,unused-ignore]
import numpy as np


def main() -> None:
    """Encode the face that each picture is about."""
    paths = json.load(sys.stdin)
    vectors: dict[str, object] = {}
    began_s = time.perf_counter()
    for path in paths:
        image = face_recognition.load_image_file(path)
        height, width = image.shape[:2]
        boxes = face_recognition.face_locations(image)  # top, right, bottom, left
        if not boxes:
            vectors[path] = None
            continue
        rows = np.array(boxes, float)
        area = (rows[:, 2] - rows[:, 0]) * (rows[:, 1] - rows[:, 3])
        middle = np.stack([(rows[:, 1] + rows[:, 3]) / 2 - width / 2, (rows[:, 0] + rows[:, 2]) / 2 - height / 2], 1)
        best = int((area / (0.05 + ((middle / max(width, height)) ** 2).sum(axis=1))).argmax())
        vectors[path] = face_recognition.face_encodings(image, [boxes[best]])[0].tolist()
    ms = 1000 * (time.perf_counter() - began_s) / max(len(paths), 1)
    told = {"vectors": vectors, "picture_ms": ms, "version": face_recognition.__version__}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
