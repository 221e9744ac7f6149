"""The whole way to a text, find, straighten, read, beside `pytesseract` on whole pictures, on a folder with its truth.

    python -m benchmarks.ocr_path --data FOLDER --json FILE
    python -m benchmarks.ocr_path --data FOLDER --limit 10 --set stages.read.reader=tesserocr

Both are scored by the same rules (docs/text.md), picture by picture in turn, so that the machine's other work falls on
both. The second reads the whole picture at once, as most programs do: lines and places from `image_to_data`, on a page
without places its text as it comes. Needs the `tesseract` program, `pytesseract` and `jiwer`.
"""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from commands.evaluate_text import CONFIG, picture, totals
from commands.text_path import ONE_LINE, TextPath, settings_for_stills
from commands.text_scores import Found, Score, score
from commands.text_truth import Truth, find_truths
from pipeline.errors import SourceError


def whole(truth: Truth, image: np.ndarray, lang: str) -> tuple[Found, float]:
    """What pytesseract makes of a whole picture."""
    import pytesseract

    rgb = np.ascontiguousarray(image[..., ::-1])
    began_s = time.perf_counter()
    if truth.layout in ("page", "words"):
        text = pytesseract.image_to_string(rgb, lang=lang, config="--psm 7" if truth.layout == "words" else "")
        height, width = image.shape[:2]
        quad = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
        return Found(quad, (text,)), time.perf_counter() - began_s
    data = pytesseract.image_to_data(rgb, lang=lang, output_type=pytesseract.Output.DICT)
    return _lines(data), time.perf_counter() - began_s


def _lines(data: dict[str, list[Any]]) -> Found:
    """Words that stand in one line, as one."""
    lines: dict[tuple[int, int, int], list[int]] = {}
    for row, text in enumerate(data["text"]):
        if text.strip():
            key = data["block_num"][row], data["par_num"][row], data["line_num"][row]
            lines.setdefault(key, []).append(row)
    quads, texts = [], []
    for rows in lines.values():
        left, top = min(data["left"][row] for row in rows), min(data["top"][row] for row in rows)
        right = max(data["left"][row] + data["width"][row] for row in rows)
        bottom = max(data["top"][row] + data["height"][row] for row in rows)
        quads.append([[left, top], [right, top], [right, bottom], [left, bottom]])
        texts.append(" ".join(data["text"][row] for row in rows))
    return Found(np.array(quads, np.float32).reshape(-1, 4, 2), tuple(texts))


def main() -> None:
    """Compare, print a table, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-c", "--config", type=Path, default=CONFIG)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--lang", default="eng", help="for pytesseract")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    ours: list[Score] = []
    theirs: list[Score] = []
    with ExitStack() as opened:
        page = opened.enter_context(TextPath(settings_for_stills(asked.config, asked.set), asked.config))
        line = opened.enter_context(TextPath(settings_for_stills(asked.config, asked.set, *ONE_LINE), asked.config))
        for truth in find_truths(asked.data)[: asked.limit]:
            try:
                image = picture(truth.image)
            except SourceError as error:
                sys.stderr.write(f"{error}\n")
                continue
            texts, seconds = (line if truth.layout == "words" else page).read(image)
            ours.append(score(truth, Found(texts.quad, texts.text), truth.image.name, seconds))
            found, seconds = whole(truth, image, asked.lang)
            theirs.append(score(truth, found, truth.image.name, seconds))
    rows = [
        {"who": who, "what": of.name, "seconds": round(of.seconds / of.pictures, 3), **of.figures()}
        for who, scores in (("sluice", ours), ("pytesseract", theirs))
        for of in totals(scores)
    ]
    heads = ("who", "what", "h_mean", "cer", "cer_plain", "wer", "seconds")
    sys.stdout.write("".join(f"{head:>12}" for head in heads) + "\n")
    for row in sorted(rows, key=lambda row: str(row["what"])):
        cells = (row[head] for head in heads)
        sys.stdout.write("".join(f"{cell:>12.3f}" if isinstance(cell, float) else f"{cell!s:>12}" for cell in cells))
        sys.stdout.write("\n")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
