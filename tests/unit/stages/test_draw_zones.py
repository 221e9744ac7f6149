import numpy as np

from pipeline.results.zones import Zones
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.overlay import Overlay, OverlayConfig
from stages.zone_settings import ZonesConfig
from stages.zones import ZoneCounter
from vision.heat import blend_heat


def counted(where: list[tuple[float, float]], **config: object) -> Zones:
    """What a counter says after one track was at these places, ten a second."""
    stage = ZoneCounter(ZonesConfig.model_validate({"on": "track", "min_age_s": 0, **config}))
    found = None
    for index, (x, y) in enumerate(where):
        xyxy = np.array([[x - 5, y - 20, x + 5, y]], np.float32)
        box = Detections(xyxy, np.full(1, 0.9, np.float32), np.zeros(1, np.int32), ("person",))
        tracks = Tracks(box, np.array([1]), np.zeros(1, np.int32))
        frame = Frame(np.zeros((240, 320, 3), np.uint8), index, index / 10, 0.0, "test")
        found = stage.process(Packet(frame, {"track": tracks}))
    assert found is not None
    return found


def drawn(found: Zones) -> np.ndarray:
    frame = Frame(np.full((240, 320, 3), 90, np.uint8), 0, 0.0, 0.0, "test")
    packet = Packet(frame).plus("zones", found)
    return Overlay(OverlayConfig(on="", status=False)).process(packet).image


AREA = {"areas": {"room": {"polygon": [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]}}}


def test_an_area_is_tinted_and_more_so_while_somebody_is_in_it() -> None:
    empty, full = drawn(counted([(20, 60)], **AREA)), drawn(counted([(160, 120)], **AREA))
    outside, inside = (slice(0, 50), slice(0, 70)), (slice(80, 150), slice(100, 220))
    assert (empty[outside] == 90).all()
    assert np.abs(empty[inside].astype(int) - 90).max(axis=-1).mean() > 3
    assert np.abs(full[inside].astype(int) - 90).mean() > 1.5 * np.abs(empty[inside].astype(int) - 90).mean()


def test_the_arrow_of_a_line_points_to_where_the_first_direction_goes() -> None:
    line = {"lines": {"gate": {"points": [[0.5, 1.0], [0.5, 0.0]]}}}
    changed = (drawn(counted([(20, 60)], **line)) != 90).any(axis=-1)[110:130]
    assert changed[:, 162:180].sum() > 5 * max(1, changed[:, 140:158].sum())


def test_places_at_the_edge_of_the_picture_are_drawn_too() -> None:
    whole = {
        "areas": {"all": {"polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}},
        "lines": {"edge": {"points": [[0, 0], [1, 0]]}},
    }
    assert (drawn(counted([(20, 60)], **whole)) != 90).any(axis=-1).mean() > 0.95


def test_heat_colours_where_somebody_stood_and_nothing_else() -> None:
    image = np.full((240, 320, 3), 90, np.uint8)
    found = counted([(160, 120)] * 10, heat=True)
    assert found.heat is not None
    blend_heat(image, found.heat)
    assert (image[116:126, 158:166] != 90).any(axis=-1).all()
    assert (image[:60] == 90).all()
    cold = np.full((240, 320, 3), 90, np.uint8)
    blend_heat(cold, np.zeros((54, 96), np.float32))
    assert (cold == 90).all()
