"""A picture from a file of any kind, as it is meant to be seen: turned, over white, eight bits, RGB or grey."""

import io
import math
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from models.data.prepare import Step, prepared
from models.feed import resized
from pipeline.errors import SourceError

MOST_PIXELS = 178_956_970
"""Pillow's own limit, against files made to fill the memory."""
SUFFIXES = frozenset(
    (".avif", ".bmp", ".dib", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm",
     ".tga", ".tif", ".tiff", ".webp")
)  # fmt: skip
"""What a picture is called."""
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""All that Pillow's readers were seen to raise on damaged files."""
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def is_picture(name: str) -> bool:
    """Whether a file is a picture by its name; hidden ones, such as a Mac's `._x.jpg`, are not.

    >>> is_picture("cat/1.JPG"), is_picture("cat/._1.jpg"), is_picture("cat/Thumbs.db")
    (True, False, False)
    """
    path = Path(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def read_picture(
    path: Path, size: tuple[int, int] | None = None, channels: int = 3, steps: Sequence[Step] = ()
) -> np.ndarray:
    """A picture from a file; see `decode`.

    Raises:
        SourceError: the file is absent, no picture, or damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; check the path and your right to read it") from error
    with quiet():
        return decode(data, str(path), size, channels, steps)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of Pillow's about files that it reads all the same, or that `decode` then calls damaged.

    To be entered once around all threads that decode: what Python warns of is a setting of the whole process.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def decode(
    data: bytes, name: str, size: tuple[int, int] | None = None, channels: int = 3, steps: Sequence[Step] = ()
) -> np.ndarray:
    """A picture of any mode, turned as its EXIF says, over white where it is transparent.

    JPEGs of photographs are decoded by OpenCV, a large one at a half, quarter or eighth where that is still twice the
    size asked for (libjpeg's scaled DCT): 47 µs for 32 x 32, where Pillow takes 190. All others are Pillow's.

    Args:
        data: The file.
        name: For messages.
        size: (width, height) to stretch it to, averaging where it shrinks; None: as it is.
        channels: 3 for RGB, 1 for grey.
        steps: What OpenCV does to it at that size, before it becomes grey.

    Returns:
        `(H, W, channels) uint8`, 0 to 255.

    Raises:
        SourceError: it is no picture, damaged, cut off, or larger than 179 million pixels.
    """
    if not data:
        raise SourceError(f"cannot read {name}: the file is empty; replace or remove it")
    rgb = _quick_jpeg(data, size)
    if rgb is None:
        rgb = _by_pillow(data, name, size)
    return fitted(rgb, size, channels, steps)


def header(data: bytes, name: str) -> tuple[int, int, int]:
    """(width, height, channels) as a picture's header says, before it is turned; 1 channel where it is grey.

    Raises:
        SourceError: it is no picture.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            grey = image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I")
            return image.width, image.height, 1 if grey else 3
    except _BROKEN as error:
        raise SourceError(f"cannot read {name}: it is no picture; replace or remove it") from error


def fitted(image: np.ndarray, size: tuple[int, int] | None, channels: int, steps: Sequence[Step] = ()) -> np.ndarray:
    """A picture at another size and with other channels, as a network is trained on it.

    Args:
        image: `(H, W, C) uint8`, RGB where C is 3, grey where it is 1.
        size: (width, height) to stretch it to, averaging where it shrinks; None: as it is.
        channels: 3 for RGB, 1 for grey.
        steps: What OpenCV does to it between the two, in colour.

    Returns:
        `(H, W, channels) uint8`.
    """
    image = prepared(image if size is None else resized(image, size, "area"), steps)
    if image.shape[2] == channels:
        return image
    if channels == 3:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]


def cropped(image: np.ndarray, crop: tuple[float, float, float, float], name: str) -> np.ndarray:
    """A box of a picture: left, top, width and height in pixels; what is outside of the picture is left out.

    Raises:
        SourceError: nothing of the box is inside.
    """
    height, width = image.shape[:2]
    left, top = max(0, math.floor(crop[0])), max(0, math.floor(crop[1]))
    right, bottom = min(width, math.ceil(crop[0] + crop[2])), min(height, math.ceil(crop[1] + crop[3]))
    if right <= left or bottom <= top:
        raise SourceError(f"cannot read {name}: the box is outside of the picture of {width} x {height}; mend it")
    return image[top:bottom, left:right]


def _quick_jpeg(data: bytes, size: tuple[int, int] | None) -> np.ndarray | None:
    """RGB of a whole JPEG in grey or YCbCr; None where a more careful reader has to look."""
    found = jpeg_frame(data)
    if found is None or b"\xff\xd9" not in data[-64:]:  # a cut one, which OpenCV would fill up with grey
        return None
    width, height, components = found
    if components not in (1, 3) or not 0 < width * height <= MOST_PIXELS:
        return None
    flag = cv2.IMREAD_COLOR
    if size is not None:
        room = min(width, height) // (2 * max(size))
        flag = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}.get(
            1 << (max(1, room).bit_length() - 1), cv2.IMREAD_REDUCED_COLOR_8
        )
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error:
        return None
    return None if bgr is None else cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def jpeg_frame(data: bytes) -> tuple[int, int, int] | None:
    """(width, height, components) as a JPEG's frame header says (ITU-T T.81, B.2.2); None where it is no JPEG."""
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAME_MARKERS:
            height, width, components = struct.unpack_from(">HHB", data, at + 5)
            return width, height, components
        at += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _by_pillow(data: bytes, name: str, size: tuple[int, int] | None) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if size is not None:
                image.draft("RGB" if image.mode not in ("L", "CMYK") else image.mode, (2 * max(size), 2 * max(size)))
            return _plain(_turned(image))
    except UnidentifiedImageError as error:
        raise SourceError(f"cannot read {name}: it is no picture; give a JPEG, PNG, WebP, BMP, GIF or TIFF") from error
    except _BROKEN as error:
        why = " ".join(str(error).split())[:100] or type(error).__name__
        raise SourceError(f"cannot read {name}: it is damaged ({why}); replace or remove it") from error


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _BROKEN:
        image.load()  # raises where the picture itself is what is broken
        return image


def _plain(image: Image.Image) -> np.ndarray:
    """`(H, W, 3) uint8` RGB of any mode of Pillow."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(np.asarray(image))
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def _eight_bits(levels: np.ndarray) -> np.ndarray:
    """Grey of more bits: 16-bit levels by 256; floats in [0, 1] by 255, others as they are, cut off."""
    if levels.dtype.kind == "f":
        levels = np.nan_to_num(levels)
        scaled = np.rint(levels * 255) if levels.max(initial=0) <= 1 else levels
    else:
        scaled = levels // 256 if levels.dtype.itemsize == 2 or levels.max(initial=0) > 255 else levels
    return np.repeat(np.clip(scaled, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
