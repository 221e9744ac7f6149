import json
from pathlib import Path

from tools.same_lines import differences

BOX = {"track_id": 1, "class_id": 0, "class_name": "person", "score": 0.9, "xyxy": [10.0, 20.0, 30.0, 60.0]}


def write(path: Path, *objects: dict[str, object]) -> Path:
    path.write_text(json.dumps({"frame": 0, "time_s": 0.0, "objects": list(objects)}) + "\n")
    return path


def test_rounding_is_no_difference_and_everything_else_is(tmp_path: Path) -> None:
    one = write(tmp_path / "one", BOX)
    assert differences(one, write(tmp_path / "same", BOX | {"score": 0.91, "xyxy": [11.0, 20.0, 30.5, 60.0]})) == []
    assert "score" in differences(one, write(tmp_path / "b", BOX | {"score": 0.8}))[0]
    assert "box" in differences(one, write(tmp_path / "c", BOX | {"xyxy": [14.0, 20.0, 30.0, 60.0]}))[0]
    assert "1 objects and 0" in differences(one, write(tmp_path / "d"))[0]
    assert "#1 person and #2 person" in differences(one, write(tmp_path / "e", BOX | {"track_id": 2}))[0]
    (tmp_path / "short").write_text("")
    assert "only in" in differences(one, tmp_path / "short")[0]
