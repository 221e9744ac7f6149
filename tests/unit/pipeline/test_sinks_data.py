"""What JSON Lines and exports hold, byte for byte."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.sinks.exports import EXPORTS, parse_export
from pipeline.sinks.jsonl import JsonLinesSink
from pipeline.types import Detections, Frame, Packet, SourceInfo, Tracks

INFO = SourceInfo("clip.mp4", 768, 576, 25.0, Fraction(1, 25))
FOUND = Detections(
    np.array([[1.25, 2, 11.2504, 22], [0, -0.0001, 5, 5]], np.float32),
    np.array([0.91, 0.5], np.float32),
    np.array([0, 1], np.int32),
    ("person", "a,b"),
)
FOLLOWED = Tracks(FOUND, np.array([3, 7], np.int64), np.array([1, 1], np.int32))


def packet(index: int, result: object = None) -> Packet:
    image = np.zeros((576, 768, 3), np.uint8)
    frame = Frame(image, index, index / 25, 0.0, "clip.mp4")
    return Packet(frame, {} if result is None else {"track": result})


def written(path: Path, kind: type, packets: list[Packet]) -> str:
    sink = kind(path, INFO, "track")
    for each in packets:
        sink.write(each)
    sink.finish()
    sink.close()
    return path.read_text()


def test_a_record_has_its_keys_in_order_and_its_floats_as_a_person_would_write_them(tmp_path: Path) -> None:
    assert written(tmp_path / "a.jsonl", JsonLinesSink, [packet(12, FOLLOWED)]) == (
        '{"schema":1,"source":"clip.mp4","frame":12,"time_s":0.48,"width":768,"height":576,"objects":['
        '{"track_id":3,"class_id":0,"class_name":"person","score":0.91,"xyxy":[1.25,2.0,11.25,22.0]},'
        '{"track_id":7,"class_id":1,"class_name":"a,b","score":0.5,"xyxy":[0.0,0.0,5.0,5.0]}]}\n'
    )


def test_a_frame_with_nothing_found_or_nobody_asked_has_a_record(tmp_path: Path) -> None:
    lines = written(tmp_path / "a.jsonl", JsonLinesSink, [packet(0, Tracks.none()), packet(1)]).splitlines()
    assert [json.loads(line)["objects"] for line in lines] == [[], []]


def test_objects_that_are_not_followed_have_no_track_id_but_the_key(tmp_path: Path) -> None:
    record = json.loads(written(tmp_path / "a.jsonl", JsonLinesSink, [packet(0, FOUND)]))
    assert [found["track_id"] for found in record["objects"]] == [None, None]


def test_a_class_without_a_name_is_named_by_its_number(tmp_path: Path) -> None:
    nameless = Detections(FOUND.xyxy, FOUND.score, FOUND.class_id, ())
    record = json.loads(written(tmp_path / "a.jsonl", JsonLinesSink, [packet(0, nameless)]))
    assert [found["class_name"] for found in record["objects"]] == ["0", "1"]


def test_csv_has_supervisions_columns_first(tmp_path: Path) -> None:
    assert written(tmp_path / "a.csv", EXPORTS["csv"], [packet(0), packet(12, FOLLOWED)]) == (
        "x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,class_name,frame_id,time_s,source_id\n"
        "1.25,2.0,11.25,22.0,0,0.91,3,person,12,0.48,clip.mp4\n"
        '0.0,0.0,5.0,5.0,1,0.5,7,"a,b",12,0.48,clip.mp4\n'
    )


def test_csv_leaves_the_id_of_an_object_that_is_not_followed_empty(tmp_path: Path) -> None:
    assert "0.91,,person" in written(tmp_path / "a.csv", EXPORTS["csv"], [packet(0, FOUND)])


def test_mot_counts_frames_from_one_and_gives_width_and_height(tmp_path: Path) -> None:
    assert written(tmp_path / "a.txt", EXPORTS["mot"], [packet(12, FOLLOWED), packet(13, FOUND[:1])]) == (
        "13,3,1.25,2.0,10.0,20.0,0.91,-1,-1,-1\n13,7,0.0,0.0,5.0,5.0,0.5,-1,-1,-1\n14,-1,1.25,2.0,10.0,20.0,0.91,-1,-1,-1\n"
    )


def test_coco_is_one_json_list_over_all_frames(tmp_path: Path) -> None:
    results = json.loads(
        written(tmp_path / "a.json", EXPORTS["coco"], [packet(0), packet(4, FOLLOWED), packet(5, FOUND)])
    )
    assert [result["image_id"] for result in results] == [4, 4, 5, 5]
    assert results[0] == {"image_id": 4, "category_id": 0, "bbox": [1.25, 2.0, 10.0, 20.0], "score": 0.91}


def test_coco_without_an_object_is_an_empty_list(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path / "a.json", EXPORTS["coco"], [packet(0)])) == []


def test_an_unfinished_output_never_has_the_final_name_and_keeps_what_it_holds(tmp_path: Path) -> None:
    sink = JsonLinesSink(tmp_path / "a.jsonl", INFO, "track")
    sink.write(packet(0))
    sink.close()
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.part.jsonl"]


@pytest.mark.parametrize("kind", EXPORTS.values())
def test_an_export_that_holds_nothing_leaves_no_file_when_the_run_fails(tmp_path: Path, kind: type) -> None:
    kind(tmp_path / "a.out", INFO, "track").close()
    assert not list(tmp_path.iterdir())


def test_a_result_of_another_kind_is_a_bug_and_says_so(tmp_path: Path) -> None:
    sink = JsonLinesSink(tmp_path / "a.jsonl", INFO, "track")
    with pytest.raises(LookupError, match="stage 'track' gave str"):
        sink.write(packet(0, "a word"))
    sink.close()


def test_an_export_without_a_stage_to_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no stage gives Tracks or Detections"):
        EXPORTS["mot"](tmp_path / "a.txt", INFO, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mto=a.txt", "there are csv, mot, coco, events, parquet, sqlite; did you mean mot=a.txt?"),
        ("mot", "the file is missing; write mot=FILE"),
        ("mot=", "the file is missing"),
        ("", "there are csv, mot, coco, events, parquet, sqlite"),
    ],
)
def test_a_wrong_export_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_export(text)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_an_export_may_have_an_equals_sign_in_its_file_name() -> None:
    assert parse_export("csv=a=b.csv") == ("csv", Path("a=b.csv"))
