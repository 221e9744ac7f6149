"""`when:`: a stage is asked only while an earlier one says that it is worth it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from pipeline.config import StageSettings
from pipeline.errors import ConfigError
from pipeline.stage import StageConfig
from pipeline.station import StagePlan, Station
from pipeline.types import Detections, Frame, Packet
from pipeline.wiring import wire


@dataclass(frozen=True)
class Stir:
    active: bool


class Watcher:
    Config: ClassVar[type[StageConfig]] = StageConfig
    gives: ClassVar[type] = Stir
    in_order: ClassVar[bool] = False

    def __init__(self, config: StageConfig) -> None:
        self.config = config

    def process(self, packet: Packet) -> object:
        return Stir(True)


class Looker(Watcher):
    gives: ClassVar[type] = Detections


def packet(index: int, stir: bool | None) -> Packet:
    made = Packet(Frame(np.zeros((2, 2, 3), np.uint8), index, index / 25, 0.0, "test"))
    return made if stir is None else made.plus("motion", Stir(stir))


def station(**settings: object) -> Station:
    config = StageConfig.model_validate({"when": "motion", **settings})
    return Station(StagePlan("ssd", config, (Looker(config),)))


def test_a_stage_is_asked_only_where_its_gate_is_open_and_where_nothing_is_known_of_it() -> None:
    asked = station()
    assert [asked.is_asked(packet(n, stir)) for n, stir in enumerate((None, True, False, False, True))] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_the_first_frame_after_a_gate_opens_is_asked_whatever_every_says() -> None:
    asked = station(every=3)
    stirs = (True, True, False, True, True, True, True)
    answers = [asked.is_asked(packet(n, stir)) for n, stir in enumerate(stirs)]
    assert answers == [True, False, False, True, False, False, True]


def test_a_gate_has_to_stand_earlier_and_to_say_when() -> None:
    motion = StageSettings("motion", Watcher, StageConfig())
    gated = StageSettings("ssd", Looker, StageConfig(when="motion"))
    assert wire([motion, gated])[1].config.when == "motion"
    with pytest.raises(ConfigError, match=r"stages\.ssd: when: 'motion' is not an earlier stage .* put a stage like"):
        wire([gated, motion])
    with pytest.raises(ConfigError, match="set it to 'motion'"):
        wire([motion, StageSettings("ssd", Looker, StageConfig(when="health"))])
