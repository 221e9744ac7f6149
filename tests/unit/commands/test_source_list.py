from pathlib import Path

import pytest

from commands.source_list import read_sources
from pipeline.errors import ConfigError


def test_a_source_a_line_without_what_is_for_people(tmp_path: Path) -> None:
    listed = tmp_path / "sources"
    listed.write_text("# the gate\n  rtsp://me:sec#ret@gate/1  \n\n0\n")
    assert read_sources(listed) == ("rtsp://me:sec#ret@gate/1", "0")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"# nothing yet\n", "names no source"), (b"\xff\xfe\x00", "it is no text"), (None, "No such file")],
)
def test_a_list_that_names_nothing_is_one_line(tmp_path: Path, content: bytes | None, says: str) -> None:
    listed = tmp_path / "sources"
    if content is not None:
        listed.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        read_sources(listed)
