"""The stage that reads: places, crops, readings and their following put together, on drawn pages."""

import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from reading import page

from models.cache import default_cache
from models.pull import pull
from models.shelf import find
from pipeline.errors import ConfigError, ModelError
from pipeline.results.texts import Texts
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.read import TextReader
from stages.read_settings import ReadConfig

EXIT, GATE = ("EXIT", (40, 60)), ("Gate 12", (300, 200))
BOXES = {"exit": (40.0, 60.0, 210.0, 100.0), "gate": (300.0, 200.0, 490.0, 240.0)}


@pytest.fixture(scope="session")
def networks() -> None:
    """The networks that find and read, pulled; the test is skipped where they cannot be had."""
    try:
        for name in ("text-ppocr-v6-small", "text-read-ppocr-v6-small"):
            pull(find(name), default_cache())
    except ModelError as error:
        pytest.skip(f"the networks cannot be had: {error}")


def packet(image: np.ndarray, index: int = 0) -> Packet:
    return Packet(Frame(image, index, index / 10, 0.0, "test"))


def texts_of(image: np.ndarray, **settings: object) -> dict[str, Texts]:
    """Each text that is read in one picture, by what it says."""
    pytest.importorskip("tesserocr")
    stage = TextReader(ReadConfig.model_validate({"settle": 1, **settings}))
    try:
        texts = stage.process(packet(image))
    finally:
        stage.close()
    return {text: texts[row : row + 1] for row, text in enumerate(texts.text)}


def test_regions_are_read_where_they_are() -> None:
    found = texts_of(page(EXIT, GATE), regions=BOXES)
    assert set(found) == {"EXIT", "Gate 12"}
    assert found["EXIT"].quad[0].tolist() == [[40, 60], [210, 60], [210, 100], [40, 100]]


def test_regions_may_be_shares_of_the_picture() -> None:
    assert set(texts_of(page(EXIT), regions={"exit": (40 / 640, 60 / 360, 210 / 640, 100 / 360)})) == {"EXIT"}


def test_light_letters_on_dark_ground_are_read() -> None:
    assert set(texts_of(255 - page(EXIT), regions={"exit": BOXES["exit"]})) == {"EXIT"}


def test_a_loosely_drawn_region_is_read() -> None:
    assert set(texts_of(page(("EXIT", (250, 150))), regions={"all": (150, 40, 500, 300)})) == {"EXIT"}


def test_a_sign_on_its_head_is_read_and_begins_at_the_lower_right() -> None:
    image = np.ascontiguousarray(page(("Platform 12", (40, 60)))[::-1, ::-1])
    region = (600 - 280.0, 360 - 100.0, 600.0, 360 - 60.0)
    found = texts_of(image, regions={"sign": region})
    assert set(found) == {"Platform 12"}
    assert found["Platform 12"].quad[0, 0].tolist() == [region[2], region[3]]


def test_a_region_seen_from_the_side_is_straightened() -> None:
    corners = np.array([[40, 60], [210, 60], [210, 100], [40, 100]], np.float32)
    slanted = np.array([[100, 120], [290, 60], [295, 110], [110, 185]], np.float32)
    image = cv2.warpPerspective(page(EXIT), cv2.getPerspectiveTransform(corners, slanted), (640, 360))
    assert set(texts_of(image, regions={"exit": tuple(slanted.ravel().tolist())})) == {"EXIT"}


def test_a_region_outside_the_picture_is_told_once_and_the_others_are_read(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("tesserocr")
    stage = TextReader(ReadConfig(settle=1, regions={"far": (700.0, 10.0, 800.0, 60.0), "exit": BOXES["exit"]}))
    for index in range(3):
        assert stage.process(packet(page(EXIT), index)).text == ("EXIT",)
    stage.close()
    assert [record.getMessage() for record in caplog.records] == [
        "regions.far: [700.0, 10.0, 800.0, 60.0] lies outside the picture of 640 x 360; it is not read"
    ]


@pytest.mark.parametrize("image", [np.full((360, 640, 3), 128, np.uint8), page(("EXIT", (300, 200)))])
def test_nothing_to_read_is_no_text(image: np.ndarray) -> None:
    assert texts_of(image, regions={"exit": BOXES["exit"]}) == {}


def test_a_pattern_takes_what_fits_and_drops_the_rest() -> None:
    found = texts_of(page(EXIT, ("Gate 12", (300, 200))), regions=BOXES, pattern=r"\d+")
    assert set(found) == {"12"}


def test_a_dictionary_mends_a_word_of_a_region(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Exits\n")
    assert set(texts_of(page(EXIT), regions={"exit": BOXES["exit"]}, dictionary=words)) == {"EXITS"}


def test_lines_are_found_wherever_they_are(networks: None) -> None:
    found = texts_of(page(EXIT, GATE), reader="ppocr")
    assert set(found) == {"EXIT", "Gate 12"}
    left, top = found["Gate 12"].quad[0].min(axis=0)
    right, bottom = found["Gate 12"].quad[0].max(axis=0)
    assert 290 < left < 330
    assert 195 < top < 215
    assert 420 < right < 460
    assert 225 < bottom < 250


@pytest.mark.parametrize("kind", [Tracks, Detections])
def test_text_is_looked_for_inside_boxes_alone(networks: None, kind: type) -> None:
    boxes = Detections(
        np.array([[280, 180, 520, 260], [0, 40, 240, 120]], np.float32),
        np.ones(2, np.float32),
        np.array([0, 1], np.int32),
        ("car", "dog"),
    )
    found = boxes if kind is Detections else Tracks(boxes, np.array([4, 5]), np.zeros(2, np.int32))
    config = ReadConfig(settle=1, inside="track", inside_classes=("car",), reader="ppocr")
    stage = TextReader(config)
    texts = stage.process(packet(page(EXIT, GATE)).plus("track", found))
    none = stage.process(packet(page(EXIT, GATE), 1))
    stage.close()
    assert texts.text == ("Gate 12",)
    assert none.text == ()


def test_a_class_that_no_box_has_is_told_once(networks: None, caplog: pytest.LogCaptureFixture) -> None:
    boxes = Detections(
        np.array([[280, 180, 520, 260]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int32), ("car",)
    )
    stage = TextReader(ReadConfig(inside="ssd", inside_classes=("cra",), reader="ppocr"))
    for index in range(2):
        assert stage.process(packet(page(GATE), index).plus("ssd", boxes)).text == ()
    stage.close()
    assert [record.getMessage() for record in caplog.records] == [
        "inside_classes: 'ssd' has no class 'cra', only car; nothing is read in it"
    ]


def test_between_looks_a_line_stays_in_its_box(networks: None) -> None:
    config = ReadConfig(settle=1, inside="track", find_s=5, reader="ppocr")
    stage = TextReader(config)
    places = []
    for index, shift in enumerate((0, 6, 12)):
        xyxy = np.array([[280 + shift, 180, 520 + shift, 260]], np.float32)
        boxes = Detections(xyxy, np.ones(1, np.float32), np.zeros(1, np.int32), ("car",))
        tracks = Tracks(boxes, np.array([4]), np.zeros(1, np.int32))
        image = page(("Gate 12", (300 + shift, 200)))
        texts = stage.process(packet(image, index).plus("track", tracks))
        assert texts.text == ("Gate 12",)
        places.append(float(texts.quad[0, 0, 0]))
    stage.close()
    assert np.diff(places).tolist() == [6, 6]


def test_between_looks_a_line_goes_with_the_picture(networks: None) -> None:
    stage = TextReader(ReadConfig(settle=1, find_s=5, reader="ppocr"))
    places = []
    for index, shift in enumerate((0, 6, 12)):
        texts = stage.process(packet(page(("Gate 12", (300 + shift, 200 - shift))), index))
        assert texts.text == ("Gate 12",)
        places.append(texts.quad[0, 0].tolist())
    stage.close()
    assert np.abs(np.diff(places, axis=0) - [6, -6]).max() < 0.5


def test_a_new_line_is_found_at_the_next_look(networks: None) -> None:
    stage = TextReader(ReadConfig(settle=1, find_s=0.2, reader="ppocr"))
    said = [stage.process(packet(page(EXIT, *[GATE][: index > 0]), index)).text for index in range(4)]
    stage.close()
    assert said == [("EXIT",), ("EXIT",), ("EXIT", "Gate 12"), ("EXIT", "Gate 12")]


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (31, 33)])
def test_pictures_of_any_size_are_searched(networks: None, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    texts_of(noise, reader="ppocr")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pattern": "[A-Z"}, "unterminated character set at character 1 of '\\[A-Z'"),
        ({"regions": {"clock": (1, 2, 3)}}, "clock: expected 4 numbers .* or 8, received 3"),
        ({"regions": {"clock": (50, 2, 3, 9)}}, "clock: .* is empty; write left, top, right, bottom"),
        ({"regions": {"clock": (40, 60, 210, 100, 210, 60, 40, 100)}}, "are not four corners clockwise"),
        ({"regions": {"clock": (0, 0, float("nan"), 0, 9, 9, 0, 9)}}, "has something in it that is no number"),
        ({"regions": {"clock": (-9, -9, -1, -1)}}, "lies outside every picture"),
        ({"regions": {"a": (0, 0, 1, 1)}, "inside": "track"}, "two answers to where text is"),
    ],
)
def test_a_setting_that_cannot_be_says_where(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ReadConfig.model_validate(settings)


def test_a_missing_dictionary_and_an_unknown_language_are_told(tmp_path: Path) -> None:
    pytest.importorskip("tesserocr")
    regions: dict[str, tuple[float, ...]] = {"all": (0, 0, 1, 1)}
    with pytest.raises(ConfigError, match="dictionary: cannot read"):
        TextReader(ReadConfig(regions=regions, dictionary=tmp_path / "none.txt"))
    with pytest.raises(ConfigError, match="lang: no data for xyz"):
        TextReader(ReadConfig(regions=regions, lang="xyz"))


def test_a_network_that_finds_people_finds_no_text() -> None:
    with pytest.raises(ModelError, match="is for detect, not for text-detect"):
        TextReader(ReadConfig(model="person-ssdlite"))


def test_the_reader_ends_with_its_stage() -> None:
    pytest.importorskip("tesserocr")
    before = threading.active_count()
    stage = TextReader(ReadConfig(regions={"all": (0, 0, 1, 1)}))
    assert threading.active_count() == before + 1
    stage.close()
    stage.close()
    assert threading.active_count() == before


def test_only_the_networks_that_are_used_are_named() -> None:
    known = ReadConfig(regions={"all": (0, 0, 1, 1)})
    assert (known.model, known.read_model) == ("", "")
    assert (ReadConfig().model, ReadConfig().read_model) == ("text-ppocr-v6-small", "")
    assert ReadConfig(reader="ppocr").read_model == "text-read-ppocr-v6-small"


def test_a_page_of_known_text_is_read_whole(networks: None, shared: Callable[..., Path]) -> None:
    image = cv2.imread(str(shared("data", "ocr", "tesseract", "phototest.tif")))
    truth = shared("data", "ocr", "tesseract", "phototest.gold.txt").read_text().split("\n")
    assert image is not None
    assert set(texts_of(image, reader="ppocr")) == {line for line in truth if line.strip("\f ")}
