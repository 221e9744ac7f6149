"""Where outputs may be written, and what is left when they cannot be."""

from pathlib import Path

import pytest
from disks import largest_file

from pipeline.errors import ConfigError, SinkError
from pipeline.sinks.staged import Claim, StagedText


def test_a_folder_as_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it is a folder"):
        Claim(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none does not exist"):
        Claim(tmp_path / "none" / "a.mp4")


@pytest.mark.parametrize("source", ["a.mp4", "a.part.mp4"])
def test_the_input_is_never_overwritten_not_even_by_the_temporary_file(tmp_path: Path, source: str) -> None:
    (tmp_path / source).write_bytes(b"precious")
    with pytest.raises(ConfigError, match="would overwrite the input"):
        Claim(tmp_path / "a.mp4", tmp_path / source)
    assert (tmp_path / source).read_bytes() == b"precious"


def test_a_name_too_long_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="File name too long"):
        Claim(tmp_path / ("a" * 253), tmp_path)


def test_two_runs_cannot_write_the_same_file_and_the_first_loses_nothing(tmp_path: Path) -> None:
    first = StagedText(tmp_path / "a.jsonl", flush_every_s=0)
    first.write(b"one\n")
    with pytest.raises(ConfigError, match=r"cannot write .*a\.jsonl: another run is writing it; wait for that one"):
        StagedText(tmp_path / "a.jsonl")
    first.finish()
    first.close()
    second = StagedText(tmp_path / "a.jsonl")
    second.write(b"two\n")
    assert (tmp_path / "a.jsonl").read_bytes() == b"one\n"
    second.finish()
    second.close()
    assert (tmp_path / "a.jsonl").read_bytes() == b"two\n"


def test_what_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.part.jsonl").write_bytes(b"left")
    text = StagedText(tmp_path / "a.jsonl")
    text.finish()
    text.close()
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_records_are_readable_while_the_run_goes_on(tmp_path: Path) -> None:
    text = StagedText(tmp_path / "a.jsonl", flush_every_s=0)
    text.write(b"one\n")
    assert (tmp_path / "a.part.jsonl").read_bytes() == b"one\n"
    text.finish()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.jsonl", b"one\n")]


def test_a_full_disk_is_told_with_the_path_and_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    text = StagedText(tmp_path / "a.jsonl")
    with largest_file(100_000), pytest.raises(SinkError, match=r"cannot write .*a\.jsonl: File too large"):
        for _ in range(200):
            text.write(b"x" * 1000 + b"\n")
    text.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.part.jsonl"]
