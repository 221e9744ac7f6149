"""The overlay draws every result that has a drawer, also where there are no boxes."""

from dataclasses import dataclass

import numpy as np

from pipeline.config import StageSettings
from pipeline.types import Frame, Packet
from pipeline.wiring import wire
from stages.draw.pen import Pen
from stages.overlay import Overlay, OverlayConfig


@dataclass(frozen=True)
class Stamp:
    """A plugin's result, which draws itself."""

    xy: tuple[int, int]

    def draw(self, pen: Pen) -> None:
        pen.label("sluice", self.xy, (0, 0, 255))


def test_a_plugins_result_draws_itself_on_a_copy() -> None:
    image = np.full((240, 320, 3), 90, np.uint8)
    stage = Overlay(OverlayConfig(on="", status=False))
    drawn = stage.process(Packet(Frame(image, 0, 0.0, 0.0, "test")).plus("stamp", Stamp((100, 100))))
    red = (drawn.image == (0, 0, 255)).all(axis=-1)
    assert red[86:100, 100:130].any()
    assert not red[101:].any()
    assert (image == 90).all()


def test_a_label_stays_in_the_picture_at_every_corner() -> None:
    for xy in ((0, 0), (10_000, 0), (0, 240), (10_000, 240)):
        image = np.full((240, 320, 3), 90, np.uint8)
        stage = Overlay(OverlayConfig(on="", status=False))
        drawn = stage.process(Packet(Frame(image, 0, 0.0, 0.0, "test")).plus("stamp", Stamp(xy)))
        assert (drawn.image == (0, 0, 255)).all(axis=-1).sum() > 300, xy


def test_an_overlay_with_no_stage_that_finds_boxes_reads_none() -> None:
    wired = wire([StageSettings("overlay", Overlay, OverlayConfig())])
    assert wired[0].config.on == ""  # type: ignore[attr-defined]
