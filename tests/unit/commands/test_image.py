"""Filters on one picture, from what was typed to what is written, and what is said of mistakes."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from commands.image import filter_image, filter_lines, parse_filter
from pipeline.errors import ConfigError, PipelineError
from run import main
from stages.filters import FILTERS


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a picture.png"
    random = np.random.default_rng(3)
    cv2.imwrite(str(path), cv2.GaussianBlur(random.integers(0, 256, (60, 90, 3)).astype(np.uint8), (0, 0), 2))
    return path


def read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    assert image is not None
    return image


def test_filters_are_applied_in_their_order(picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    asked = ["--filter", "clahe", "--filter", "canny:low=50,high=150"]
    done = CliRunner().invoke(main, ["image", str(picture), "-o", str(target), *asked])
    assert done.exit_code == 0, done.output
    lab = cv2.cvtColor(read(picture), cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(np.ascontiguousarray(lab[..., 0]))
    edges = cv2.Canny(cv2.cvtColor(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), cv2.COLOR_BGR2GRAY), 50, 150)
    assert edges.any()
    assert (read(target)[..., 1] == edges).all()


def test_a_grid_shows_the_picture_and_every_step(picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "steps.png"
    filter_image(picture, target, ("resize:scale=2", "otsu", "rotate:angle=30"), grid=True)
    height, width = read(target).shape[:2]
    assert width > 2 * 180 and height > 2 * 120


def test_lists_colours_and_text_with_commas_can_be_typed(picture: Path, tmp_path: Path) -> None:
    shape = "draw-shape:shape=rectangle,points=[[0.1,0.1],[0.9,0.9]],colour=#00ff00,fill=true"
    filter_image(picture, tmp_path / "out.png", (shape, "draw-text:text='one, two'"), grid=False)
    assert (read(tmp_path / "out.png")[45, 60] == (0, 255, 0)).all()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("clahee", "did you mean 'clahe'?"),
        ("blur", "'box-blur' or 'gaussian-blur' or 'median-blur'"),
        ("zzz", "there are: resize, crop"),
        ("canny:lo=50", r"did you mean 'low'\? .*low: number, 0 to 10000"),
        ("canny:50", "expected setting=value, received '50'"),
        ("canny:low=much", "low: expected a valid number.*number, 0 to 10000"),
        ("canny:low=-5", r"received -5 \(it takes number, 0 to 10000\)"),
        ("canny:every=2", "canny has no 'every'"),
        ("gaussian-blur:size=4", "odd"),
        ("perspective", "corners is needed"),
        ("equalise:x=1", "it has no settings"),
        ("morphology:operation=grow", "'erode', 'dilate'"),
    ],
)
def test_a_mistake_is_told_with_what_there_is(asked: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        parse_filter(asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "target", "asked", "told"),
    [
        ("absent.png", "out.png", "otsu", "cannot read .*No such file"),
        ("text.png", "out.png", "otsu", "no picture that OpenCV knows"),
        ("empty.png", "out.png", "otsu", "no picture that OpenCV knows"),
        ("a picture.png", "out.gif", "otsu", "expected a name that ends in"),
        ("a picture.png", "none/out.png", "otsu", "the folder .* does not exist"),
        ("a picture.png", "a picture.png", "otsu", "would overwrite the input"),
        ("a picture.png", "out.png", "crop:left=200,right=300", "--filter crop.*give edges inside it"),
    ],
)
def test_what_cannot_be_read_done_or_written_leaves_nothing(
    picture: Path, tmp_path: Path, source: str, target: str, asked: str, told: str
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(PipelineError, match=told):
        filter_image(tmp_path / source, tmp_path / target, (asked,), grid=False)
    assert sorted(tmp_path.iterdir()) == before
    assert picture.is_file()


def test_the_list_has_every_filter_with_its_ranges() -> None:
    lines = filter_lines()
    assert len(lines) == len(FILTERS)
    assert any(line.startswith("canny: ") and "low (number, 0 to 10000)" in line for line in lines)
