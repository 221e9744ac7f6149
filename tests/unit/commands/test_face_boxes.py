"""Boxes of faces in the layouts that people have."""

import json
from pathlib import Path

import pytest

from commands.face_boxes import read_boxes
from pipeline.errors import ConfigError

IMGLAB = """<dataset><images><image file='a.jpg'>
<box top='10' left='20' width='30' height='40'/><box top='1' left='2' width='3' height='4' ignore='1'/></image>
<image file='absent.jpg'/></images></dataset>"""


def test_imglab_coco_and_tables_say_the_same(tmp_path: Path) -> None:
    files = {
        "boxes.xml": IMGLAB,
        "boxes.json": json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.jpg"}],
                "annotations": [{"image_id": 1, "bbox": [20, 10, 30, 40], "category_id": 1}],
            }
        ),
        "boxes.csv": "image,left,top,right,bottom\na.jpg,20,10,50,50\n",
    }
    for name, text in files.items():
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text(text)
        (folder / "a.jpg").touch()
        (one,) = read_boxes(folder)
        assert one.xyxy.tolist() == [[20, 10, 50, 50]], name
        assert len(one.ignored) == (name == "boxes.xml")


def test_a_picture_without_faces_counts(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "boxes.xml").write_text("<dataset><images><image file='a.jpg'/></images></dataset>")
    (one,) = read_boxes(tmp_path)
    assert one.xyxy.shape == (0, 4)


@pytest.mark.parametrize("text", ["<dataset>", "<dataset><images><image/></images></dataset>"])
def test_a_damaged_list_is_told_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "boxes.xml").write_text(text)
    with pytest.raises(ConfigError, match=r"boxes\.xml is no list of boxes"):
        read_boxes(tmp_path)


def test_a_folder_without_boxes_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no boxes in it"):
        read_boxes(tmp_path)
    with pytest.raises(ConfigError, match="no folder"):
        read_boxes(tmp_path / "absent")
