"""Other people's stages: found by name, beside the config, by an entry point; a line for each that cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from commands.settings import load_settings
from pipeline.build import build
from pipeline.config import find_stage
from pipeline.errors import ConfigError
from pipeline.plugins import with_plugins

GOOD = """
from pipeline.stage import StageConfig

class Good:
    Config, gives, in_order = StageConfig, int, False
    def __init__(self, config): self.config = config
    def process(self, packet): return 1
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    import sys

    monkeypatch.setattr(sys, "path", list(sys.path))

    def file(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return file


def test_a_module_beside_the_config_is_found(write: Write) -> None:
    write("plug_beside.py", GOOD)
    config = write("a.yaml", "stages: {mine: {use: 'plug_beside:Good'}}")
    (plan,) = build(load_settings(config))
    assert type(plan.workers[0]).__name__ == "Good"


def test_overriding_a_setting_keeps_the_place_of_the_config(write: Write) -> None:
    write("plug_override.py", GOOD)
    config = write("a.yaml", "stages: {mine: {use: 'plug_override:Good'}}")
    (plan,) = build(load_settings(config, ("stages.mine.every=3",)))
    assert plan.config.every == 3


def test_an_entry_point_gives_a_stage_its_name(write: Write, tmp_path: Path) -> None:
    import sys

    write("plug_entry.py", GOOD)
    info = tmp_path / "plug_entry-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-entry\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sluice.stages]\nblink = plug_entry:Good\noverlay = plug_entry:Good\n")
    sys.path.append(str(tmp_path))
    assert find_stage("blink", {}).__name__ == "Good"
    assert with_plugins({"overlay": "stages.overlay:Overlay"})["overlay"] == "stages.overlay:Overlay"
    with pytest.raises(ConfigError, match="did you mean 'blink'"):
        find_stage("blnk", {})


@pytest.mark.parametrize(
    ("text", "use", "told"),
    [
        (GOOD, "plug_{}:Bad", "has no class 'Bad'"),
        ("import not_there_at_all", "plug_{}:Good", "cannot be imported: No module named 'not_there_at_all'"),
        ("1 / 0", "plug_{}:Good", "ZeroDivisionError"),
        ("def (", "plug_{}:Good", "SyntaxError"),
        (GOOD.replace("def process", "def proces"), "plug_{}:Good", "lacks process"),
        (GOOD.replace("StageConfig, int", "int, int"), "plug_{}:Good", "expected a subclass of StageConfig"),
        (GOOD.replace("StageConfig, int", "StageConfig, 5"), "plug_{}:Good", "gives: expected a type, received 5"),
        (GOOD.replace("def process(self, packet): return 1", "process = 5"), "plug_{}:Good", "expected a method"),
        (GOOD, "plug_{}:Config", "has no class"),
        (GOOD + "good = Good(None)", "plug_{}:good", "expected a class"),
        (GOOD, "nowhere:Good", "No module named 'nowhere'"),
    ],
)
def test_what_is_no_stage_is_told_in_a_line(
    write: Write, request: pytest.FixtureRequest, text: str, use: str, told: str
) -> None:
    name = str(abs(hash(request.node.name)))
    write(f"plug_{name}.py", text)
    config = write("a.yaml", f"stages:\n  mine: {{use: '{use.format(name)}'}}")
    with pytest.raises(ConfigError, match=told) as raised:
        load_settings(config)
    assert "\n" not in str(raised.value)
    assert "a.yaml:2: stages.mine: " in str(raised.value)


def test_a_stage_that_cannot_be_made_is_told_in_a_line(write: Write) -> None:
    write("plug_unmade.py", GOOD.replace("self.config = config", "raise OSError('no device')"))
    config = write("a.yaml", "stages: {mine: {use: 'plug_unmade:Good'}}")
    with pytest.raises(ConfigError, match=r"stages\.mine: it cannot be made: OSError: no device"):
        build(load_settings(config))


def test_a_stage_that_changes_the_size_cannot_be_disabled(write: Write) -> None:
    moving = GOOD.replace("StageConfig, int", "StageConfig, Frame").replace(
        "    def process", "    moves_pixels = True\n    def process"
    )
    write("plug_moves.py", "from pipeline.types import Frame\n" + moving)
    config = write("a.yaml", "stages: {mine: {use: 'plug_moves:Good', on_error: disable}}")
    with pytest.raises(ConfigError, match="set stop or skip"):
        build(load_settings(config))
