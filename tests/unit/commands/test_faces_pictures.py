"""Pictures as people have them: turned, grey, deep, transparent, huge, and no pictures at all."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from commands.faces_pictures import LONGEST_PX, pictures_in, read_picture, read_scaled, spread
from pipeline.errors import SourceError


@pytest.fixture
def scene() -> np.ndarray:
    """`(40, 60, 3) uint8` BGR, red to the left and blue to the right."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :30, 2] = 200
    image[:, 30:, 0] = 200
    return image


def test_a_picture_is_turned_as_its_exif_says(tmp_path: Path, scene: np.ndarray) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene[..., ::-1]).save(path, exif=exif, quality=95)
    turned = read_picture(path)
    assert turned.shape == (60, 40, 3)
    assert turned[10, 20].argmax() == 2 and turned[50, 20].argmax() == 0


@pytest.mark.parametrize("kind", ["grey", "grey16", "colour16", "rgba16"])
def test_grey_and_deep_pictures_become_plain_ones(tmp_path: Path, scene: np.ndarray, kind: str) -> None:
    path = tmp_path / f"{kind}.png"
    grey = cv2.cvtColor(scene, cv2.COLOR_BGR2GRAY)
    rgba = cv2.cvtColor(scene, cv2.COLOR_BGR2BGRA)
    deep = {"grey": grey, "grey16": grey.astype(np.uint16) * 257, "colour16": scene.astype(np.uint16) * 257}
    assert cv2.imwrite(str(path), deep.get(kind, rgba.astype(np.uint16) * 257))
    image = read_picture(path)
    assert image.shape == (40, 60, 3) and image.dtype == np.uint8
    want = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) if "grey" in kind else scene
    assert np.abs(image.astype(int) - want).max() <= 1


def test_what_is_seen_through_is_white(tmp_path: Path, scene: np.ndarray) -> None:
    rgba = cv2.cvtColor(scene, cv2.COLOR_BGR2BGRA)
    rgba[:20, :, 3] = 0
    path = tmp_path / "glass.png"
    assert cv2.imwrite(str(path), rgba)
    image = read_picture(path)
    assert (image[5, 5] == 255).all() and (image[30] == scene[30]).all()


def test_a_picture_12_000_px_wide_is_scaled_down_and_says_by_how_much(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    assert cv2.imwrite(str(path), np.full((300, 12_000, 3), 90, np.uint8))
    image, scale = read_scaled(path)
    assert image.shape[1] == LONGEST_PX and scale == pytest.approx(12_000 / LONGEST_PX)


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff\xe0 cut off", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_what_is_no_picture_is_told_in_a_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "face.jpg"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"face\.jpg") as told:
        read_picture(path)
    assert "\n" not in str(told.value)


def test_a_folder_stands_for_the_pictures_in_it_and_below_without_the_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.jpg", "deeper/a.png", ".hidden/c.jpg", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["b.jpg", "a.png"]


def test_a_folder_without_pictures_and_a_path_to_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no pictures in"):
        list(spread([tmp_path]))
    with pytest.raises(SourceError, match="no such file"):
        list(spread([tmp_path / "absent.jpg"]))
