from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from pipeline.build import build, names_of
from pipeline.config import Settings, check_settings, find_stage
from pipeline.config_file import read_document, with_overrides
from pipeline.errors import ConfigError
from pipeline.schema import config_schema
from pipeline.stage import Reads, StageConfig
from pipeline.types import Detections, Frame, Packet, Tracks


class FinderConfig(StageConfig):
    min_score: Annotated[float, Field(ge=0, le=1, description="least score")] = 0.3


class Finder:
    """Finds nothing."""

    Config: ClassVar[type[StageConfig]] = FinderConfig
    gives: ClassVar[type] = Detections
    in_order: ClassVar[bool] = False
    made = 0

    def __init__(self, config: FinderConfig) -> None:
        type(self).made += 1
        self.config = config
        self.closed = False

    def process(self, packet: Packet) -> Detections:
        return Detections.none()

    def close(self) -> None:
        self.closed = True


class FollowerConfig(StageConfig):
    on: Annotated[str, Reads(Detections)] = "auto"


class Follower(Finder):
    """Follows."""

    Config = FollowerConfig
    gives = Tracks
    in_order = True


class Cropper(Finder):
    """Moves pixels."""

    Config = StageConfig
    gives = Frame
    moves_pixels = True


class Broken(Finder):
    """Cannot be made."""

    def __init__(self, config: FinderConfig) -> None:
        raise ConfigError("broken on purpose")


class NotAStage:
    pass


CATALOGUE = {name: f"{__name__}:{name.title()}" for name in ("finder", "follower", "cropper", "broken")}


def settings(tmp_path: Path, text: str, *overrides: str) -> Settings:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    return check_settings(with_overrides(read_document(path), overrides), CATALOGUE)


def refused(tmp_path: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        build(settings(tmp_path, text, *overrides))
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_stage_reads_the_nearest_earlier_one_that_gives_what_it_wants(tmp_path: Path) -> None:
    plans = build(settings(tmp_path, "stages:\n  a: {use: finder}\n  b: {use: finder}\n  follower:\n"))
    assert [plan.config.model_dump().get("on") for plan in plans] == [None, None, "b"]
    assert names_of(plans, Tracks, Detections) == ["a", "b", "follower"]


def test_a_stage_may_name_the_one_it_reads(tmp_path: Path) -> None:
    plans = build(settings(tmp_path, "stages:\n  a: {use: finder}\n  b: {use: finder}\n  follower: {on: a}\n"))
    assert plans[2].config.model_dump()["on"] == "a"


def test_every_worker_has_a_stage_object_of_its_own_and_zero_means_one_for_each_core(tmp_path: Path) -> None:
    from pipeline.build import cores

    three, auto = build(settings(tmp_path, "stages:\n  a: {use: finder, workers: 3}\n  finder: {workers: 0}\n"))
    assert len({id(stage) for stage in three.workers}) == 3
    assert len(auto.workers) == cores()


def test_the_thread_budget_is_what_workers_share_out(tmp_path: Path) -> None:
    (auto,) = build(settings(tmp_path, "flow: {threads: 3}\nstages:\n  finder: {workers: 0}\n"))
    assert len(auto.workers) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "stages:\n  finder:\n  follower: {on: detect}\n",
            "stages.follower: on: 'detect' is not an earlier stage that gives Detections; set it to 'finder'",
        ),
        (
            "stages:\n  follower:\n  finder:\n",
            "stages.follower: on: no earlier stage gives Detections; put one that does before 'follower'",
        ),
        (
            "stages:\n  finder:\n  cropper:\n",
            "stages.cropper: it moves pixels, so what 'finder' found before would be in the wrong place; "
            "put 'cropper' before 'finder'",
        ),
        ("stages:\n  findr:\n", "c.yaml:2: stages.findr: no stage 'findr'; did you mean 'finder'?"),
        ("stages:\n  x: {use: gone.away:X}\n", "c.yaml:2: stages.x: stage 'gone.away:X' cannot be imported: No module"),
        (f"stages:\n  x: {{use: '{__name__}:Nope'}}\n", "has no class 'Nope'"),
        (f"stages:\n  x: {{use: '{__name__}:NotAStage'}}\n", "lacks Config, gives, in_order, process"),
        (
            "stages:\n  finder:\n\n    min_scor: 0.4\n",
            "c.yaml:4: stages.finder.min_scor: unknown setting; did you mean 'min_score'?",
        ),
        (
            "stages:\n  finder: {min_score: 1.4}\n",
            "c.yaml:2: stages.finder.min_score: expected less than or equal to 1, received 1.4",
        ),
        ("stages:\n  finder: {min_score: high}\n", "stages.finder.min_score: expected a valid number"),
        ("stages:\n  finder: 3\n", "c.yaml:2: stages.finder: expected settings, received int 3"),
        ("stages: [finder]\n", "c.yaml:1: stages: expected a valid dictionary, received ['finder']"),
        ("stages:\n  finder:\n  follower: {workers: 2}\n", "stages.follower.workers: 2 cannot be, since 'follower'"),
        ("sourc: {}\n", "c.yaml:1: sourc: unknown setting; did you mean 'source'?"),
        ("flow: {capacity: 0}\n", "c.yaml:1: flow.capacity: expected greater than or equal to 1, received 0"),
        ("output:\n  codek: x\n", "c.yaml:2: output.codek: unknown setting; did you mean 'codec'?"),
        ("stages:\n  finder:\n  finder:\n", "c.yaml:3: 'stages.finder' stands here and on line 2; keep one"),
        ("stages: {\n", "c.yaml:2: not valid YAML: expected the node content"),
        ("- a\n", "c.yaml: expected settings as 'key: value' lines, received list"),
        ("stages:\n  broken:\n", "broken on purpose"),
    ],
)
def test_what_cannot_be_is_told_with_its_place_and_the_mend(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_every_problem_has_a_line(tmp_path: Path) -> None:
    lines = refused(tmp_path, "stages:\n  findr:\n  finder: {min_score: 2, x: 1}\n").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["c.yaml:2:", "c.yaml:3:", "c.yaml:3:"]


def test_an_override_wins_over_the_file_and_is_read_as_yaml(tmp_path: Path) -> None:
    text = "stages:\n  finder: {min_score: 0.9}\n"
    got = settings(tmp_path, text, "stages.finder.min_score=0.4", "stages.follower=", "flow.capacity=3")
    assert got.stages[0].config.model_dump()["min_score"] == 0.4
    assert [stage.name for stage in got.stages] == ["finder", "follower"]
    assert got.flow.capacity == 3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("stages.finder.min_score", "expected KEY=VALUE"),
        ("stages..min_score=1", "expected KEY=VALUE"),
        ("stages.finder.min_score.deep=1", "'min_score' is a value, not a group"),
        ("stages.finder.min_score=[", "not valid YAML"),
        ("stages.finder.min_score=2", "c.yaml:2: stages.finder.min_score: expected less than or equal to 1"),
    ],
)
def test_an_override_that_cannot_be_is_named(tmp_path: Path, override: str, message: str) -> None:
    assert message in refused(tmp_path, "stages:\n  finder: {min_score: 0.1}\n", override)


def test_a_config_that_is_absent_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no config file nowhere\.yaml"):
        read_document(Path("nowhere.yaml"))


def test_a_folder_and_a_binary_file_as_config_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^cannot read config \S+: Is a directory; name a YAML file$"):
        read_document(tmp_path)
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"^cannot read config \S+: it is no text; name a YAML file$"):
        read_document(tmp_path / "c.yaml")


def test_stages_made_before_one_that_fails_are_closed(tmp_path: Path) -> None:
    closed: list[bool] = []
    before = Finder.close
    Finder.close = lambda self: closed.append(True)  # type: ignore[method-assign]
    try:
        refused(tmp_path, "stages:\n  finder: {workers: 2}\n  broken:\n")
    finally:
        Finder.close = before  # type: ignore[method-assign]
    assert closed == [True, True]


def test_the_schema_knows_every_stage_and_its_ranges() -> None:
    schema = config_schema(CATALOGUE)
    finder = schema["properties"]["stages"]["properties"]["finder"]["anyOf"][0]
    assert finder["description"] == "Finds nothing."
    assert finder["properties"]["min_score"]["maximum"] == 1
    assert finder["additionalProperties"] is False


def test_a_stage_of_ones_own_is_found_by_its_module() -> None:
    assert find_stage(f"{__name__}:Finder", {}) is Finder


def test_a_stage_that_remembers_has_one_thread_also_where_the_machine_has_more(tmp_path: Path) -> None:
    plans = build(settings(tmp_path, "stages:\n  finder:\n  follower: {workers: 0}\n"))
    assert len(plans[1].workers) == 1


def test_built_stages_are_open(tmp_path: Path) -> None:
    (plan,) = build(settings(tmp_path, "stages:\n  finder:\n"))
    assert [stage.closed for stage in plan.workers if isinstance(stage, Finder)] == [False]


def test_an_override_leaves_the_document_as_it_was_and_points_to_no_line_of_it(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("stages:\n  finder:\n    min_score: 0.2\n")
    document = read_document(path)
    changed = with_overrides(document, ("stages.finder.min_score=7",))
    assert document.data == {"stages": {"finder": {"min_score": 0.2}}}
    with pytest.raises(ConfigError, match=r"c\.yaml:2: stages\.finder\.min_score: expected less"):
        check_settings(changed, CATALOGUE)
