from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from pipeline.changes import Changeable, change, changeable
from pipeline.errors import ConfigError
from pipeline.stage import StageConfig
from pipeline.station import StagePlan, Station
from pipeline.types import Packet
from stages.overlay import OverlayConfig
from stages.ssd import SsdConfig
from stages.track import TrackConfig


class DialConfig(StageConfig):
    """A stage with a dial."""

    level: Annotated[int, Changeable(), Field(ge=0, le=10)] = 5
    fixed: int = 1


class Dial:
    """Gives its level."""

    Config: ClassVar[type[StageConfig]] = DialConfig
    gives: ClassVar[type] = int
    in_order: ClassVar[bool] = False

    def __init__(self, config: DialConfig) -> None:
        self.config = config

    def process(self, packet: Packet) -> int:
        return self.config.level


def station() -> tuple[Station, list[Dial]]:
    config = DialConfig()
    workers = [Dial(config), Dial(config)]
    return Station(StagePlan("dial", config, tuple(workers))), workers


def test_every_worker_sees_the_new_value() -> None:
    made, workers = station()
    change(made, "level", 7)
    assert [worker.config.level for worker in workers] == [7, 7]
    assert made.plan.config.model_dump()["level"] == 7


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("level", 11, r"stages\.dial\.level: Input should be less than or equal to 10; it stays 5"),
        ("level", "much", r"stages\.dial\.level: Input should be a valid integer"),
        ("fixed", 2, r"'fixed' cannot change while it runs; what may change is level"),
        ("nothing", 2, r"'nothing' cannot change while it runs"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_changes(setting: str, value: object, says: str) -> None:
    made, workers = station()
    with pytest.raises(ConfigError, match=says):
        change(made, setting, value)
    assert workers[0].config == DialConfig()


def test_the_built_in_stages_say_what_may_change() -> None:
    assert changeable(SsdConfig) == ("min_score", "max_iou", "max_objects")
    assert "new_score" in changeable(TrackConfig)
    assert changeable(OverlayConfig) == ("labels", "scores", "trail_s", "status", "scale")
