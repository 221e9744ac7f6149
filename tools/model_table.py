"""Writes the tables of models into docs/models.md and the README, from the shelf and what `bench` measured.

python -m models bench --frames VIDEO --json docs/models.bench.json
python -m tools.model_table
"""

import json
import sys
from pathlib import Path
from typing import Any

from models.shelf import shelf
from models.spec import ModelSpec

ROOT = Path(__file__).resolve().parents[1]
README, PAGE, MEASURED = ROOT / "README.md", ROOT / "docs" / "models.md", ROOT / "docs" / "models.bench.json"
BEGIN, END = "<!-- table: made by tools/model_table.py -->\n", "<!-- end of table -->\n"
HEAD = ("name", "finds", "input", "MB", "licence", "work use", "ms, one thread", "differs from the first form by")


def table(measured: dict[str, Any], *, defaults: bool = False) -> str:
    """The table as Markdown: a row for each model of the shelf, or only for the defaults, with each form measured."""
    rows = [HEAD, ("---",) * len(HEAD)]
    for spec in shelf().values():
        if defaults and not spec.default:
            continue
        mine = [row for row in measured["rows"] if row["model"] == spec.name and row["threads"] == 1]
        size = "{} x {}".format(*spec.input.size)
        allowed = {True: "yes", False: "no", None: "unknown"}[spec.commercial]
        given = (_name(spec), spec.about, size, _megabytes(spec, mine), spec.licence, allowed)
        rows.append((*given, _times(mine), _differences(mine)))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def renewed(page: Path, measured: dict[str, Any]) -> str:
    """A page with the table of now; the README has the defaults."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{table(measured, defaults=page == README)}{rest[rest.index(END) :]}"


def _name(spec: ModelSpec) -> str:
    marks = (" (default)" if spec.default else "") + (
        " (unverified)" if spec.original and spec.original.unverified else ""
    )
    return f"`{spec.name}`{marks}"


def _megabytes(spec: ModelSpec, mine: list[dict[str, Any]]) -> str:
    if mine:
        return ", ".join(f"{row['form']} {row['bytes'] / 1e6:.1f}" for row in mine)
    return f"{spec.original.bytes / 1e6:.1f}" if spec.original and spec.original.bytes else "?"


def _times(mine: list[dict[str, Any]]) -> str:
    return ", ".join(f"{row['form']} {row['median_ms']:.3g}" for row in mine) or "not measured"


def _differences(mine: list[dict[str, Any]]) -> str:
    told = []
    for row in mine[1:]:
        found = row["difference"]
        text = f"{row['form']} {found['absolute']:.1g}"
        if "lost" in found:
            text += f", {found['lost']:.1%} of {found['boxes']} boxes lost"
        elif "top1" in found:
            text += f", top-1 the same on {found['top1']:.1%}"
        elif "distance" in found:
            text += f", embeddings {found['distance']:.1g} apart"
        told.append(text)
    return "; ".join(told) or "-"


if __name__ == "__main__":
    for page in (README, PAGE):
        page.write_text(renewed(page, json.loads(MEASURED.read_text(encoding="utf-8"))), encoding="utf-8")
        sys.stdout.write(f"{page.relative_to(ROOT)}\n")
