"""A font that has the letters of a text: the one in use, or one of the system's that has them."""

from collections.abc import Iterable
from functools import lru_cache

from PIL import ImageFont

from vision.lettering import Lettering

FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "Arial Unicode.ttf",
    "arial.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "msyh.ttc",
    "meiryo.ttc",
)
"""Of Linux, macOS and Windows, the plain Latin ones first; Pillow finds them where the system keeps its fonts."""
NEVER = "\U0010ffff"
"""No font has a letter for it: what is drawn stands for a missing one."""


def lettering_for(text: str, usual: Lettering) -> Lettering:
    """The usual lettering, unless it has ASCII alone and a font of the system has what `text` needs beside."""
    if text.isascii() or not usual.ascii_only:
        return usual
    return _system(usual.height_px, "".join(sorted({letter for letter in text if not letter.isascii()}))) or usual


@lru_cache(256)
def _system(height_px: int, letters: str) -> Lettering | None:
    font = next((name for name in FONTS if has_glyphs(name, letters)), None)
    return None if font is None else _lettering(height_px, font)


@lru_cache(32)
def _lettering(height_px: int, font: str) -> Lettering:
    return Lettering(height_px, font)


def has_glyphs(font: str, letters: Iterable[str]) -> bool:
    """Whether the system has the font, and the font every one of the letters."""
    try:
        loaded = ImageFont.truetype(font, 20)
    except OSError:
        return False
    missing = _picture(loaded, NEVER)
    return all(letter.isspace() or _picture(loaded, letter) != missing for letter in letters)


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask, _ = font.getmask2(letter, mode="L", anchor="ls")
    return mask.size, bytes(mask)
