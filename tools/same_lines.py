"""Whether two JSON Lines files tell the same within rounding: frame by frame, box by box.

python -m tools.same_lines ONE.jsonl OTHER.jsonl
"""

import json
import sys
from itertools import zip_longest
from pathlib import Path
from typing import Any

SCORE, PIXELS = 0.02, 2.0
"""How far scores, and sides of a box, may be apart."""


def differences(one: Path, other: Path) -> list[str]:
    """A line for each thing that differs."""
    found = []
    pairs = zip_longest(one.read_text().splitlines(), other.read_text().splitlines())
    for number, (left, right) in enumerate(pairs):
        if left is None or right is None:
            found.append(f"frame {number}: only in {one if right is None else other}")
            continue
        found += [f"frame {number}: {said}" for said in _of_frame(json.loads(left), json.loads(right))]
    return found


def _of_frame(left: dict[str, Any], right: dict[str, Any]) -> list[str]:
    if (left["frame"], left["time_s"]) != (right["frame"], right["time_s"]):
        return ["another frame or time"]
    if len(left["objects"]) != len(right["objects"]):
        return [f"{len(left['objects'])} objects and {len(right['objects'])}"]
    said = []
    for a, b in zip(left["objects"], right["objects"], strict=True):
        if (a["track_id"], a["class_name"]) != (b["track_id"], b["class_name"]):
            said.append(f"#{a['track_id']} {a['class_name']} and #{b['track_id']} {b['class_name']}")
        if abs(a["score"] - b["score"]) > SCORE:
            said.append(f"#{a['track_id']}: score {a['score']} and {b['score']}")
        if max(abs(x - y) for x, y in zip(a["xyxy"], b["xyxy"], strict=True)) > PIXELS:
            said.append(f"#{a['track_id']}: box {a['xyxy']} and {b['xyxy']}")
    return said


if __name__ == "__main__":
    lines = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write("".join(f"{line}\n" for line in lines[:20]))
    sys.exit(f"{len(lines)} differences" if lines else 0)
