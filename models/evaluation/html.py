"""Pieces of a page in one file: text that is safe, tables, pictures inside."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

import cv2
import numpy as np

LONGEST_PX = 160
"""Side of a picture in the page; a larger one is made smaller."""


def share(value: float | None, digits: int = 1) -> str:
    """A share as per cent that no line is broken in; only all is 100 %, and only none is 0 %.

    >>> [share(value).replace("\\xa0", " ") for value in (0.98765, 0.99999, 1.0, None)]
    ['98.8 %', '99.9 %', '100 %', '–']
    """
    if value is None:
        return "–"
    if value in (0.0, 1.0):
        return f"{100 * value:.0f}\xa0%"
    least = 10.0**-digits
    return f"{min(max(100 * value, least), 100 - least):.{digits}f}\xa0%"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "", last_is_total: int = 0) -> str:
    """A table that scrolls by itself where the page is too narrow.

    Args:
        head: Titles as HTML; one that begins with `<th` is taken whole.
        rows: Cells as HTML; one that begins with `<td` is taken whole.
        kind: A class of the style sheet.
        last_is_total: So many rows at the end are sums.
    """
    body = [[cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row] for row in rows]
    first_total = len(body) - last_is_total
    lines = [
        f"<tr{' class=total' if number >= first_total else ''}>{''.join(row)}</tr>" for number, row in enumerate(body)
    ]
    titles = "".join(title if title.startswith("<th") else f"<th scope=col>{title}</th>" for title in head)
    made = f"<thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class=scroll tabindex=0><table class="{kind}">{made}</table></div>'


def themed(light: bytes, dark: bytes, says: str, caption: str = "") -> str:
    """A figure, as PNG for light pages and for dark ones.

    Args:
        light: PNG.
        dark: The same in other colours.
        says: What can be seen in it, for people who cannot see it.
        caption: Below it.
    """
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure><picture><source media="(prefers-color-scheme: dark)" srcset="{_data(dark)}">'
        f'<img src="{_data(light)}" alt="{escape(says)}"></picture>{below}</figure>'
    )


def picture(image: np.ndarray, says: str) -> str:
    """A picture of the data.

    Args:
        image: `(H, W, C) uint8`, RGB where C is 3, grey where it is 1.
        says: What it is, for people who cannot see it.
    """
    longest = max(image.shape[:2])
    if longest > LONGEST_PX:
        size = tuple(max(1, round(side * LONGEST_PX / longest)) for side in image.shape[1::-1])
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    data = cv2.imencode(".png", image[..., ::-1] if image.shape[2] == 3 else image)[1]
    return f'<img src="{_data(data.tobytes())}" alt="{escape(says)}">'


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
