from collections.abc import Mapping

import pytest

from batch.parts import Parts, names, parts_of
from pipeline.config import Settings, check_settings
from pipeline.config_file import Document
from stages import CATALOGUE


def settings(**stages: Mapping[str, object]) -> Settings:
    return check_settings(Document("test", {"stages": stages}), CATALOGUE)


def test_a_detector_a_tracker_counting_and_drawing_are_three_parts() -> None:
    line = {"lines": {"door": {"points": [[0, 0.2], [1, 0.2]]}}}
    found = parts_of(settings(**{"median-blur": {}}, ssd={"every": 2}, track={}, zones=line, overlay={}))
    assert isinstance(found, Parts)
    assert [names(part) for part in (found.look, found.follow, found.draw)] == [
        ["median-blur", "ssd"],
        ["track", "zones"],
        ["overlay"],
    ]


@pytest.mark.parametrize(
    ("stages", "says"),
    [
        ({"ssd": {"every": "auto"}, "track": {}}, "chooses its frames by those before"),
        ({"ssd": {"on_error": "skip"}}, "goes on after faults"),
        ({"ssd": {}, "track": {"moving_camera": True}}, "'track' looks at every picture in order"),
        ({"ssd": {}, "track": {}, "classify": {}}, "'classify' looks at every picture in order"),
        ({"resize": {"width": 100}, "ssd": {}}, "moves pixels"),
        ({"health": {}}, "'health' looks at every picture in order"),
        ({"overlay": {}}, "no stage looks at pictures without a memory"),
    ],
)
def test_what_needs_its_frames_in_order_is_not_cut_and_says_why(
    stages: dict[str, dict[str, object]], says: str
) -> None:
    found = parts_of(settings(**stages))
    assert isinstance(found, str)
    assert says in found
