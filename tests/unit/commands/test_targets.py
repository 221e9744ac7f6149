from pathlib import Path

import pytest

from commands.targets import Wanted, check_distinct, target_for
from pipeline.errors import ConfigError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("walk.mp4").write_bytes(b"video")
    return tmp_path


def test_without_a_name_the_results_lie_here_and_are_called_after_the_input() -> None:
    target = target_for("elsewhere/walk.mov", Wanted(), alone=True, suffix=".mkv")
    assert (target.video, target.jsonl) == (Path("walk.annotated.mkv"), Path("walk.annotated.jsonl"))


def test_a_file_named_is_the_video_and_the_data_lies_beside_it() -> None:
    target = target_for("walk.mp4", Wanted("out/best.mkv"), alone=True, suffix=".mp4")
    assert target.files == [Path("out/best.mkv"), Path("out/best.jsonl")]


@pytest.mark.parametrize("given", ["results/", "there"])
def test_a_folder_that_is_there_or_ends_with_a_slash_gets_the_results(given: str) -> None:
    Path("there").mkdir()
    video = target_for("walk.mp4", Wanted(given), alone=True, suffix=".mp4").video
    assert video is not None
    assert video.parent == Path(given)


def test_of_several_inputs_the_output_is_a_folder() -> None:
    target = target_for("walk.mp4", Wanted("all"), alone=False, suffix=".mp4")
    assert target.video == Path("all/walk.annotated.mp4")


def test_data_can_be_named_or_left_out() -> None:
    assert target_for("walk.mp4", Wanted(jsonl=Path("x.jsonl")), alone=True, suffix=".mp4").jsonl == Path("x.jsonl")
    assert target_for("walk.mp4", Wanted(no_jsonl=True), alone=True, suffix=".mp4").jsonl is None


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_no_output_is_the_input_by_any_name(link: str) -> None:
    getattr(Path("other.mp4"), link)(Path("walk.mp4").absolute())
    for wanted in (
        Wanted("walk.mp4"),
        Wanted("other.mp4"),
        Wanted("./sub/../walk.mp4"),
        Wanted(jsonl=Path("walk.mp4")),
    ):
        with pytest.raises(ConfigError, match="is the input"):
            target_for("walk.mp4", wanted, alone=True, suffix=".mp4")


def test_two_outputs_of_one_input_have_two_names() -> None:
    with pytest.raises(ConfigError, match=r"two outputs of walk\.mp4 have one name"):
        target_for("walk.mp4", Wanted("a.mp4", exports=(("csv", Path("a.jsonl")),)), alone=True, suffix=".mp4")


def test_two_inputs_of_one_name_are_told_apart_or_refused() -> None:
    targets = [target_for(f"{day}/walk.mp4", Wanted("all"), alone=False, suffix=".mp4") for day in ("mon", "tue")]
    with pytest.raises(ConfigError, match=r"mon/walk\.mp4 and tue/walk\.mp4 would both be written to all/walk"):
        check_distinct(targets)
    check_distinct(targets[:1])


def test_a_folder_where_a_file_is_meant_is_refused() -> None:
    Path("walk.jsonl").mkdir()
    with pytest.raises(ConfigError, match=r"walk\.jsonl is a folder"):
        target_for("walk.mp4", Wanted(jsonl=Path("walk.jsonl")), alone=True, suffix=".mp4")
