"""Pictures from files of every kind, as they are meant to be seen."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from models.data.pictures import decode, quiet, read_picture
from pipeline.errors import SourceError


def packed(image: Image.Image, form: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **settings)
    return file.getvalue()


def two_halves(width: int = 40, height: int = 20) -> Image.Image:
    """Red left, blue right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0], pixels[:, width // 2 :, 2] = 255, 255
    return Image.fromarray(pixels)


def test_a_picture_is_rgb_and_grey_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "halves.png"
    two_halves().save(path)
    assert read_picture(path)[0, [0, -1]].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert read_picture(path, (10, 5), 1)[0, [0, -1], 0].tolist() == [76, 29]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_a_picture_is_turned_as_its_exif_says(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn it clockwise
    image = decode(packed(two_halves(), form, exif=exif), "x", None, 3)
    assert image.shape == (40, 20, 3)
    assert np.abs(image[2, 10].astype(int) - [255, 0, 0]).max() < 8
    assert np.abs(image[-3, 10].astype(int) - [0, 0, 255]).max() < 8


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (8, 8), 0)
        image.putpalette([0, 0, 0, 200, 10, 10])
        data = packed(image, transparency=0)
    else:
        data = packed(Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode))
    assert (decode(data, "x") == 255).all()


def test_sixteen_bits_become_eight() -> None:
    levels = np.array([[0, 256 * 100, 65535]], np.uint16)
    assert decode(packed(Image.fromarray(levels)), "x")[0, :, 0].tolist() == [0, 100, 255]


def test_a_float_tiff_in_0_to_1_is_no_black_picture() -> None:
    assert decode(packed(Image.fromarray(np.array([[0, 0.5, 1]], np.float32)), "TIFF"), "x")[0, :, 1].tolist() == [
        0,
        128,
        255,
    ]


def test_cmyk_jpegs_have_the_colours_that_were_printed() -> None:
    image = decode(packed(two_halves().convert("CMYK"), "JPEG", quality=95), "x")
    assert np.abs(image[10, 5].astype(int) - [255, 0, 0]).max() < 12
    assert np.abs(image[10, 35].astype(int) - [0, 0, 255]).max() < 12


@pytest.mark.parametrize("mode", ["1", "L", "P", "I", "YCbCr", "LAB"])
def test_every_mode_is_read(mode: str) -> None:
    form = {"YCbCr": "JPEG", "LAB": "TIFF", "I": "TIFF"}.get(mode, "PNG")
    source = two_halves() if mode != "I" else two_halves().convert("L").convert("I").point(lambda level: level * 256)
    image = decode(packed(source.convert(mode), form), "x", (16, 8), 3)
    assert image.shape == (8, 16, 3)
    assert image.std() > 10


def test_a_large_jpeg_read_small_is_what_averaging_all_of_it_gives() -> None:
    pixels = cv2.resize(np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8), (1600, 1200))
    data = packed(Image.fromarray(pixels), "JPEG", quality=95)
    whole = cv2.resize(decode(data, "x"), (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(decode(data, "x", (32, 32), 3).astype(int) - whole).max() <= 4


def test_a_jpeg_little_larger_than_asked_for_is_read_whole() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)
    data = packed(Image.fromarray(pixels), "JPEG", quality=95)
    whole = cv2.resize(decode(data, "x"), (64, 64), interpolation=cv2.INTER_AREA)
    assert (decode(data, "x", (64, 64), 3) == whole).all()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "GIF", "WEBP"])
def test_a_picture_that_was_cut_off_is_damaged_and_not_half_grey(form: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = packed(Image.fromarray(pixels), form)
    for end in (len(data) // 2, len(data) // 10, 20):
        with quiet(), pytest.raises(SourceError, match=r"cannot read cut\.x: it is (damaged|no picture)"):
            decode(data[:end], "cut.x")


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0\xff\xd9", b"no picture"])
def test_what_is_no_picture_is_told_in_a_line(data: bytes) -> None:
    with pytest.raises(SourceError, match="cannot read x:") as raised:
        decode(data, "x")
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.png: No such file"):
        read_picture(tmp_path / "absent.png")
