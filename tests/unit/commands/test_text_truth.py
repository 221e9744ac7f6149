"""Pictures and their truth, in each layout, written here as small as they can be."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from commands.text_truth import find_truths
from pipeline.errors import ConfigError

QUAD = "1,2,30,2,30,12,1,12"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one picture."""
    picture(tmp_path / "a.jpg")
    return tmp_path


def picture(path: Path) -> Path:
    """A grey picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((40, 60, 3), 128, np.uint8))
    return path


def test_a_page_has_its_text_beside_it_and_the_proofread_one_counts(folder: Path) -> None:
    (folder / "a.txt").write_text("The quick brown\nfox")
    assert [(truth.layout, truth.text) for truth in find_truths(folder)] == [("page", "The quick brown\nfox")]
    (folder / "a.gold.txt").write_text("The quick brown fox")
    assert find_truths(folder)[0].text == "The quick brown fox"


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "gt_a.txt", "../box/a.csv"])
def test_lines_with_their_corners_are_beside_it(tmp_path: Path, name: str) -> None:
    folder = picture(tmp_path / "img" / "a.jpg").parent
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"\ufeff{QUAD},TOTAL, 12.50\n\n{QUAD},###\n", encoding="utf-8")
    (truth,) = find_truths(tmp_path)
    assert truth.layout == "boxes"
    assert [(line.text, line.ignore) for line in truth.lines] == [("TOTAL, 12.50", False), ("###", True)]
    assert truth.lines[0].quad.tolist() == [[1, 2], [30, 2], [30, 12], [1, 12]]


def test_receipts_are_listed_a_json_object_a_line(folder: Path) -> None:
    row = {"file_name": "tests/data/a.jpg", "annotations": [{"box": list(range(8)), "text": "TOTAL", "label": 1}]}
    (folder / "data.txt").write_text(json.dumps(row) + "\n" + json.dumps({**row, "file_name": "gone.jpg"}) + "\n")
    assert [(truth.layout, truth.lines[0].text) for truth in find_truths(folder)] == [("boxes", "TOTAL")]


def test_mmocr_lists_words_and_places(tmp_path: Path) -> None:
    picture(tmp_path / "imgs" / "word.jpg")
    picture(tmp_path / "imgs" / "street.jpg")
    words = {"img_path": "word.jpg", "instances": [{"text": "GRAND"}]}
    (tmp_path / "labels.json").write_text(
        json.dumps({"metainfo": {"task_name": "textrecog"}, "data_list": [words]}), encoding="utf-8"
    )
    places = [{"polygon": [1, 1, 9, 1, 9, 5, 5, 6, 1, 5], "ignore": True}]
    (tmp_path / "det.json").write_text(
        json.dumps(
            {
                "metainfo": {"task_name": "textdet"},
                "data_list": [{"img_path": "imgs/street.jpg", "instances": places}],
            }
        )
    )
    street, word = find_truths(tmp_path)
    assert (street.layout, street.lines[0].ignore, street.lines[0].quad.shape) == ("places", True, (4, 2))
    assert (word.layout, word.text) == ("words", "GRAND")


def test_a_list_of_labels_names_a_picture_and_its_text_on_each_line(folder: Path) -> None:
    (folder / "old_label.txt").write_text("a.jpg GRAND HOTEL\nmissing.jpg X\n\n")
    assert [(truth.layout, truth.text) for truth in find_truths(folder)] == [("words", "GRAND HOTEL")]


def test_a_picture_without_truth_and_other_files_are_passed_over(folder: Path) -> None:
    picture(folder / "b.jpg")
    (folder / "notes.txt").write_text("bought milk")
    (folder / "settings.json").write_text("[1, 2]")
    (folder / "a.txt").write_text("here")
    assert [truth.image.name for truth in find_truths(folder)] == ["a.jpg"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", f"{QUAD},ok\n1,2,3,no", r"a.csv:2: expected x1,y1,x2,y2,x3,y3,x4,y4,TEXT, found '1,2,3,no'"),
        ("data.jsonl", '{"file_name": "a.jpg", "annotations": [{"box": [1]}]}', r"data.jsonl:1: .*annotations"),
        ("data.jsonl", '{"file_name"', r"data.jsonl:1: not JSON"),
        ("labels.json", '{"data_list": [{"img_path": "gone.jpg", "instances": []}]}', "no picture gone.jpg"),
        ("labels.json", '{"data_list": [{}]}', r"labels.json: data_list\[0\]: KeyError\('img_path'\)"),
    ],
)
def test_a_broken_truth_is_told_with_its_place(folder: Path, name: str, content: str, says: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(ConfigError, match=says):
        find_truths(folder)


def test_no_folder_and_no_truth_are_told(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        find_truths(folder / "none")
    with pytest.raises(ConfigError, match=r"put NAME.txt with the text, or NAME.csv"):
        find_truths(folder)
